"""Where the process of a proof begins. Importing it loads nothing heavy."""

import contextlib
import os
import signal
from multiprocessing.connection import Connection

_POLITE = 5  # steps behind whoever trains in the window


def prove(pipe: Connection) -> None:
    """The entry point: one plan comes, pairs go, and at last a sentence or none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner says when to stop
    from core.runtime.threads import limit_threads

    limit_threads(1)
    if hasattr(os, "nice"):
        os.nice(_POLITE)
    from core.diagnosis.worker import serve

    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        serve(pipe)
    os._exit(0)  # what else Python would tidy up takes half a second
