"""A fork goes on with identical weights, order and chance; a lesson and a switch are not lost."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import RecordError
from core.kernels.arena import Arena
from core.record import recorder as recording
from core.record.reader import RunFile
from core.runtime import protocol as say
from core.runtime.board import Board
from core.runtime.computing import Computing
from core.runtime.session import Session

CHAPTER = chapter("learning")


class Desk:
    """A session as the worker has it, without its process."""

    def __init__(self, origin: say.Origin | None = None, **values: float) -> None:
        knobs = CHAPTER.defaults().with_values(**{"stop_at": 1.0, **values})
        self.keys = list(knobs)
        size = Arena.adopt(CHAPTER.task.model(knobs, np.random.default_rng(0))).layout.size
        self.board = Board.create(size, np.array(list(knobs.values())))
        self.said: list[say.Event] = []
        start = say.Start(
            1, CHAPTER.key, self.board.name, origin or say.Origin(), Computing("reference")
        )
        try:
            self.session = Session(start, self.said.append, lambda: False)
        except BaseException:
            self.board.close()
            raise
        self.session.introduce()

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.session.obey(say.Advance(1, "batch"))
            self.session.advance(60.0)

    def turn(self, key: str, value: float) -> None:
        self.board.set_knob(self.keys.index(key), value)

    def finish(self) -> str:
        theta = hashlib.sha256(self.session.run.arena.theta.tobytes()).hexdigest()
        self.session.close()
        self.board.close()
        return theta

    @property
    def path(self) -> Path:
        (said,) = [event for event in self.said if isinstance(event, say.Recording)]
        return Path(said.path)


def _forked(path: Path, step: int, **values: float) -> Desk:
    return Desk(say.Origin(record=str(path), step=step), **values)


def test_a_run_nobody_trained_leaves_no_file() -> None:
    desk = Desk()
    desk.finish()
    assert not [event for event in desk.said if isinstance(event, say.Recording)]


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
    monkeypatch.setattr(recording, "_WORTH_KEEPING", 10**9)
    desk = Desk()
    desk.train(60)
    end = desk.finish()
    with RunFile(desk.path) as film:
        assert film.checkpoints.tolist() == [0]
    fork = _forked(desk.path, 50)
    assert [event for event in fork.said if isinstance(event, say.Replaying)]
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
