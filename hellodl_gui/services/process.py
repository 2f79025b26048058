"""The training process as the window holds it: started, watched, stopped on every path."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from core.runtime import protocol as say
from core.runtime.computing import usual_computing
from core.runtime.worker import main

_PATIENCE, _GLANCE = 2.0, 0.02  # seconds


class WorkerProcess:
    """One spawned process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=main,
            args=(theirs, usual_computing().threads),
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
            return self._pipe.recv() if self._pipe.poll(0) else None
        except (EOFError, ConnectionResetError, OSError):
            return None

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
        if code < 0:
            return f"The training process was ended from outside (signal {-code})."
        return f"The training process ended unexpectedly (exit code {code})."

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
