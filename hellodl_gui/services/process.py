"""Supervisor of the training process: starts, restarts and stops it, and logs how it ended."""

import logging
import signal
from dataclasses import dataclass

from core.runtime import protocol
from core.runtime.compute import default_compute_settings
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.runtime.worker import main

_LOG = logging.getLogger(__name__)
_PATIENCE = 2.0  # seconds
_TRIES = 3
# Signals that damaged machine code raises, for instance a corrupt cached kernel.
_NAMES = ("SIGSEGV", "SIGILL", "SIGBUS", "SIGFPE", "SIGABRT")
_FAULTS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


@dataclass(frozen=True)
class ExitReport:
    """How a process ended: a sentence; whether it had been ready; whether it was the `last` one,
    which is not replaced.
    """

    sentence: str
    was_ready: bool
    last: bool


class Supervisor:
    """Starts the training process and starts it again when it dies.

    After three processes in a row that died before they were ready none is started any more; a
    later call of `start` then has one try.
    """

    def __init__(self) -> None:
        self.process: ProcessWorker | None = None
        self.ready = False
        self._failures = 0
        self._why = ""  # it cannot go on, in its own words

    def start(self, renew: bool = False) -> None:
        """Start a process unless there is one; `renew` compiles its kernels again."""
        if self.process is None:
            self.ready, self._why = False, ""
            self.process = ProcessWorker(main, default_compute_settings().threads, renew)

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.close(_PATIENCE)
            self.process = None

    def send(self, command: protocol.RunCommand) -> None:
        """Send a command to the process, if there is one."""
        if self.process is not None:
            self.process.send(command)

    def receive(self) -> protocol.Event | ExitReport | None:
        """The next event, or None; log records and crashes go to the log.

        Where the process has died, that is the last one, and another process is started.
        """
        while self.process is not None and (said := self.process.receive(1)):
            event: protocol.Event | ProcessExited = said[0]
            match event:
                case protocol.LogMessage(level, text):
                    _LOG.log(level, "%s", text)
                case protocol.Crashed(sentence, traceback):
                    self._why = sentence
                    _LOG.error("The training process crashed.\n%s", traceback)
                case ProcessExited(code):
                    return self._replace(code)
                case protocol.Ready():
                    self.ready, self._failures = True, 0
                    return event
                case _:
                    return event
        return None

    def _replace(self, code: int) -> ExitReport:
        self._failures += not self.ready
        report = ExitReport(self._exit_message(code), self.ready, self._failures >= _TRIES)
        _LOG.error("%s%s", report.sentence, " No further one is started." if report.last else "")
        suspicious = not self.ready and -code in _FAULTS
        self.stop()
        if report.last:
            self._failures = _TRIES - 1
        else:
            self.start(renew=suspicious)
        return report

    def _exit_message(self, code: int) -> str:
        if self._why:
            return f"The training process cannot go on: {self._why}"
        if code < 0:
            return f"The training process was ended from outside (signal {-code})."
        return f"The training process ended unexpectedly (exit code {code})."
