"""The record is read off the window's thread; only the newest question is answered."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.inspect.weights.parameter_history import ParameterHistory
from hellodl_gui.services.run_reader import RunReader, Where
from tests.core.record.runs import Recorded


@dataclass(frozen=True)
class LastStep:
    """A question, and how often it was asked."""

    word: str = ""

    def __call__(self, history: ParameterHistory) -> tuple[str, int, int]:
        return self.word, history.lineage.last_step, threading.get_ident()


@pytest.fixture
def reader() -> Iterator[RunReader[tuple[str, int, int]]]:
    one: RunReader[tuple[str, int, int]] = RunReader()
    yield one
    one.close()


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not found():
        assert time.monotonic() < end, "no answer"
        time.sleep(0.005)


def test_it_answers_on_another_thread_and_again_when_the_file_grew(
    recorded: Recorded, reader: RunReader[tuple[str, int, int]]
) -> None:
    reader.ask(Where(recorded.path), LastStep())
    until(reader.poll)
    assert reader.answer is not None
    assert reader.answer[1] == 6 and reader.answer[2] != threading.get_ident()
    assert not reader.pending
    recorded.train(2)
    reader.invalidate()
    until(reader.poll)
    assert reader.answer[1] == 8
    reader.invalidate()
    until(lambda: not reader.poll() and not reader.pending)
    assert reader.answer[1] == 8


def test_an_outdated_answer_is_not_heard(
    recorded: Recorded, reader: RunReader[tuple[str, int, int]]
) -> None:
    for word in ("a", "b", "a", "c", "a"):
        reader.ask(Where(recorded.path), LastStep(word))
        reader.poll()
    until(lambda: reader.answer is not None or reader.poll())
    assert reader.answer is not None and reader.answer[0] == "a"
    assert not reader.poll() and not reader.pending
    reader.ask(None, LastStep())
    assert reader.answer is None and not reader.pending


def test_what_is_no_record_is_said_and_the_next_one_is_read(
    tmp_path: Path, recorded: Recorded, reader: RunReader[tuple[str, int, int]]
) -> None:
    other = tmp_path / "other.sqlite3"
    other.write_bytes(b"nothing")
    reader.ask(Where(other), LastStep())
    until(reader.poll)
    assert reader.answer is None and "other.sqlite3" in reader.problem
    reader.ask(Where(recorded.path), LastStep())
    until(reader.poll)
    assert reader.answer is not None and not reader.problem


def test_its_thread_ends(recorded: Recorded) -> None:
    before = threading.active_count()
    reader: RunReader[tuple[str, int, int]] = RunReader()
    go_on = threading.Event()

    def waiting(history: ParameterHistory) -> tuple[str, int, int]:
        go_on.wait(60)
        return LastStep()(history)

    reader.ask(Where(recorded.path), waiting)
    reader.poll()
    assert threading.active_count() == before + 1
    go_on.set()
    reader.close()
    assert threading.active_count() == before
