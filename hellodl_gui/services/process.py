"""The training process as the window holds it: started, watched, stopped on every path."""

import logging
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from core.runtime import protocol as say
from core.runtime.compute import usual_computing
from core.runtime.worker import main

_LOG = logging.getLogger(__name__)
_PATIENCE, _GLANCE = 2.0, 0.02  # seconds
_TRIES = 3
# Signals that machine code ends a process with, as kernels do that were kept and are damaged.
_NAMES = ("SIGSEGV", "SIGILL", "SIGBUS", "SIGFPE", "SIGABRT")
_FAULTS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Supervisor:
    """Keeps a training process there: another one where it dies, but not for ever.

    A process that dies before it was ready has been of no use; after three of those no further one
    is started until `start` is called again, which then has one try.
    """

    def __init__(self) -> None:
        self.process: WorkerProcess | None = None
        self.ready = False
        self._failures = 0

    def start(self, renew: bool = False) -> None:
        """Start a process unless there is one; `renew`: its kernels are compiled again."""
        if self.process is None:
            self.ready = False
            self.process = WorkerProcess(renew)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def send(self, command: say.Command) -> None:
        """Say something to it."""
        if self.process is not None:
            self.process.send(command)

    def receive(self) -> say.Event | None:
        """The next thing it says, but for what goes into the log; None where there is nothing."""
        while self.process is not None:
            event = self.process.receive()
            if isinstance(event, say.Logged):
                _LOG.log(event.level, "%s", event.text)
            elif isinstance(event, say.Crashed):
                _LOG.error("The training process crashed.\n%s", event.traceback)
            else:
                if isinstance(event, say.Ready):
                    self.ready, self._failures = True, 0
                return event
        return None

    def bury(self) -> "Death | None":
        """None while it lives. Once after its death how it was; another one may be starting."""
        if self.process is None or (how := self.process.obituary()) is None:
            return None
        self._failures += not self.ready
        last = self._failures >= _TRIES
        death = Death(how, self.ready, self._failures, last)
        suspicious = not self.ready and self.process.fault
        _LOG.error("%s%s", how, " No further one is started." if last else "")
        self.stop()
        if last:
            self._failures = _TRIES - 1
        else:
            self.start(renew=suspicious)
        return death


@dataclass(frozen=True)
class Death:
    """How a process ended, in a sentence; whether it was of use before; the how manieth in a row
    that was not; whether no other one follows it.
    """

    sentence: str
    was_ready: bool
    failures: int
    last: bool


class WorkerProcess:
    """One spawned process and the pipe to it. `renew`: it is not to trust the kernels kept."""

    def __init__(self, renew: bool = False) -> None:
        self._why = ""
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=main,
            args=(theirs, usual_computing().threads, renew),
            name="hellodl-training",
            daemon=True,
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Its number in the system."""
        return self._process.pid

    def send(self, command: say.Command) -> None:
        """Say something to it; what a dead process no longer hears is lost."""
        try:
            self._pipe.send(command)
        except (BrokenPipeError, ConnectionResetError, OSError):
            return

    def receive(self) -> say.Event | None:
        """The next thing it says, or None."""
        try:
            event: say.Event | None = self._pipe.recv() if self._pipe.poll(0) else None
        except (EOFError, ConnectionResetError, OSError):
            return None
        if isinstance(event, say.Crashed):
            self._why = event.sentence
        return event

    def _hear_out(self) -> None:
        """Take what it still says, so that it can finish its sentence and leave."""
        try:
            if self._pipe.poll(_GLANCE):
                self._pipe.recv()
        except (EOFError, ConnectionResetError, OSError):
            self._process.join(_GLANCE)

    def obituary(self) -> str | None:
        """None while it lives, afterwards one sentence on how it ended."""
        code = self._process.exitcode
        if code is None:
            return None
        if self._why:
            return f"The training process cannot go on: {self._why}"
        if code < 0:
            return f"The training process was ended from outside (signal {-code})."
        return f"The training process ended unexpectedly (exit code {code})."

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._process.join(_PATIENCE)

    @property
    def fault(self) -> bool:
        """Whether it ended as processes do that run damaged machine code."""
        return -(self._process.exitcode or 0) in _FAULTS

    def stop(self) -> None:
        """Ask it to leave, wait, insist."""
        self.send(say.Quit())
        end = time.monotonic() + _PATIENCE
        while self._process.exitcode is None and time.monotonic() < end:
            self._hear_out()
        for insist in (lambda: None, self._process.terminate, self._process.kill):
            if self._process.exitcode is None:
                insist()
                self._process.join(_PATIENCE)
        self._pipe.close()
