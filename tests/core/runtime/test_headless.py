"""A run without a window leaves the same film as one in it, however it ends."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.cli.main import main
from core.errors import AnomalyError
from core.record.reader import RunFile
from core.record.schema import run_folder
from core.runtime.compute import ComputeSettings
from core.runtime.headless import HeadlessTrainer, RecordOptions, StopTraining, train_headless
from core.training.metrics import Evaluation, StepMetrics

CHAPTER = chapter("learning")
PLAIN = ComputeSettings("reference")


def _silent(epoch: float, loss: float, metrics: object, validated: bool) -> None:
    pass


def _knobs(**texts: str):  # type: ignore[no-untyped-def]
    return CHAPTER.parsed({"validate_every": "50", **texts})


class Audience:
    """Has enough of a run after a step, or amid the look that follows it."""

    def __init__(self, last: int = 10**9) -> None:
        self.last = last
        self.losses: list[float] = []

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        self.losses.append(step.loss)
        if step.number == self.last:
            raise StopTraining

    def on_evaluation(self, evaluation: Evaluation) -> None:
        pass

    def on_knob(self, step: int, key: str, value: float) -> None:
        pass

    def on_paused(self, finished: bool) -> None:
        pass


def test_recording_changes_nothing_and_holds_the_run_from_its_beginning(tmp_path: Path) -> None:
    free = train_headless(CHAPTER, _knobs(), _silent, PLAIN, steps=120)
    filmed = train_headless(CHAPTER, _knobs(), _silent, PLAIN, None, RecordOptions(tmp_path), 120)
    assert np.array_equal(free.run.arena.theta, filmed.run.arena.theta)
    assert filmed.run.step == 120 and filmed.record is not None
    assert filmed.summary()["record"] == str(filmed.record)
    assert [path.name for path in tmp_path.iterdir()] == [filmed.record.name]
    with RunFile(filmed.record) as film:
        assert film.curves()["step"].tolist() == list(range(1, 121))
        assert film.evaluations()["step"].tolist() == [0, 50, 100, 120]
        assert film.moments[0] == 0 and film.moments[-1] == 120 == film.checkpoints[-1]
        assert film.events()[-1].kind == "pause"


def test_who_has_enough_leaves_a_film_to_go_on_from(tmp_path: Path) -> None:
    run = HeadlessTrainer(CHAPTER, _knobs(), Audience(33), PLAIN, None, RecordOptions(tmp_path))
    assert run.train() is False
    assert run.record is not None
    with RunFile(run.record) as film:
        assert film.last_step == 33 == film.checkpoints[-1]


def test_enough_amid_a_look_at_the_test_set_too(tmp_path: Path) -> None:
    def stop() -> None:
        if audience.losses:
            raise StopTraining

    audience = Audience()
    run = HeadlessTrainer(
        CHAPTER, _knobs(), audience, PLAIN, None, RecordOptions(tmp_path), on_idle=stop
    )
    assert run.train() is False
    assert run.record is not None
    with RunFile(run.record) as film:
        assert film.last_step == 49 and film.seek(49).theta.size


def test_a_run_that_leaves_the_numbers_is_recorded_up_to_there(tmp_path: Path) -> None:
    run = HeadlessTrainer(CHAPTER, _knobs(), Audience(), PLAIN, None, RecordOptions(tmp_path))
    run.run.arena.theta[:] = np.nan
    with pytest.raises(AnomalyError):
        run.train()
    (path,) = tmp_path.iterdir()
    with RunFile(path) as film:
        assert film.events()[-1].kind == "failed"


def test_a_disk_that_refuses_is_said_and_training_goes_on(tmp_path: Path) -> None:
    said: list[str] = []
    recording = RecordOptions(tmp_path / "absent", warn=said.append)
    outcome = train_headless(CHAPTER, _knobs(), _silent, PLAIN, None, recording, 5)
    assert outcome.run.step == 5 and outcome.record is None and len(said) == 1


def test_recorded_runs_are_listed_those_that_cannot_be_read_last(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    assert main(["train", "learning", "--validate-every", "200", "--record", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    damaged = run_folder() / "damaged.sqlite3"
    damaged.write_text("nothing")
    try:
        assert main(["runs", "--json"]) == 0
        first, *_, last = json.loads(capsys.readouterr().out)
        assert main(["runs"]) == 0
        text = capsys.readouterr().out
    finally:
        damaged.unlink()
    assert first["file"] == made["record"] and first["chapter"] == "learning"
    assert (first["steps"], first["accuracy"]) == (made["steps"], made["test_accuracy"])
    assert first["loss"] == made["loss"] and first["parent"] is None and first["megabytes"] > 0
    assert last["file"] == str(damaged) and "no record of a run" in last["problem"]
    assert Path(made["record"]).name in text and "no record of a run" in text
