"""Run reader: evaluates a function over the record of the open run off the window's thread."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from core.errors import LabError
from core.inspect.weights.parameter_history import ParameterHistory
from core.record.lineage import Lineage
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.state.timeline import Timeline

T = TypeVar("T")
EVERY = 0.25
"""Least seconds between two reads of a growing file."""

_REST = 8
"""The reader pauses this many times as long as a read took."""


class Where(NamedTuple):
    """A record, to its end or up to a step."""

    path: Path
    until: int | None = None


def open_record(timeline: Timeline) -> Where | None:
    """Where the open run is recorded; None where it is not."""
    return None if timeline.path is None else Where(timeline.path, timeline.until)


Question = Callable[[ParameterHistory], T]
"""Called on another thread. Equal questions have equal answers until more is written."""


class RunReader(Generic[T]):
    """Answers one question at a time; of those asked meanwhile only the newest is kept.

    Nothing blocks: `ask` sets the question, `poll` takes the answer.
    Attributes: `answer`, the newest, None before there is one; `problem`, a sentence in its place.
    """

    def __init__(self) -> None:
        self.answer: T | None = None
        self.problem = ""
        self._wanted: tuple[Where, Question[T]] | None = None
        self._number = 0  # of the question that is wanted
        self._stale = False
        self._asked_at = self._took = 0.0
        self._task: BackgroundTask[bool] | None = None
        self._asked = -1  # number of the question that the task is about
        # Only the task touches these, one after the other.
        self._history: ParameterHistory | None = None
        self._opened: Where | None = None
        self._answered = -1
        self._found: T | None = None

    def ask(self, where: Where | None, question: Question[T]) -> None:
        """Set the question and the record to ask; None for no record."""
        wanted = None if where is None else (where, question)
        if wanted == self._wanted:
            return
        if wanted is None or self._wanted is None or wanted[0] != self._wanted[0]:
            self.answer, self.problem = None, ""
        self._wanted = wanted
        self._number += 1
        self._stale = wanted is not None
        self._asked_at = self._took = 0.0

    def invalidate(self) -> None:
        """The file may have grown: ask again."""
        self._stale = self._wanted is not None

    @property
    def pending(self) -> bool:
        """Whether an answer is on its way, or a question is still to be asked."""
        return self._stale or (self._task is not None and self._asked == self._number)

    def poll(self) -> bool:
        """Take in the answer and ask again where it may be another; whether it changed."""
        changed = False
        if self._task is not None and self._task.done:
            task, self._task = self._task, None
            changed = self._take(task)
        now = time.monotonic()
        rested = now - self._asked_at >= max(EVERY, _REST * self._took)
        if self._stale and self._task is None and rested and self._wanted is not None:
            self._stale, self._asked_at, self._asked = False, now, self._number
            where, question = self._wanted
            self._task = BackgroundTask(lambda _: self._read(where, question))
        return changed

    def _take(self, task: BackgroundTask[bool]) -> bool:
        """Take in what became of a read; whether there is something else than before."""
        wanted = self._asked == self._number
        if wanted:
            self._took = time.monotonic() - self._asked_at
        try:
            changed, answer, problem = task.result(), self._found, ""
        except (LabError, MemoryError) as error:
            self._answered = -1
            changed, answer = True, None
            problem = str(error) or "There is not enough memory to show this."
        if changed and wanted:
            self.answer, self.problem = answer, problem
        return changed and wanted

    def close(self) -> None:
        """Wait for the question that is being answered, and close the record."""
        if self._task is not None:
            self._task.wait()
            self._task = None
        self._close_record()
        self._wanted, self._stale = None, False

    # -- off the window's thread --------------------------------------------------------------

    def _read(self, where: Where, question: Question[T]) -> bool:
        """Find the answer; False where nothing was written since the same question was answered."""
        if self._history is None or where != self._opened:
            self._close_record()
            self._history, grown = ParameterHistory(Lineage(*where)), True
            self._opened = where
        else:
            grown = self._history.lineage.refresh()
        if not grown and self._asked == self._answered:
            return False
        self._found, self._answered = question(self._history), self._asked
        return True

    def _close_record(self) -> None:
        if self._history is not None:
            self._history.lineage.close()
            self._history = None
