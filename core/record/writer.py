"""Writes beside training: packing weights and writing to disk take a thread of their own.

Both let go of Python's lock while they work, so that training loses next to nothing by it.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Concatenate, ParamSpec

from core.record.store import COMMIT_EVERY, Store

_MOST_WAITING = 16  # pieces of work, a copy of the weights each; more are not begun
_LAST_WAIT = 30.0  # seconds

Work = Callable[[], object]
P = ParamSpec("P")


class Writer:
    """A store that is written to in order, a little later.

    What goes wrong there (sqlite3.Error, OSError) is raised by the next call here; from then on
    nothing is written. Arrays must not change once they are given.
    Attributes: `path`; `spent`, the seconds of processor time that the thread took.
    """

    def __init__(self, store: Store) -> None:
        self.path: Path = store.path
        self.spent = 0.0
        self._store = store
        self._rows: list[tuple[tuple[float, ...], Mapping[str, float]]] = []
        self._committed = time.perf_counter()
        self._given = self._done = 0
        self._error: Exception | None = None
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def keeps_up(self) -> bool:
        """Whether more may be given that takes long."""
        return self._given - self._done < _MOST_WAITING

    @property
    def due(self) -> bool:
        """Whether rows have waited long enough for a commit."""
        return time.perf_counter() - self._committed >= COMMIT_EVERY

    def add_step(self, row: tuple[float, ...], metrics: Mapping[str, float]) -> None:
        """One mini-batch as `Store.add_step` takes it; written with the next commit."""
        self._rows.append((row, metrics))

    def write(
        self,
        method: Callable[Concatenate[Store, P], object],
        *arguments: P.args,
        **values: P.kwargs,
    ) -> None:
        """Call a method of the store, a little later."""
        self._enqueue(partial(method, self._store, *arguments, **values))

    def commit(self) -> None:
        """Let readers see everything so far, soon."""
        rows, self._rows = self._rows, []

        def work() -> None:
            for row, metrics in rows:
                self._store.add_step(row, metrics)
            self._store.commit()

        self._committed = time.perf_counter()
        self._enqueue(work)

    def flush(self) -> None:
        """Commit, and wait until everything given so far is written."""
        self.commit()
        reached = Event()
        self._enqueue(reached.set)
        reached.wait(_LAST_WAIT)
        self._raise_error()

    def close(self) -> None:
        """Commit and leave a single file behind."""
        try:
            self.flush()
        finally:
            self._end()
            self._store.close()

    def abandon(self) -> None:
        """Leave the file as it was committed last."""
        self._end()
        self._store.abandon()

    def _enqueue(self, work: Work) -> None:
        self._raise_error()
        self._given += 1
        self._work.put(work)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _end(self) -> None:
        self._work.put(None)
        self._thread.join(_LAST_WAIT)

    def _run(self) -> None:
        """The thread: one piece of work after the other; after the first that fails, none."""
        while (work := self._work.get()) is not None:
            try:
                if self._error is None or isinstance(getattr(work, "__self__", None), Event):
                    work()
            except Exception as error:
                self._error = error
            self._done += 1
            self.spent = time.thread_time()
