"""ProcessWorker: a process of its own and the pipe to it. Importing it loads nothing heavy."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from core.errors import LabError
from core.translation import tr

_PATIENCE = 0.7  # seconds until a process that does not leave is ended
_GLANCE = 0.02
_MANY = 100


@dataclass(frozen=True)
class Quit:
    """Leave the process."""


@dataclass(frozen=True)
class ProcessExited:
    """A process exited by itself, with this code, or was ended by the signal −`code`."""

    code: int

    @property
    def sentence(self) -> str:
        """How it ended."""
        if self.code < 0:
            return tr("Its process was ended from outside (signal {code}).").format(code=-self.code)
        return tr("Its process ended unexpectedly (exit code {code}).").format(code=self.code)


class ProcessWorker:
    """Runs `target(pipe, *more)` in a spawned process, which Ctrl+C does not reach.

    It is polled without blocking. Its pipe is its own, so that one that dies takes nothing with it
    that others need. Attributes: `gone`, whether it has exited and all it said was received.
    """

    def __init__(self, target: Callable[..., None], *more: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_run, args=(target, theirs, *more), name="hellodl-worker", daemon=True
        )
        with _ignore_interrupts():
            self._process.start()
        theirs.close()
        self._kill_at: float | None = None
        self.gone = False

    @property
    def pid(self) -> int | None:
        """Its number in the system."""
        return self._process.pid

    def send(self, order: Any) -> None:
        """Send a message; it is lost where the process is dead."""
        with suppress(OSError, ValueError):
            self._pipe.send(order)

    def receive(self, most: int) -> list[Any]:
        """Up to `most` messages, without waiting; the last one ever is a `ProcessExited`."""
        said: list[Any] = []
        if self.gone:
            return said
        try:
            while not self._pipe.closed and len(said) < most and self._pipe.poll(0):
                said.append(self._pipe.recv())
        except (EOFError, OSError):
            self._pipe.close()
            self.ask_to_stop()
        code = self._process.exitcode
        if self._pipe.closed and code is not None:
            self.gone = True
            said.append(ProcessExited(code))
        elif self._kill_at is not None and time.monotonic() > self._kill_at:
            self._kill_at = time.monotonic() + _PATIENCE
            self.kill()
        return said

    def ask_to_stop(self, patience: float = _PATIENCE) -> None:
        """Ask the process to quit; after so many seconds `receive` kills it."""
        if not self.gone and self._kill_at is None:
            self.send(Quit())
            self._kill_at = time.monotonic() + patience

    def kill(self) -> None:
        """Kill the process; `receive` goes on to what it said."""
        self._process.kill()

    def close(self, patience: float = 0.0) -> None:
        """End the process: now, or once it had so many seconds to leave by itself."""
        if patience:
            self.ask_to_stop(patience)
        end = time.monotonic() + patience
        while not self.gone and time.monotonic() < end:
            self.receive(_MANY)  # so that it is not blocked by a full pipe
            self._process.join(_GLANCE)
        if not self.gone:
            self.gone = True
            self.kill()
            self._process.join(_PATIENCE)
            self._pipe.close()


def failure_sentence(error: Exception) -> str:
    """Why a run broke."""
    if isinstance(error, LabError):
        return str(error)
    return tr("Training stopped: {kind}: {error}").format(kind=type(error).__name__, error=error)


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Processes started here ignore Ctrl+C, even while Python starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _run(target: Callable[..., None], pipe: Connection, *more: Any) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner says when to stop
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the owner is gone
        target(pipe, *more)
    os._exit(0)  # what else Python would tidy up takes half a second
