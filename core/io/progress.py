"""Progress reports and cancellation of long work."""

from collections.abc import Callable
from threading import Event

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); a total of 0 is unknown."""


class Cancelled(Exception):
    """The user cancelled. Not an error; no partial result is left behind."""


def no_progress(done: int, total: int, what: str) -> None:
    """A Progress that does nothing."""


_latest: tuple[int, int, str] = (0, 0, "")
_cancel = Event()


def publish(done: int, total: int, what: str) -> None:
    """A Progress for work that other threads wait for; they read it with `latest`."""
    global _latest
    _latest = done, total, what


def latest() -> tuple[int, int, str]:
    """The last published progress: (done, total, what is being done); empty text when finished."""
    return _latest


def begin_published() -> Event:
    """Start published work, one at a time; returns the event that cancels it."""
    global _cancel
    _cancel = Event()
    return _cancel


def cancel_published() -> None:
    """Cancel the published work; it ends soon, with Cancelled."""
    _cancel.set()


def raise_if_cancelled(cancel: Event | None) -> None:
    """Raise Cancelled once the event is set."""
    if cancel is not None and cancel.is_set():
        raise Cancelled
