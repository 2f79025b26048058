"""Background task: a function on a thread of its own, with progress, cancel, result and error."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from core.io.progress import Progress, raise_if_cancelled

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class _Relay(QObject):
    """Calls functions in the window's thread."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _call(self, function: Callable[[], object]) -> None:
        function()


@cache
def _relay() -> _Relay:
    return _Relay()


class BackgroundTask(Generic[T]):
    """Starts `work(task)` at once on a daemon thread, or when the task `after` which it comes ends.

    `then(result)` or `otherwise(error)`, and `progressed(done, total, what)` on the way, are called
    in the window's thread, but not once the task is dropped or its `owner` deleted. Whoever waits
    for nothing of that polls `done` and takes the `result`.
    Attributes: `done`; `dropped`; `cancelled`, an event that long work looks at.
    """

    def __init__(
        self,
        work: Callable[["BackgroundTask[T]"], T],
        then: Callable[[T], object] | None = None,
        otherwise: Callable[[Any], object] | None = None,
        progressed: Progress | None = None,
        *,
        owner: QObject | None = None,
        after: "BackgroundTask[Any] | None" = None,
    ) -> None:
        self.cancelled = Event()
        self.done = False
        self._then, self._otherwise, self._progressed = then, otherwise, progressed
        self._owner = owner
        self.dropped = False
        self._told = (-1, "")
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._relay = _relay()  # made in the window's thread
        self._thread = Thread(target=self._run, args=(work, after), daemon=True)
        self._thread.start()

    # -- in the window's thread ---------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Whether `result` would raise."""
        return self._error is not None

    def result(self) -> T:
        """The result; waits for it. Raises what the work raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; whether it is done."""
        self._thread.join(seconds)
        return self.done

    def cancel(self) -> None:
        """Ask the work to stop; where it does, that is the error `Cancelled`."""
        self.cancelled.set()

    def drop(self) -> None:
        """Ask the work to stop, and hear nothing more of it."""
        self.dropped = True
        self.cancel()

    def _deliver(self, call: Callable[..., object], *values: Any) -> None:
        if not self.dropped and (self._owner is None or isValid(self._owner)):
            call(*values)

    # -- on its own thread --------------------------------------------------------------------

    def report(self, done: int, total: int, what: str) -> None:
        """A Progress, told at most a hundred times for each kind of work. Raises Cancelled."""
        raise_if_cancelled(self.cancelled)
        told = (100 * done // total if total else 0, what)
        if told != self._told:
            self._told = told
            self._post(self._progressed, done, total, what)

    def _run(
        self, work: Callable[["BackgroundTask[T]"], T], after: "BackgroundTask[Any] | None"
    ) -> None:
        if after is not None:
            after.wait()
        try:
            raise_if_cancelled(self.cancelled)
            self._result.append(work(self))
        except BaseException as error:  # raised by `result`
            self._error = error
            if self._then is not None and self._otherwise is None:
                _LOG.exception("work in the background")
        self.done = True
        if self._error is None:
            self._post(self._then, self._result[0])
        else:
            self._post(self._otherwise, self._error)

    def _post(self, call: Callable[..., object] | None, *values: Any) -> None:
        if call is not None:
            with suppress(RuntimeError):  # the application has ended
                self._relay.posted.emit(partial(self._deliver, call, *values))
