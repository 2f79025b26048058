"""Bounds the memory of a long-lived process: few malloc arenas, trimmed between runs."""

import ctypes
import gc
import sys
from typing import Any

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's mallopt


def limit_arenas(arenas: int = 1) -> None:
    """Before threads begin: so many arenas for all, or each thread would keep what it once took."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_ARENA_MAX, arenas)


def freeze_garbage_collector() -> None:
    """Exempt all present objects from garbage collection, which makes `release_memory` fast."""
    gc.collect()
    gc.freeze()


def release_memory() -> None:
    """A run is over: objects in circles hold its arrays, and Python counts objects, not bytes."""
    gc.collect()
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def _glibc() -> Any:
    """The C library where it is GNU's, else None."""
    if sys.platform != "linux":
        return None
    try:
        libc = ctypes.CDLL(None)
    except OSError:
        return None
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
