"""Reads commands from the pipe at once, so that the window never waits for a busy process."""

from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from threading import Thread

from core.runtime import protocol as say


class PipeReader:
    """Empties a pipe on a thread of its own.

    Without it two large messages that meet halfway would block both ends for ever.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._commands: SimpleQueue[say.ProcessCommand | None] = SimpleQueue()
        Thread(target=self._receive, name="inbox", daemon=True).start()

    def take(self, wait: float = 0.0) -> say.ProcessCommand | None:
        """The next command; None when none comes within `wait` seconds.

        Raises EOFError when the window is gone and nothing is left.
        """
        try:
            command = self._commands.get(timeout=wait) if wait else self._commands.get_nowait()
        except Empty:
            return None
        if command is None:
            self._commands.put(None)
            raise EOFError
        return command

    def _receive(self) -> None:
        try:
            while True:
                self._commands.put(self._pipe.recv())
        except (EOFError, OSError):
            self._commands.put(None)
