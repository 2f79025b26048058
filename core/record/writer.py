"""Writes beside training: packing weights and writing to disk take a thread of their own.

Both let go of Python's lock while they work, so that training loses next to nothing by it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.record.codec import pack_array, pack_state, pack_weights
from core.record.layer_stats import LayerRow
from core.record.store import COMMIT_EVERY, Store

_MOST_WAITING = 16  # pieces of work, a copy of the weights each; more are not begun
_LAST_WAIT = 30.0  # seconds

Work = Callable[[], object]


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
        self._rows: list[tuple[float, ...]] = []
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

    def add_step(self, row: tuple[float, ...]) -> None:
        """One mini-batch, columns as `STEP_COLUMNS`; written with the next commit."""
        self._rows.append(row)

    def add(self, table: str, **values: Any) -> None:
        """One row."""
        self._enqueue(partial(self._store.add, table, **values))

    def add_traces(self, rows: Iterable[tuple[int, int, int, float, float]]) -> None:
        """Step, part, place, value and gradient of single numbers of the network."""
        self._enqueue(partial(self._store.add_traces, list(rows)))

    def add_layers(self, rows: Iterable[LayerRow]) -> None:
        """Every parameter after one mini-batch."""
        self._enqueue(partial(self._store.add_layers, list(rows)))

    def put_snapshot(self, step: int, theta: NDArray[np.float32], thinned: Work) -> None:
        """Weights (P,) to look at; `thinned()` is called when others had to go."""

        def work() -> None:
            if self._store.put_snapshot(step, pack_weights(theta)):
                thinned()

        self._enqueue(work)

    def put_page_reading(self, step: int, page: int, probabilities: NDArray[np.uint8]) -> None:
        """What was made of a page."""
        self._enqueue(
            lambda: self._store.put_page_reading(step, page, pack_array(probabilities, np.uint8))
        )

    def put_checkpoint(
        self, step: int, state: Mapping[str, Any], pinned: bool, thinned: Work
    ) -> None:
        """A state to go on from; `thinned()` is called when others had to go."""

        def work() -> None:
            if self._store.put_checkpoint(step, *pack_state(state), pinned):
                thinned()

        self._enqueue(work)

    def commit(self) -> None:
        """Let readers see everything so far, soon."""
        rows, self._rows = self._rows, []
        self._committed = time.perf_counter()
        self._enqueue(partial(self._commit, rows))

    def flush(self) -> None:
        """Wait until everything given so far is written."""
        reached = Event()
        self._enqueue(reached.set)
        reached.wait(_LAST_WAIT)
        self._raise_error()

    def close(self) -> None:
        """Commit and leave a single file behind."""
        try:
            self.commit()
            self.flush()
        finally:
            self._end()
            self._store.close()

    def abandon(self) -> None:
        """Leave the file as it was committed last."""
        self._end()
        self._store.abandon()

    def _commit(self, rows: list[tuple[float, ...]]) -> None:
        for row in rows:
            self._store.add_step(row)
        self._store.commit()

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
