"""Windows of pictures as columns of a matrix, and back."""

from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.jit import COMPILED
from core.kernels.reference import unfold as reference

Array = Any
Pair = tuple[int, int]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _row(
    row: Array, start: int, stride: int, column: Array, first: int, count: int, back: bool
) -> None:
    """A row of the picture to a part of a column, or back."""
    if back:
        for q in range(count):
            row[start + q * stride] += column[first + q]
    else:
        for q in range(count):
            column[first + q] = row[start + q * stride]


@njit(cache=True, nogil=True, error_model="numpy")
def _unfold(
    x: Array, cols: Array, high: int, wide: int, down: int, right: int, columns: int, back: bool
) -> None:
    rows = cols.shape[2] // columns if columns else 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(high):
                for j in range(wide):
                    column = cols[n, (c * high + i) * wide + j]
                    for r in range(rows):
                        row = x[n, c, r * down + i]
                        if right == 1:  # a literal stride lets the loop use wide registers
                            _row(row, j, 1, column, r * columns, columns, back)
                        else:
                            _row(row, j, right, column, r * columns, columns, back)


def im2col(x: Array, size: Pair, stride: Pair) -> Array:
    """See `reference.im2col`, which also serves for types that are not compiled for."""
    if x.dtype not in COMPILED:
        return reference.im2col(x, size, stride)
    n, c, height, width = x.shape
    rows, columns = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    cols = np.empty((n, c * size[0] * size[1], rows * columns), x.dtype)
    _unfold(np.ascontiguousarray(x), cols, *size, *stride, columns, False)
    return cols


def col2im(cols: Array, shape: tuple[int, int, int, int], size: Pair, stride: Pair) -> Array:
    """See `reference.col2im`."""
    if cols.dtype not in COMPILED:
        return reference.col2im(cols, shape, size, stride)
    columns = (shape[3] - size[1]) // stride[1] + 1
    x = np.zeros(shape, cols.dtype)
    _unfold(x, np.ascontiguousarray(cols), *size, *stride, columns, True)
    return x
