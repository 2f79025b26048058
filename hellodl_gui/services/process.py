"""Supervisor of the training process: starts, restarts and stops it, and logs how it ended."""

import logging
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from core.runtime import protocol
from core.runtime.compute import default_compute_settings
from core.runtime.worker import main

_LOG = logging.getLogger(__name__)
_PATIENCE, _GLANCE = 2.0, 0.02  # seconds
_TRIES = 3
# Signals that damaged machine code raises, for instance a corrupt cached kernel.
_NAMES = ("SIGSEGV", "SIGILL", "SIGBUS", "SIGFPE", "SIGABRT")
_FAULTS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Supervisor:
    """Starts the training process and starts it again when it dies.

    After three processes in a row that died before they were ready none is started any more; a
    later call of `start` then has one try.
    """

    def __init__(self) -> None:
        self.process: TrainingProcess | None = None
        self.ready = False
        self._failures = 0

    def start(self, renew: bool = False) -> None:
        """Start a process unless there is one; `renew` compiles its kernels again."""
        if self.process is None:
            self.ready = False
            self.process = TrainingProcess(renew)

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def send(self, command: protocol.Command) -> None:
        """Send a command to the process, if there is one."""
        if self.process is not None:
            self.process.send(command)

    def receive(self) -> protocol.Event | None:
        """The next event, or None; log records and crashes go to the log."""
        while self.process is not None:
            event = self.process.receive()
            if isinstance(event, protocol.LogMessage):
                _LOG.log(event.level, "%s", event.text)
            elif isinstance(event, protocol.Crashed):
                _LOG.error("The training process crashed.\n%s", event.traceback)
            else:
                if isinstance(event, protocol.Ready):
                    self.ready, self._failures = True, 0
                return event
        return None

    def reap(self) -> "ExitReport | None":
        """None while the process lives; once after its death how it ended; may restart it."""
        if self.process is None or (how := self.process.exit_message()) is None:
            return None
        self._failures += not self.ready
        last = self._failures >= _TRIES
        report = ExitReport(how, self.ready, self._failures, last)
        suspicious = not self.ready and self.process.fault
        _LOG.error("%s%s", how, " No further one is started." if last else "")
        self.stop()
        if last:
            self._failures = _TRIES - 1
        else:
            self.start(renew=suspicious)
        return report


@dataclass(frozen=True)
class ExitReport:
    """How a process ended: a sentence; whether it had been ready; how many in a row had not been;
    whether it was the `last` one, which is not replaced.
    """

    sentence: str
    was_ready: bool
    failures: int
    last: bool


class TrainingProcess:
    """One spawned process and the pipe to it. `renew` ignores cached kernels."""

    def __init__(self, renew: bool = False) -> None:
        self._why = ""
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=main,
            args=(theirs, default_compute_settings().threads, renew),
            name="hellodl-training",
            daemon=True,
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid

    def send(self, command: protocol.Command) -> None:
        """Send a command; without effect on a dead process."""
        try:
            self._pipe.send(command)
        except (BrokenPipeError, ConnectionResetError, OSError):
            return

    def receive(self) -> protocol.Event | None:
        """The next event, or None."""
        try:
            event: protocol.Event | None = self._pipe.recv() if self._pipe.poll(0) else None
        except (EOFError, ConnectionResetError, OSError):
            return None
        if isinstance(event, protocol.Crashed):
            self._why = event.sentence
        return event

    def _drain(self) -> None:
        """Read and drop one event, so that the process is not blocked by a full pipe."""
        try:
            if self._pipe.poll(_GLANCE):
                self._pipe.recv()
        except (EOFError, ConnectionResetError, OSError):
            self._process.join(_GLANCE)

    def exit_message(self) -> str | None:
        """One sentence on how the process ended; None while it lives."""
        code = self._process.exitcode
        if code is None:
            return None
        if self._why:
            return f"The training process cannot go on: {self._why}"
        if code < 0:
            return f"The training process was ended from outside (signal {-code})."
        return f"The training process ended unexpectedly (exit code {code})."

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join(_PATIENCE)

    @property
    def fault(self) -> bool:
        """Whether a signal ended it that damaged machine code raises, such as SIGSEGV."""
        return -(self._process.exitcode or 0) in _FAULTS

    def stop(self) -> None:
        """Quit, then terminate, then kill, waiting after each."""
        self.send(protocol.Quit())
        end = time.monotonic() + _PATIENCE
        while self._process.exitcode is None and time.monotonic() < end:
            self._drain()
        for end_process in (lambda: None, self._process.terminate, self._process.kill):
            if self._process.exitcode is None:
                end_process()
                self._process.join(_PATIENCE)
        self._pipe.close()
