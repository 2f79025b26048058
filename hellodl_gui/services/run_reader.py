"""Run reader: evaluates a function over the record of the open run on a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, NamedTuple, TypeVar

from core.errors import LabError
from core.inspect.weights.parameter_history import ParameterHistory
from core.record.lineage import Lineage

T = TypeVar("T")
EVERY = 0.25
"""Least seconds between two reads of a growing file."""

_REST = 8
"""The thread pauses this many times as long as a read took."""


class Where(NamedTuple):
    """A record, to its end or up to a step."""

    path: Path
    until: int | None = None


Question = Callable[[ParameterHistory], T]
"""Called on the reader's thread. Equal questions have equal answers until more is written."""


@dataclass(frozen=True)
class _Asked(Generic[T]):
    number: int
    where: Where
    question: Question[T]


@dataclass(frozen=True)
class _Result(Generic[T]):
    """`news` is false where nothing was written since the same question was answered."""

    number: int
    changed: bool
    answer: T | None
    problem: str


class RunReader(Generic[T]):
    """Answers one question at a time; of those asked meanwhile only the newest is kept.

    Nothing blocks: `ask` sets the question, `poll` takes the answer. The thread starts with the
    first question and ends with `close`.
    Attributes: `answer`, the newest, None before there is one; `problem`, a sentence in its place.
    """

    def __init__(self) -> None:
        self.answer: T | None = None
        self.problem = ""
        self._wanted: tuple[Where, Question[T]] | None = None
        self._number = 0
        self._under_way = False
        self._stale = False
        self._asked_at = self._took = 0.0
        self._questions: SimpleQueue[_Asked[T] | None] = SimpleQueue()
        self._answers: SimpleQueue[_Result[T]] = SimpleQueue()
        self._thread: Thread | None = None

    def ask(self, where: Where | None, question: Question[T]) -> None:
        """Set the question and the record to ask; None for no record."""
        wanted = None if where is None else (where, question)
        if wanted == self._wanted:
            return
        if wanted is None or self._wanted is None or wanted[0] != self._wanted[0]:
            self.answer, self.problem = None, ""
        self._wanted = wanted
        self._number += 1
        self._under_way = False
        self._stale = wanted is not None
        self._asked_at = self._took = 0.0

    def invalidate(self) -> None:
        """The file may have grown: ask again."""
        self._stale = self._wanted is not None

    @property
    def pending(self) -> bool:
        """Whether an answer is on its way, or a question is still to be asked."""
        return self._under_way or self._stale

    def poll(self) -> bool:
        """Take in answers; whether `answer` or `problem` changed."""
        changed = False
        while True:
            try:
                result = self._answers.get_nowait()
            except Empty:
                break
            self._took = time.monotonic() - self._asked_at
            if result.number == self._number:
                self._under_way = False
                changed = changed or result.changed
                if result.changed:
                    self.answer, self.problem = result.answer, result.problem
        now = time.monotonic()
        if (
            self._stale
            and not self._under_way
            and now - self._asked_at >= max(EVERY, _REST * self._took)
        ):
            self._send(now)
        return changed

    def _send(self, now: float) -> None:
        assert self._wanted is not None
        self._stale, self._under_way, self._asked_at = False, True, now
        if self._thread is None:
            self._thread = Thread(target=self._work, name="run reader", daemon=True)
            self._thread.start()
        self._questions.put(_Asked(self._number, *self._wanted))

    def close(self) -> None:
        """End the thread, after the question it is at."""
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join()
            self._thread = None
        self._wanted = None
        self._under_way = self._stale = False

    # -- on the thread ------------------------------------------------------------------------

    def _work(self) -> None:
        lineage: Lineage | None = None
        history: ParameterHistory | None = None
        opened: Where | None = None
        answered = -1
        while (asked := self._newest()) is not None:
            try:
                if lineage is None or history is None or asked.where != opened:
                    if lineage is not None:
                        lineage.close()
                    lineage = opened = None
                    lineage, opened, grown = Lineage(*asked.where), asked.where, True
                    history = ParameterHistory(lineage)
                else:
                    grown = lineage.refresh()
                if grown or asked.number != answered:
                    found = asked.question(history)
                    self._answers.put(_Result(asked.number, True, found, ""))
                else:
                    self._answers.put(_Result(asked.number, False, None, ""))
                answered = asked.number
            except (LabError, MemoryError) as error:
                answered = -1
                sentence = str(error) or "There is not enough memory to show this."
                self._answers.put(_Result(asked.number, True, None, sentence))
        if lineage is not None:
            lineage.close()

    def _newest(self) -> _Asked[T] | None:
        """The last question asked, or None at the end."""
        asked = self._questions.get()
        while asked is not None and not self._questions.empty():
            asked = self._questions.get()
        return asked
