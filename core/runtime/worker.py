"""The training process: warm kernels, one run at a time, commands in, events and the board out."""

import contextlib
import logging
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from threading import Lock
from typing import TYPE_CHECKING, Any

from core.errors import LabError, LabWarning
from core.runtime import protocol as say
from core.runtime.compute import limit_threads
from core.runtime.malloc_arenas import freeze_garbage_collector, limit_arenas, release_memory
from core.runtime.pipe_reader import PipeReader
from core.runtime.process_worker import failure_sentence

if TYPE_CHECKING:
    from core.runtime.session import Session

_BUDGET = 0.005
_IDLE = 0.02


def main(pipe: Connection, threads: int, renew: bool = False) -> None:
    """Entry point of the process. Returns on Quit or when the window is gone.

    What it cannot go on from is said as `Crashed`; it then ends with exit code 1. `renew`: throw
    the kept kernels away first, because the process before this one died of them.
    """
    limit_arenas()
    worker = TrainingWorker(pipe)
    logging.basicConfig(
        handlers=[_PipeLogHandler(worker.send)],
        level=logging.WARNING,
        format="%(message)s",
        force=True,
    )
    try:
        limit_threads(threads)
        if renew:
            from core.kernels.compile_cache import forget_kernels

            forget_kernels()
        worker.serve()
    except (BrokenPipeError, EOFError, ConnectionResetError):
        return
    except Exception as error:
        worker.say_crashed(error)
        sys.exit(1)


class _Superseded(Exception):
    """A command arrived that makes the work in hand pointless."""


class TrainingWorker:
    """Serves one pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._send_lock = Lock()
        self._inbox = PipeReader(pipe)
        self._waiting: deque[say.ProcessCommand] = deque()
        self._session: Session | None = None
        self._running = True

    def send(self, event: say.Event) -> None:
        """Say something to the window, from any thread. Raises OSError when it is gone."""
        with self._send_lock:
            self._pipe.send(event)

    def say_crashed(self, error: Exception) -> None:
        """The last words."""
        known = isinstance(error, LabError)
        sentence = str(error) if known else f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            self.send(say.Crashed(sentence, traceback.format_exc()))

    def serve(self) -> None:
        """Warm up, then obey until told to quit."""
        from core.kernels.precompile import precompile

        precompile(lambda done, total, name: self.send(say.KernelProgress(done, total, name)))
        freeze_garbage_collector()
        self.send(say.Ready())
        try:
            with self.passing_warnings_on():
                while self._running:
                    self._process_next()
        finally:
            self._end_session()

    def _process_next(self) -> None:
        """Obey one command, or train for a moment."""
        busy = self._session is not None and self._session.driver.playing
        if (command := self._next_command(0 if busy else _IDLE)) is not None:
            self._handle(command)
        elif self._session is not None:
            with self._guarded(self._session.run_id):
                self._session.advance(_BUDGET)

    @contextlib.contextmanager
    def passing_warnings_on(self) -> Iterator[None]:
        """What the core warns of is said to the window, once a place."""

        def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
            if issubclass(category, LabWarning) and self._session is not None:
                self.send(say.WarningRaised(self._session.run_id, str(message)))

        with warnings.catch_warnings():
            warnings.simplefilter("default", LabWarning)
            warnings.showwarning = show
            yield

    def _next_command(self, wait: float) -> say.ProcessCommand | None:
        if self._waiting:
            return self._waiting.popleft()
        return self._inbox.take(wait)

    def _handle(self, command: say.ProcessCommand) -> None:
        if isinstance(command, say.Quit):
            self._running = False
        elif isinstance(command, say.Start):
            self._end_session()
            with self._guarded(command.run_id):
                self._begin(command)
        elif self._session is not None and command.run_id == self._session.run_id:
            with self._guarded(command.run_id):
                self._session.handle(command)

    def _begin(self, start: say.Start) -> None:
        from core.runtime.session import Session

        self._session = Session(start, self.send, self._poll_commands)
        self._session.announce()

    def _poll_commands(self) -> bool:
        """Amid long work: is it still wanted? True when something else than questions waits."""
        while (command := self._inbox.take()) is not None:
            self._waiting.append(command)
            if isinstance(command, say.Quit | say.Start):
                raise _Superseded
        return any(not isinstance(command, say.ProbeRequest) for command in self._waiting)

    @contextlib.contextmanager
    def _guarded(self, run_id: int) -> Iterator[None]:
        """A broken run is reported and ended; the process lives on."""
        try:
            yield
        except _Superseded:
            self._end_session()
        except (BrokenPipeError, EOFError, ConnectionResetError):
            raise
        except Exception as error:
            self._end_session()
            self.send(say.Failed(run_id, failure_sentence(error), traceback.format_exc()))

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
            release_memory()


class _PipeLogHandler(logging.Handler):
    """What is logged here goes into the log of the window; there is one file and one writer."""

    def __init__(self, send: Callable[[say.Event], None]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on; whatever goes wrong with that is no worse than silence."""
        with contextlib.suppress(Exception):
            self._send(say.LogMessage(record.levelno, self.format(record)))
