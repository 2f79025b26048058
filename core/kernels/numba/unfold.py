"""Windows of pictures as columns of a matrix, and back."""

from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.jit import COMPILED
from core.kernels.reference import unfold as reference

Array = Any
Pair = tuple[int, int]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _take(row: Array, start: int, stride: int, into: Array, first: int, count: int) -> None:
    for q in range(count):
        into[first + q] = row[start + q * stride]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _give_back(row: Array, start: int, stride: int, of: Array, first: int, count: int) -> None:
    for q in range(count):
        row[start + q * stride] += of[first + q]


@njit(cache=True, nogil=True, error_model="numpy")
def _im2col(
    x: Array, cols: Array, high: int, wide: int, down: int, right: int, apart: int, aside: int,
    columns: int,
) -> None:  # fmt: skip
    rows = cols.shape[2] // columns if columns else 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(high):
                for j in range(wide):
                    k = (c * high + i) * wide + j
                    for r in range(rows):
                        row = x[n, c, r * down + i * apart]
                        if right == 1 and aside == 1:  # literals let the loop use wide registers
                            _take(row, j, 1, cols[n, k], r * columns, columns)
                        elif right == 1:
                            _take(row[j * aside :], 0, 1, cols[n, k], r * columns, columns)
                        else:
                            _take(row, j * aside, right, cols[n, k], r * columns, columns)


def im2col(x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    """See `reference.im2col`, which also serves for types that are not compiled for."""
    if x.dtype not in COMPILED:
        return reference.im2col(x, size, stride, dilation)
    n, c, height, width = x.shape
    high, wide = size if dilation == (1, 1) else reference.reach(size, dilation)
    rows, columns = (height - high) // stride[0] + 1, (width - wide) // stride[1] + 1
    cols = np.empty((n, c * size[0] * size[1], rows * columns), x.dtype)
    _im2col(np.ascontiguousarray(x), cols, *size, *stride, *dilation, columns)
    return cols


@njit(cache=True, nogil=True, error_model="numpy")
def _col2im(
    cols: Array, x: Array, high: int, wide: int, down: int, right: int, apart: int, aside: int,
    columns: int,
) -> None:  # fmt: skip
    rows = cols.shape[2] // columns if columns else 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(high):
                for j in range(wide):
                    k = (c * high + i) * wide + j
                    for r in range(rows):
                        row = x[n, c, r * down + i * apart]
                        if right == 1 and aside == 1:
                            _give_back(row, j, 1, cols[n, k], r * columns, columns)
                        elif right == 1:
                            _give_back(row[j * aside :], 0, 1, cols[n, k], r * columns, columns)
                        else:
                            _give_back(row, j * aside, right, cols[n, k], r * columns, columns)


def col2im(
    cols: Array,
    shape: tuple[int, int, int, int],
    size: Pair,
    stride: Pair,
    dilation: Pair = (1, 1),
) -> Array:
    """See `reference.col2im`."""
    if cols.dtype not in COMPILED:
        return reference.col2im(cols, shape, size, stride, dilation)
    wide = size[1] if dilation == (1, 1) else reference.reach(size, dilation)[1]
    columns = (shape[3] - wide) // stride[1] + 1
    x = np.zeros(shape, cols.dtype)
    _col2im(np.ascontiguousarray(cols), x, *size, *stride, *dilation, columns)
    return x
