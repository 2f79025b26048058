"""Worker processes with a pipe each, polled without blocking.

Each has a pipe of its own, so that one that dies takes nothing with it that others need.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from core.errors import LabError
from core.runtime.protocol import Quit
from core.translation import tr

_PATIENCE = 0.7  # seconds until a process that does not leave is ended
_MOST = 64

Target = Callable[[Connection], None]


def default_workers() -> int:
    """As many processes as there are cores that this one may use."""
    cores = getattr(os, "sched_getaffinity", None)
    return min(_MOST, len(cores(0)) if cores else os.cpu_count() or 1)


def checked_workers(count: int | None) -> int:
    """`count` processes, or as many as there are cores. Raises LabError."""
    if count is None:
        return default_workers()
    if not 1 <= count <= _MOST:
        raise LabError(
            tr("{count} processes cannot be started. Choose a number from 1 to {most}.").format(
                count=count, most=_MOST
            )
        )
    return count


@dataclass(frozen=True)
class ProcessExited:
    """A process exited; the sentence says how."""

    sentence: str


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


class WorkerProcess:
    """One spawned process and the pipe to it."""

    def __init__(self, target: Target) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=target, args=(theirs,), name="hellodl-sweep", daemon=True
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
        try:
            self._pipe.send(order)
        except (OSError, ValueError):
            return

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
        if self._pipe.closed and self._process.exitcode is not None:
            self.gone = True
            said.append(ProcessExited(self._exit_message()))
        elif self._kill_at is not None and time.monotonic() > self._kill_at:
            self._kill_at = time.monotonic() + _PATIENCE
            self._process.kill()
        return said

    def ask_to_stop(self) -> None:
        """Ask the process to quit; `receive` kills it after a grace period."""
        if not self.gone and self._kill_at is None:
            self.send(Quit())
            self._kill_at = time.monotonic() + _PATIENCE

    def kill(self) -> None:
        """Kill the process now."""
        if not self.gone:
            self.gone = True
            self._process.kill()
            self._process.join(_PATIENCE)
            self._pipe.close()

    def _exit_message(self) -> str:
        code = self._process.exitcode
        if code is not None and code < 0:
            return tr("Its process was ended from outside (signal {code}).").format(code=-code)
        return tr("Its process ended unexpectedly (exit code {code}).").format(code=code)
