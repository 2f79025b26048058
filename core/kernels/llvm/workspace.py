"""Buffers on a 64-byte boundary that are used again, and pictures with their channels last.

A training step asks for the same sizes over and over. Fresh memory costs a page fault every 4 kB,
which is more than many a kernel; so a buffer goes back to a pool when its last array is gone.
"""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels.aligned import aligned_zeros

_SMALL = 1024
"""Arrays of fewer numbers come from numpy, which is quicker; a boundary gains them nothing."""

_LIMIT = 1 << 28
"""How many idle bytes are kept."""

_idle: dict[int, list[NDArray[np.uint8]]] = {}
_idle_bytes = 0


class _Loan:
    """Owns a buffer while arrays look at it."""

    __slots__ = ("__array_interface__", "_raw", "_size")

    def __init__(self, size: int) -> None:
        global _idle_bytes
        self._size = size
        try:
            self._raw = _idle[size].pop()  # not asked first: another thread may take the last one
            _idle_bytes -= size
        except (KeyError, IndexError):
            self._raw = aligned_zeros(size, np.uint8)
        self.__array_interface__ = self._raw.__array_interface__

    def __del__(self) -> None:
        global _idle_bytes
        if _idle_bytes + self._size <= _LIMIT:
            _idle.setdefault(self._size, []).append(self._raw)
            _idle_bytes += self._size


def borrow(shape: tuple[int, ...], dtype: Any = np.float32) -> NDArray[Any]:
    """An unset array of four-byte numbers; a large one begins on a 64-byte boundary."""
    count = prod(shape)
    if count < _SMALL:
        return np.empty(shape, dtype)
    size = -(-count * 4 // 4096) * 4096
    return np.asarray(_Loan(size)).view(dtype)[:count].reshape(shape)


def borrow_like(array: NDArray[Any]) -> NDArray[Any]:
    """An unset array of the same shape; pictures that lie channels last do so again."""
    if array.ndim == 4 and not array.flags.c_contiguous:
        n, c, h, w = array.shape
        if array.transpose(0, 2, 3, 1).flags.c_contiguous:
            return outward(borrow((n, h, w, c), array.dtype))
    return borrow(array.shape, array.dtype)


def outward(pictures: NDArray[Any]) -> NDArray[Any]:
    """(N, H, W, C) seen as (N, C, H, W), without moving anything."""
    return pictures.transpose(0, 3, 1, 2)


def inward(pictures: NDArray[Any]) -> NDArray[Any]:
    """(N, C, H, W) as (N, H, W, C) in one piece; copied only when memory is otherwise."""
    turned = pictures.transpose(0, 2, 3, 1)
    if turned.flags.c_contiguous and turned.flags.writeable:
        return turned
    copy = borrow(turned.shape, turned.dtype)
    copy[...] = turned
    return copy


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """In one piece and writeable: the one form that the kernels are compiled for."""
    if array.flags.c_contiguous and array.flags.writeable:
        return array
    return np.array(array, order="C")


def narrow(*arrays: NDArray[Any]) -> bool:
    """Whether all are float32: the one type that the wide kernels are compiled for."""
    return all(a.dtype == np.float32 for a in arrays)
