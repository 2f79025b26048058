"""Keeps a process that begins one run after another at the size of one run."""

import ctypes
import gc
import sys
from typing import Any

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's mallopt


def use_little_memory(arenas: int = 1) -> None:
    """Before threads begin: so many arenas for all, or each thread would keep what it once took."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_ARENA_MAX, arenas)


def expect_no_garbage() -> None:
    """What is there now stays to the end, so `give_memory_back` need not look at it."""
    gc.collect()
    gc.freeze()


def give_memory_back() -> None:
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
