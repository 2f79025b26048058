"""On how many cores the fast kernels compute: one or two.

Wide kernels always cut a batch into the same two halves, each with its own sums. So the result is
the same to the last bit whether one core computes them one after the other or two at once.
"""

import os
import sys

HALVES = 2

_threads = 1


def prepare_threads() -> None:
    """Before numba is imported: a pool of two, which sleeps after 0.2 ms without work.

    Left alone it would spin for milliseconds on the core that the window needs; sent to sleep at
    once it would take 40 µs to wake for each operation.
    """
    os.environ.setdefault("NUMBA_NUM_THREADS", str(HALVES))
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")


def set_threads(threads: int) -> None:
    """Compute on one core or on two, in the calling thread from here on."""
    global _threads
    _threads = threads
    if "numba" in sys.modules:
        apply_threads()


def apply_threads() -> None:
    """Tell numba, once it is there."""
    from numba import config, set_num_threads

    most: int = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    set_num_threads(max(1, min(_threads, most)))
