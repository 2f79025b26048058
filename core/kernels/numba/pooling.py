"""The largest value of each window, and its gradient."""

from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.jit import COMPILED
from core.kernels.reference import pooling as reference
from core.kernels.reference.unfold import reach

Array = Any
Pair = tuple[int, int]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _better(candidate: Any, its_place: Any, best: Any, place: Any) -> tuple[Any, Any]:
    wins = (candidate > best) | (candidate != candidate)  # a NaN must not get lost
    return candidate if wins else best, its_place if wins else place


@njit(cache=True, nogil=True, error_model="numpy")
def _max_pool(
    x: Array, value: Array, where: Array, high: int, wide: int, down: int, right: int, apart: int,
    aside: int,
) -> None:  # fmt: skip
    width = x.shape[3]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for r in range(value.shape[2]):
                for q in range(value.shape[3]):
                    top, left = r * down, q * right
                    best = x[n, c, top, left]
                    place = top * width + left
                    for i in range(high):
                        for j in range(wide):
                            row, column = top + i * apart, left + j * aside
                            best, place = _better(
                                x[n, c, row, column], row * width + column, best, place
                            )
                    value[n, c, r, q] = best
                    where[n, c, r, q] = place


@njit(cache=True, nogil=True, error_model="numpy")
def _max_pool_2x2(x: Array, value: Array, where: Array) -> None:
    width = np.int32(x.shape[3])
    right, below, across = np.int32(1), width, width + np.int32(1)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for r in range(value.shape[2]):
                upper, lower = x[n, c, 2 * r], x[n, c, 2 * r + 1]
                values, places = value[n, c, r], where[n, c, r]
                for q in range(values.size):  # no branches: wide registers, six times as fast
                    first = np.int32(2 * (r * width + q))
                    best, place = _better(upper[2 * q + 1], first + right, upper[2 * q], first)
                    best, place = _better(lower[2 * q], first + below, best, place)
                    values[q], places[q] = _better(lower[2 * q + 1], first + across, best, place)


def max_pool(x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> tuple[Array, Array]:
    """See `reference.max_pool`."""
    if x.dtype not in COMPILED:
        return reference.max_pool(x, size, stride, dilation)
    n, c, height, width = x.shape
    high, wide = size if dilation == (1, 1) else reach(size, dilation)
    rows, columns = (height - high) // stride[0] + 1, (width - wide) // stride[1] + 1
    value = np.empty((n, c, rows, columns), x.dtype)
    where = np.empty((n, c, rows, columns), np.int32)
    x = np.ascontiguousarray(x)
    if size == stride == (2, 2) and dilation == (1, 1):
        _max_pool_2x2(x, value, where)
    else:
        _max_pool(x, value, where, *size, *stride, *dilation)
    return value, where


@njit(cache=True, nogil=True, error_model="numpy")
def _max_unpool(g: Array, where: Array, x: Array) -> None:
    for n in range(g.shape[0]):
        for c in range(g.shape[1]):
            for r in range(g.shape[2]):
                for q in range(g.shape[3]):
                    x[n, c, where[n, c, r, q]] += g[n, c, r, q]


def max_unpool(g: Array, where: Array, shape: tuple[int, int, int, int]) -> Array:
    """See `reference.max_unpool`."""
    if g.dtype not in COMPILED:
        return reference.max_unpool(g, where, shape)
    n, c, height, width = shape
    x = np.zeros((n, c, height * width), g.dtype)
    _max_unpool(np.ascontiguousarray(g), where, x)
    return x.reshape(shape)
