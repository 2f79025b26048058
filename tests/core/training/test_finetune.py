"""A corrected letter is learnt in a moment, little else is forgotten, and it can be taken back."""

from typing import Any

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.chapters.shared.predictor import trained_weights
from core.errors import LabError
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.session import Session
from core.training.finetune import FinetuneReport, finetune
from core.training.trainer import Trainer

DIGITS = chapter("digits")


@pytest.fixture
def run() -> Trainer:
    run = Trainer(DIGITS.task, DIGITS.defaults())
    run.begin_at(trained_weights(DIGITS, DIGITS.defaults()))
    return run


def _misread(run: Trainer, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Test pictures that the network takes for something else."""
    found = run.evaluate(DIGITS.defaults()).classification
    assert found is not None
    wrong = np.flatnonzero(found.predictions != run.data.test.labels)[:count]
    return run.data.test.images[wrong], run.data.test.labels[wrong]


@pytest.mark.parametrize("count", [1, 5])
def test_what_was_misread_is_read_right_and_little_is_forgotten(run: Trainer, count: int) -> None:
    images, labels = _misread(run, count)
    *_, lesson = finetune(run, images, labels)
    assert lesson.learnt.all()
    assert (lesson.before < 0.5).all()
    assert (lesson.after >= 0.8).all()
    assert (run.task.predict_proba(run.model, images).argmax(axis=1) == labels).all()
    right = (
        run.task.predict_proba(run.model, run.data.test.images).argmax(axis=1)
        == run.data.test.labels
    )
    assert lesson.asked == 2000
    assert (lesson.won - lesson.lost) / lesson.asked > -0.005
    assert right.mean() > 0.97


def test_the_same_lesson_ends_alike_however_busy_the_machine_is(
    run: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = _misread(run, 3)
    start = run.arena.theta.copy()
    *_, first = finetune(run, images, labels)
    learnt = run.arena.theta.copy()
    run.begin_at(start)
    clock = iter(range(0, 10**9, 60))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    *_, second = finetune(run, images, labels)
    assert second.steps == first.steps
    assert np.array_equal(run.arena.theta, learnt)


def test_a_lesson_that_cannot_be_learnt_ends(run: Trainer) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 10
    *_, lesson = finetune(run, noise, labels, steps=30)
    assert lesson.steps == 30


def test_nothing_and_the_unknown_are_refused(run: Trainer) -> None:
    none = np.zeros((0, 28, 28), np.uint8)
    with pytest.raises(LabError, match="Type the right letter"):
        next(finetune(run, none, np.zeros(0, np.uint8)))
    with pytest.raises(LabError, match="only knows 10 classes"):
        next(finetune(run, np.zeros((1, 28, 28), np.uint8), np.array([12], np.uint8)))


def test_the_training_process_takes_a_lesson_back_to_the_last_bit() -> None:
    heard: list[Any] = []
    knobs = DIGITS.defaults()
    theta = trained_weights(DIGITS, knobs)
    board = SharedBoard.create(theta.size, np.array([knobs[knob.key] for knob in DIGITS.knobs]))
    try:
        origin = say.Origin(theta)
        start = say.Start(1, "digits", board.name, origin)
        session = Session(start, heard.append, lambda: None)
        images, labels = _misread(session.run, 1)
        session.handle(say.UndoFinetune(1))
        assert isinstance(heard[-1], say.FinetuneFailed)
        session.handle(say.Finetune(1, images, labels))
        taught = next(event for event in heard if isinstance(event, say.FinetuneFinished))
        assert isinstance(taught.lesson, FinetuneReport)
        assert isinstance(heard[-1], say.Validated)
        assert not np.array_equal(session.run.arena.theta, theta)
        session.handle(say.UndoFinetune(1))
        assert np.array_equal(session.run.arena.theta, theta)
        session.close()
    finally:
        board.close()
