"""A fork goes on with identical weights, order and chance; a lesson and a switch are not lost."""

from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import RecordError
from core.record import recorder as recording
from core.record.reader import RunFile
from core.runtime import protocol as say
from tests.core.runtime.desk import SessionDesk

CHAPTER = chapter("learning")


class Desk(SessionDesk):
    """Of one chapter, on the readable kernels, and never satisfied."""

    def __init__(self, origin: say.Origin | None = None, **values: float) -> None:
        super().__init__(CHAPTER.key, "reference", origin, **{"stop_at": 1.0, **values})


def _forked(path: Path, step: int, **values: float) -> Desk:
    return Desk(say.Origin(record=str(path), step=step), **values)


def test_a_run_nobody_trained_leaves_no_file() -> None:
    desk = Desk()
    desk.finish()
    assert not [event for event in desk.said if isinstance(event, say.RecordingStarted)]


def test_a_fork_with_unchanged_knobs_is_the_same_run_and_a_turned_knob_acts() -> None:
    desk = Desk()
    desk.train(20)
    desk.turn("lr", 0.5)
    desk.train(40)
    end = desk.finish()
    with RunFile(desk.path) as film:
        whole = film.curves()["loss"].copy()
    for step in (0, 13, 20, 37):
        fork = _forked(desk.path, step, lr=0.5 if step >= 20 else CHAPTER.defaults()["lr"])
        assert fork.session.run.step == step
        fork.train(max(0, 20 - step))
        fork.turn("lr", 0.5)
        fork.train(60 - max(20, step))
        assert fork.finish() == end
        with RunFile(fork.path) as film:
            parent = film.about.parent
            assert parent is not None and (parent.file, parent.step) == (desk.path.name, step)
            assert np.array_equal(film.curves()["loss"], whole[step:])
    other = _forked(desk.path, 37, lr=0.01)
    other.train(23)
    assert other.finish() != end


def test_training_up_to_the_step_is_reported_and_gives_the_same_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "_ADVANCE", -1.0)  # nothing but the beginning is affordable
    monkeypatch.setattr(recording, "_MIN_REPLAY", 10**9)
    desk = Desk()
    desk.train(60)
    end = desk.finish()
    with RunFile(desk.path) as film:
        assert film.checkpoints.tolist() == [0]
    fork = _forked(desk.path, 50)
    assert [event for event in fork.said if isinstance(event, say.ReplayProgress)]
    fork.train(10)
    assert fork.finish() == end


def test_a_fork_after_a_lesson_begins_with_what_was_taught() -> None:
    desk = Desk()
    desk.train(5)
    desk.session.run.arena.theta[:] += 1
    desk.session._recorder.on_lesson()
    taught = desk.session.run.arena.theta.copy()
    desk.train(10)
    end = desk.finish()
    fork = _forked(desk.path, 5)
    assert np.array_equal(fork.session.run.arena.theta, taught)
    fork.train(10)
    assert fork.finish() == end


def test_what_cannot_be_continued_is_a_sentence(tmp_path: Path) -> None:
    desk = Desk()
    desk.train(5)
    desk.finish()
    with pytest.raises(RecordError, match=r"Seed was 1 .*cannot be another"):
        _forked(desk.path, 3, seed=2)
    fork = _forked(desk.path, 3)
    fork.train(1)
    fork.finish()
    with pytest.raises(RecordError, match="begins at step 3"):
        _forked(fork.path, 2)
    with pytest.raises(RecordError, match="ends at step 5"):
        _forked(desk.path, 50)
    with pytest.raises(RecordError, match="cannot be read"):
        _forked(tmp_path / "absent.sqlite3", 1)
