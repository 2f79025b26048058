"""How many cores numeric libraries may use. BLAS threads beside our own make both slower."""

import os

import numpy as np  # noqa: F401  (loads BLAS, so that there is something to limit)
import threadpoolctl


def limit_threads(threads: int) -> None:
    """Hold BLAS and numba to so many threads in this process."""
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    threadpoolctl.threadpool_limits(threads)
