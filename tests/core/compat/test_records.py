"""Records of older code: read as they were, trained again and forked bit for bit."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.kernels.engine import use_engine
from core.record.library import Catalog
from core.record.lineage import Lineage
from core.record.reader import RunFile, list_runs
from core.record.resume import ResumableRun
from core.runtime import protocol as say
from tests.core.compat.old_files import EXPECTED, FILES, RECORDS, demand_theta, digest, record
from tests.core.record.runs import small_task, steps_of
from tests.core.runtime.desk import SessionDesk

FORKS = [(name, step) for name in RECORDS for step in EXPECTED[name].get("forks", {})]


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_reads_as_it_did(name: str, tmp_path: Path) -> None:
    was = EXPECTED[name]
    with RunFile(record(name, tmp_path)) as film:
        assert (film.about.run_id, film.about.chapter) == (was["run_id"], was["chapter"])
        assert film.last_step == was["last_step"]
        assert film.checkpoints.tolist() == was["checkpoints"]
        assert digest(film.curves()["loss"].astype("<f8")) == was["losses"]
        evaluations = film.evaluations()
        for column, values in was["evaluations"].items():
            assert evaluations[column].tolist() == values, column
        assert [[it.step, it.kind, it.text] for it in film.events()] == was["events"]
        for step, values in was["knobs"].items():
            assert film.knobs_at(int(step)) == values, step
        for step, theta in was["snapshots"].items():
            shown = film.seek(int(step))
            assert shown.step == was["snapshot_steps"][step]
            assert digest(shown.theta) == theta, step


@pytest.mark.parametrize(("name", "step"), FORKS)
def test_a_fork_goes_on_bit_for_bit(name: str, step: str, tmp_path: Path) -> None:
    """Before its 50th mini-batch the run “learning” was computed by the fast engine."""
    fork = EXPECTED[name]["forks"][step]
    origin = say.Origin(record=str(record(name, tmp_path)), step=int(step))
    desk = SessionDesk(EXPECTED[name]["chapter"], "reference", origin, **fork["values"])
    desk.train(fork["steps"])
    theta = desk.session.run.arena.theta.copy()
    desk.finish()
    demand_theta(theta, fork["theta"], "fast" if int(step) == 48 else "reference")


def test_dropout_augmentation_and_batch_norm_go_on_with_their_random_streams(
    tmp_path: Path,
) -> None:
    name = "robust-letters-dropout"
    case, thetas = EXPECTED[name]["case"], EXPECTED[name]["theta_at"]
    defaults = chapter(EXPECTED[name]["chapter"]).defaults()
    with RunFile(record(name, tmp_path)) as film, use_engine("reference"):
        for until, theta in thetas.items():
            run = ResumableRun(film, defaults).relive(
                small_task(case), steps_of(case), int(until),
                lambda engine, threads: None, lambda: None, lambda step, until: None,
            )  # fmt: skip
            demand_theta(run.arena.theta, theta)


def test_a_fork_knows_the_run_it_left(tmp_path: Path) -> None:
    parent, child = record("learning", tmp_path), record("learning-fork", tmp_path)
    with Lineage(child) as whole, RunFile(parent) as before, RunFile(child) as after:
        assert after.about.parent is not None
        assert [after.about.parent.file, after.about.parent.step] == [parent.name, 60]
        together = [before.curves()["loss"][:60], after.curves()["loss"]]
        assert np.array_equal(whole.curves()["loss"], np.concatenate(together))


def test_runs_are_listed_with_their_tags_and_notes(tmp_path: Path) -> None:
    for name in RECORDS:
        record(name, tmp_path)
    shutil.copy(FILES / "runs.json", tmp_path)
    listed = {run.about.run_id: run for run in list_runs(tmp_path) if not run.problem and run.about}
    assert set(listed) == {EXPECTED[name]["run_id"] for name in RECORDS}
    catalog = Catalog(tmp_path / "runs.json")
    said, forked = (catalog[EXPECTED[name]["run_id"]] for name in ("learning", "learning-fork"))
    assert not catalog.problem
    assert (said.tags, said.note, said.colour, said.shown) == (
        ("compat", "first"), "Old and kept.", 3, True,
    )  # fmt: skip
    assert (forked.tags, forked.automatic) == (("fork",), ("fork",))
