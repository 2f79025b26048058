"""How long work is followed and called off."""

from collections.abc import Callable
from threading import Event

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); a total of 0 means that nobody knows."""


class Cancelled(Exception):
    """The person called it off. Nothing is wrong, and nothing half-made is left behind."""


def no_progress(done: int, total: int, what: str) -> None:
    """A Progress for when nobody looks."""


_latest: tuple[int, int, str] = (0, 0, "")
_cancel = Event()


def publish(done: int, total: int, what: str) -> None:
    """A Progress for work that anybody may wait for, on whatever thread: `latest` tells them."""
    global _latest
    _latest = done, total, what


def latest() -> tuple[int, int, str]:
    """What was published last: (done, total, what is being done); an empty word when it is over."""
    return _latest


def begin_published() -> Event:
    """Work that is published begins, one at a time; it is to end once this event is set."""
    global _cancel
    _cancel = Event()
    return _cancel


def cancel_published() -> None:
    """Nobody waits for what is published any more: it ends soon, with Cancelled."""
    _cancel.set()


def raise_if_cancelled(cancel: Event | None) -> None:
    """Raise Cancelled once the event is set."""
    if cancel is not None and cancel.is_set():
        raise Cancelled
