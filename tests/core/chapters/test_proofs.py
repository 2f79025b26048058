"""Any data, any task: chapters of four kinds train, are recorded, forked, raced, searched, shared.

A line through points (numbers), two classes in the plane (points), LeNet-5 (colour pictures) and a
character GRU (tokens), each declared in one file of `core.chapters`.
"""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core.chapters.character_gru import CharacterGRU
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.specs import TokenSpec
from core.kernels.engine import use_engine
from core.record.reader import RunFile
from core.record.resume import ResumableRun
from core.runtime import protocol as say
from core.runtime.headless import TrainingResult, train_headless
from core.search.race import Race
from core.search.search_space import parse_dimension
from core.share.export_lab import export_lab
from core.share.headless_film import FilmBudget, record_film_run
from core.share.import_lab import write_record
from core.share.lab_file import pack, unpack
from core.share.script import export_script
from core.training.reports import RegressionReport, SurfaceReport, TextReport
from core.training.task import Split
from core.training.trainer import Trainer
from tests.core.runtime.desk import SessionDesk
from tests.core.search.conftest import begun as begun
from tests.core.search.races import Polled, finished, planned_study, terms

SMALL: dict[str, dict[str, str]] = {
    "line": {"samples": "200", "validate_every": "10"},
    "plane": {"samples": "60", "width": "8", "validate_every": "10"},
    "colour-lenet": {"validate_every": "20", "batch_size": "8"},
    "character-gru": {
        "data": "this course", "hidden": "16", "batch_size": "16", "validate_every": "10",
    },
}  # fmt: skip
PROOFS = pytest.mark.parametrize("key", SMALL)


def values(key: str) -> dict[str, float]:
    """Settings that make the chapter small, as numbers."""
    return {name: chapter(key).parsed(SMALL[key])[name] for name in SMALL[key]}


class Desk(SessionDesk):
    """A session of a small version of a chapter."""

    def __init__(self, key: str, origin: say.Origin | None = None) -> None:
        super().__init__(key, "fast", origin, **values(key))


def trained(key: str, **knobs: str) -> TrainingResult:
    found = chapter(key)
    return train_headless(found, found.parsed(knobs), lambda *_: None)


@PROOFS
def test_it_is_recorded_sought_and_forked_bit_for_bit(key: str) -> None:
    desk = Desk(key)
    desk.train(30)
    end = desk.finish()
    with RunFile(desk.path) as film:
        assert film.last_step == 30
        whole = film.curves()["loss"].copy()
        found = film.evaluation(20)
        assert found is not None and found.step == 20
        assert set(found.metrics) == {
            metric.key for metric in desk.session.run.task.metrics(desk.session.run.data.test)
        }
        assert np.isfinite(list(found.metrics.values())).all() and found.reports
        assert film.seek(15).theta.any()
    for step in (0, 13):
        fork = Desk(key, say.Origin(record=str(desk.path), step=step))
        assert fork.session.run.step == step
        fork.train(30 - step)
        assert fork.finish() == end
        with RunFile(fork.path) as film:
            assert np.array_equal(film.curves()["loss"], whole[step:])
    with RunFile(desk.path) as film:
        past = ResumableRun(film, chapter(key).defaults())
        declared = chapter(key)
        run = past.relive(
            declared.task, declared.steps, 30, lambda *_: None, lambda: None, lambda *_: None
        )
        assert run.step == 30 and run.arena.theta.any()


@PROOFS
def test_it_is_shared_as_a_lab_file_and_as_a_script(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(key)
    desk.train(12)
    desk.session.handle(say.SaveState(1, 1))
    theta = desk.finish()
    path = tmp_path / "shared.hdllab"
    path.write_bytes(pack(export_lab(desk.path))[0])
    laid = write_record(unpack(path), tmp_path)
    with RunFile(desk.path) as one, RunFile(laid) as other:
        assert np.array_equal(one.curves()["loss"], other.curves()["loss"])
        first, second = one.evaluation(10), other.evaluation(10)
        assert first is not None and second is not None
        assert first.metrics == pytest.approx(second.metrics, rel=1e-6)
        assert [r.kind for r in first.reports] == [r.kind for r in second.reports]
    script = export_script(desk.path)
    exec(compile(script.text, "script", "exec"), {})
    said = capsys.readouterr().out
    assert "as recorded" in said and theta in said


@PROOFS
def test_a_film_can_be_recorded(key: str, tmp_path: Path) -> None:
    declared = chapter(key)
    with use_engine("fast"):
        path = record_film_run(
            declared, declared.parsed(SMALL[key]), FilmBudget(12), tmp_path, lambda *_: None
        )
    with RunFile(path) as film:
        assert film.last_step == 12 and len(film.moments) >= 3


@PROOFS
def test_it_is_raced(key: str, tmp_path: Path, begun: list[Polled]) -> None:
    race = Race(key, [{"lr": 0.001}, {"lr": 0.01}], None, values(key), terms(tmp_path, 10), 1)
    begun.append(race)
    race.start()
    finished(race)
    assert [run.state for run in race.runs] == ["done"] * 2
    assert all(np.isfinite(run.loss) for run in race.runs)


@PROOFS
def test_it_is_searched(key: str, tmp_path: Path, begun: list[Polled]) -> None:
    declared = chapter(key)
    rates = parse_dimension(declared.defaults(), "lr=0.0001..0.01")
    study = planned_study(
        key, 1, name="proof", base=values(key), varied=[rates], folder=tmp_path, trials=2,
        method="random", options=terms(tmp_path, 8), pruning="none",
    )  # fmt: skip
    begun.append(study)
    study.start()
    finished(study)
    assert [trial.state for trial in study.trials] == ["done"] * 2
    assert study.best is not None and np.isfinite(study.best.loss)


def test_the_line_finds_the_numbers_that_made_its_data() -> None:
    result = trained("line", data="five numbers to two", samples="10000", batch_size="1",
                     epochs="1", lr="0.003", validate_every="2000")  # fmt: skip
    declared = chapter("line")
    assert declared.true_parameters is not None
    truth = declared.true_parameters(result.knobs)
    for name, parameter in result.run.model.named_parameters():
        assert np.abs(parameter.data - truth[name]).max() < 0.15, name
    report = result.evaluation.report(RegressionReport)
    assert report is not None and result.evaluation.metrics["r2"] > 0.99
    assert report.residuals.std() == pytest.approx(0.2, rel=0.2)


def test_the_spirals_are_parted_and_the_surface_says_so() -> None:
    result = trained("plane")
    assert result.evaluation.metrics["accuracy"] > 0.97
    surface = result.evaluation.report(SurfaceReport)
    assert surface is not None
    sides = surface.values.argmax(axis=0)
    points = result.run.data.test
    size = np.subtract(surface.high, surface.low)
    place = (points.inputs - surface.low) / size * (np.array(sides.shape[::-1]) - 1)
    column, row = np.round(place).astype(int).T
    assert np.mean(sides[row, column] == points.labels) > 0.9


def test_lenet_learns_photographs(shared_data: Path) -> None:
    with np.load(shared_data / "cifar10" / "cifar10_5k_1k.npz", allow_pickle=False) as file:
        classes = tuple(map(str, file["classes"]))
        split = Split(*(
            Dataset.from_images(
                part, np.ascontiguousarray(file[f"{part}_images"].transpose(0, 3, 1, 2)),
                file[f"{part}_labels"], classes,
            )
            for part in ("train", "test")
        ))  # fmt: skip
    declared = chapter("colour-lenet")
    run = Trainer(replace(declared.task, data=lambda knobs: split), declared.defaults())
    knobs = declared.defaults()
    with use_engine("fast"):
        for _ in islice(declared.steps(run, lambda: knobs), 400):
            pass
        assert run.evaluate(knobs).metrics["accuracy"] > 0.38


def test_the_gru_writes_better_and_better() -> None:
    declared = chapter("character-gru")
    knobs = declared.parsed({**SMALL["character-gru"], "hidden": "48", "lr": "0.01"})
    run = Trainer(declared.task, knobs)
    with use_engine("fast"):
        before = run.evaluate(knobs)
        for _ in islice(declared.steps(run, lambda: knobs), 150):
            pass
        after = run.evaluate(knobs)
    assert before.metrics["bits"] > 5.5 > 4.0 > after.metrics["bits"]
    text = after.report(TextReport)
    assert text is not None and len(text.texts[0]) == 240
    spec, model = run.data.test.spec, run.model
    assert isinstance(spec, TokenSpec) and isinstance(model, CharacterGRU)
    assert text.prompt == "The " and text.texts[0].count(" ") > 15
    again = run.evaluate(knobs).report(TextReport)
    assert again == text, "the same weights write the same text"
