"""Waits while Qt's event loop runs; Ctrl+C then stops soon and cleans up."""

import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from PySide6.QtCore import QEventLoop, QTimer

from core.errors import LabError
from hellodl_gui.features.export import MovieWriter

_SIGNALS = signal.SIGINT, signal.SIGTERM
_HEART_MS = 50
_POLL_MS = 10


class Interrupts:
    """Within it Ctrl+C, or a polite request to end, only sets `wanted`: an exception would be lost
    in a slot. For the main thread.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._before: list[object] = []

    def __enter__(self) -> Self:
        self._before = [signal.signal(number, self._hear) for number in _SIGNALS]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in zip(_SIGNALS, self._before, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True

    def check(self) -> None:
        """Raises KeyboardInterrupt where it is wanted."""
        if self.wanted:
            raise KeyboardInterrupt


def let_live(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(
    condition: Callable[[], bool], seconds: float, sentence: str, stop: Interrupts | None = None
) -> None:
    """Let the window live until something is so. Raises LabError with a sentence where it never is,
    KeyboardInterrupt where somebody had enough.
    """
    end = time.perf_counter() + seconds
    while not condition():
        let_live(_POLL_MS)
        if stop is not None:
            stop.check()
        if time.perf_counter() > end:
            raise LabError(sentence)


def until_written(
    movie: MovieWriter,
    stop: Interrupts,
    begin: Callable[[], object],
    cancel: Callable[[], object],
) -> None:
    """`begin` giving frames, and wait for the file; `cancel` leaves nothing of it behind.

    Raises LabError where it cannot be written, KeyboardInterrupt where somebody had enough.
    """
    failures: list[str] = []
    loop = QEventLoop()
    movie.failed.connect(failures.append)
    movie.failed.connect(loop.quit)
    movie.saved.connect(loop.quit)
    heart = QTimer()  # Python hears of a signal only when some Python runs
    heart.timeout.connect(lambda: loop.quit() if stop.wanted else None)
    heart.start(_HEART_MS)
    begin()
    loop.exec()
    heart.stop()
    if stop.wanted:
        cancel()
        stop.check()
    if failures:
        raise LabError(failures[0])
