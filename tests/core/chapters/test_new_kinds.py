"""A chapter of a kind that the course does not have needs nothing but its own declaration.

Each is recorded, sought, forked bit for bit, shared as a lab file and as a script, and raced.
"""

import json
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core.chapters
from core.chapters import registry
from core.record.lineage import Lineage
from core.record.reader import RunFile
from core.runtime import protocol as say
from core.runtime.compute import ComputeSettings
from core.runtime.headless import RecordOptions, train_headless
from core.search import race as races
from core.search.process_entry import train_runs
from core.search.race import Race
from core.share.export_lab import export_lab
from core.share.import_lab import write_record
from core.share.lab_file import pack, unpack
from core.share.script import export_script
from core.training.reports import Report
from tests.core.runtime.desk import SessionDesk
from tests.core.search.conftest import begun as begun
from tests.core.search.races import Polled, finished, terms
from tests.new_kinds import NEW_KINDS, with_new_kinds

COURSE: Any = registry.chapters.__wrapped__
EACH = pytest.mark.parametrize("key", NEW_KINDS)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = with_new_kinds()
    monkeypatch.setattr(registry, "chapters", lambda: known)


def _trained(key: str, steps: int, origin: say.Origin | None = None) -> SessionDesk:
    desk = SessionDesk(key, "reference", origin, batch_size=16)
    desk.train(steps)
    return desk


@EACH
def test_it_is_sought_and_forked_bit_for_bit(key: str) -> None:
    desk = _trained(key, 12)
    kinds = NEW_KINDS[key].task.evaluator.report_kinds
    theta = desk.finish()
    with RunFile(desk.path) as film:
        assert film.last_step == 12 and film.seek(7).theta.any()
        look = film.evaluation(10)
        assert look is not None and look.step == 10
        reports: dict[type[Report], Report] = {type(report): report for report in look.reports}
        assert set(reports) == set(kinds)
        assert np.isfinite(list(look.metrics.values())).all() and np.isfinite(look.loss)
        about = film.about
        assert about.spec.kind == desk.session.run.data.test.spec.kind
        assert len(about.classes) == len(desk.session.run.data.test.classes)
    fork = _trained(key, 5, say.Origin(record=str(desk.path), step=7))
    assert fork.finish() == theta
    with Lineage(fork.path) as whole, RunFile(desk.path) as before:
        for name, column in before.curves().items():
            if name != "seconds":
                assert np.array_equal(whole.curves()[name], column, equal_nan=True), name


@EACH
def test_it_is_shared_as_a_lab_file_and_as_a_script(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = _trained(key, 10)
    desk.session.handle(say.SaveState(1, 1))
    theta = desk.finish()
    path = tmp_path / "shared.hdllab"
    path.write_bytes(pack(export_lab(desk.path))[0])
    laid = write_record(unpack(path), tmp_path)
    with RunFile(desk.path) as one, RunFile(laid) as other:
        assert np.allclose(one.curves()["loss"], other.curves()["loss"], rtol=1e-6)
        first, second = one.evaluation(10), other.evaluation(10)
        assert first is not None and second is not None
        assert first.metrics == pytest.approx(second.metrics, rel=1e-6)
        assert sorted(r.kind for r in first.reports) == sorted(r.kind for r in second.reports)
        assert one.about.spec == other.about.spec
    exec(compile(export_script(desk.path).text, "script", "exec"), {})
    said = capsys.readouterr().out
    assert "as recorded" in said and theta in said


@EACH
def test_a_headless_run_tells_its_metrics_and_saves_its_weights(key: str, tmp_path: Path) -> None:
    chapter = NEW_KINDS[key]
    knobs = chapter.parsed({"epochs": "1", "batch_size": "16"})
    outcome = train_headless(
        chapter, knobs, lambda *_: None, ComputeSettings("reference"),
        None, RecordOptions(tmp_path),
    )  # fmt: skip
    told = json.loads(json.dumps(outcome.summary(), allow_nan=False))
    metrics = {metric.key for metric in chapter.task.metrics(outcome.run.data.test)}
    batch = {metric.key for metric in chapter.task.evaluator.batch_metrics}
    assert set(told["metrics"]["test"]) == {"loss", *metrics}
    assert set(told["metrics"]["train"]) == {"loss", *batch}
    assert all(value is not None for value in told["metrics"]["test"].values())
    assert told["epochs"] >= 1 and told["steps"] > 1 and Path(told["record"]).exists()
    outcome.save(tmp_path / "weights.npz")
    assert (tmp_path / "weights.npz").stat().st_size > 0


def train_runs_of_new_kinds(pipe: Connection) -> None:
    """The process of a race that knows the new chapters too."""
    known = with_new_kinds()
    registry.chapters = lambda: known  # type: ignore[assignment]
    train_runs(pipe)


@EACH
def test_two_are_raced(
    key: str, tmp_path: Path, begun: list[Polled], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(races, "train_runs", train_runs_of_new_kinds)
    race = Race(key, [{"lr": 0.001}, {"lr": 0.01}], None, {"batch_size": 16}, terms(tmp_path, 6), 1)
    begun.append(race)
    race.start()
    finished(race)
    assert [run.state for run in race.runs] == ["done"] * 2
    assert all(np.isfinite(run.loss) for run in race.runs)


def test_a_file_beside_the_others_is_a_chapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file in `core/chapters` is all that the registry, knobs and listing need."""
    file = tmp_path / "a_strangers_chapter.py"
    file.write_text("""from dataclasses import replace

from core.chapters.line import CHAPTER as LINE

CHAPTER = replace(LINE, key="strangers", number=99, title="A stranger's")
""")
    monkeypatch.setattr(core.chapters, "__path__", [*core.chapters.__path__, str(tmp_path)])
    try:
        found = COURSE()
    finally:
        sys.modules.pop("core.chapters.a_strangers_chapter", None)
    assert found[-1].key == "strangers"
    assert found[-1].defaults() == found[-1].parsed({})


def test_a_chapter_without_its_text_says_where_to_write_it() -> None:
    chapter = NEW_KINDS["dna"]
    assert "resources/chapters/dna.md" in chapter.story() and chapter.title in chapter.story()
