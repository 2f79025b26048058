"""How many cores are computed on. BLAS threads beside our own make both slower: BLAS gets one."""

import numpy as np  # noqa: F401  (loads BLAS, so that there is something to limit)
import threadpoolctl

from core.kernels.threads import set_threads


def limit_threads(threads: int) -> None:
    """Compute on one core or on two in this thread from here on."""
    set_threads(threads)
    threadpoolctl.threadpool_limits(1)
