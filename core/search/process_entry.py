"""Where the processes of contests and studies begin. Importing it loads nothing heavy."""

import contextlib
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection


def train_runs(pipe: Connection) -> None:
    """The entry point of a race's process."""
    _begin()
    from core.search.trial_worker import serve

    _serve(serve, pipe)


def search(pipe: Connection) -> None:
    """The entry point of a study's process."""
    _begin()
    from core.search.search_worker import serve

    _serve(serve, pipe)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner says when to stop
    from core.runtime.compute import limit_threads

    limit_threads(1)


def _serve(serve: Callable[[Connection], None], pipe: Connection) -> None:
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        serve(pipe)
    # Every record is closed; what else Python would tidy up takes half a second.
    os._exit(0)
