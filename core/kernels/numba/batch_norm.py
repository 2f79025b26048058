"""Batch normalisation, each half of the rows on a core; float32.

Channels lie last in memory, so a row holds one number of each, and wide registers take several
channels at once. Forward and backward are sums over all rows and then, for each channel, a straight
line: y = a·x + b, and d_x = a·g + b·x + c.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from core.kernels.llvm.jit import parallel_jit
from core.kernels.llvm.workspace import borrow, inward, outward, plain
from core.kernels.reference import batch_norm as reference

Array = Any

_BLOCK = 128
"""So many rows are added up in float32, the blocks in float64."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _sums_of(x: Array, times: Array, less: Array, block: Array, totals: Array) -> None:
    rows, channels = x.shape
    for start in range(0, rows, _BLOCK):
        for j in range(channels):
            block[0, j] = block[1, j] = 0
        for r in range(start, min(rows, start + _BLOCK)):
            for j in range(channels):
                block[0, j] += times[r, j]
                block[1, j] += times[r, j] * (x[r, j] - less[j])
        for j in range(channels):
            totals[0, j] += block[0, j]
            totals[1, j] += block[1, j]


@parallel_jit
def _sums(x: Array, times: Array, less: Array, block: Array, totals: Array) -> None:
    for half in prange(2):
        part = slice(len(x) * half // 2, len(x) * (half + 1) // 2)
        _sums_of(x[part], times[part], less, block[half], totals[half])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _line_of(x: Array, g: Array, lines: Array, y: Array) -> None:
    rows, channels = x.shape
    for r in range(rows):
        for j in range(channels):
            y[r, j] = lines[0, j] * g[r, j] + lines[1, j] * x[r, j] + lines[2, j]


@parallel_jit
def _line(x: Array, g: Array, lines: Array, y: Array) -> None:
    for half in prange(2):
        part = slice(len(x) * half // 2, len(x) * (half + 1) // 2)
        _line_of(x[part], g[part], lines, y[part])


def batch_moments(x: Array) -> tuple[Array, Array]:
    """See `reference.batch_moments`."""
    if not _ours(x):
        return reference.batch_moments(x)
    rows = _rows(x)
    nothing = np.zeros(rows.shape[1], np.float32)
    mean = (_totals(rows, rows, nothing)[0] / len(rows)).astype(np.float32)
    deviation = _lines(rows, rows, np.ones_like(mean), nothing, -mean)
    var = _totals(deviation, deviation, nothing)[1] / len(rows)
    return mean, var.astype(np.float32)


def batch_norm_forward(
    x: Array, mean: Array, inverse: Array, weight: Array | None, bias: Array | None
) -> Array:
    """See `reference.batch_norm_forward`."""
    if not _ours(x):
        return reference.batch_norm_forward(x, mean, inverse, weight, bias)
    rows = _rows(x)
    scale = inverse if weight is None else weight * inverse
    shift = -mean * scale if bias is None else bias - mean * scale
    return _like(x, _lines(rows, rows, scale, np.zeros_like(scale), shift))


def batch_norm_backward(
    g: Array, x: Array, mean: Array, inverse: Array, weight: Array | None, by_batch: bool
) -> tuple[Array, Array, Array]:
    """See `reference.batch_norm_backward`."""
    if not _ours(x) or g.dtype != np.float32:
        return reference.batch_norm_backward(g, x, mean, inverse, weight, by_batch)
    rows, arriving = _rows(x), _rows(g)
    d_bias, along = _totals(rows, arriving, mean)
    d_weight = along * inverse
    scale = inverse if weight is None else weight * inverse
    slope, shift = np.zeros_like(d_bias), np.zeros_like(d_bias)
    if by_batch:
        slope = -scale * inverse * d_weight / len(rows)
        shift = -scale * d_bias / len(rows) - slope * mean
    d_x = _like(x, _lines(rows, arriving, scale, slope, shift))
    return d_x, d_weight.astype(np.float32), d_bias.astype(np.float32)


def _totals(rows: Array, times: Array, less: Array) -> Array:
    """Σ times and Σ times·(rows − less) over all rows (R, C): (2, C), float64."""
    channels = rows.shape[1]
    block, totals = np.empty((2, 2, channels), np.float32), np.zeros((2, 2, channels))
    _sums(rows, times, plain(less), block, totals)
    return totals[0] + totals[1]


def _lines(rows: Array, arriving: Array, a: Array, b: Array, c: Array) -> Array:
    """a·arriving + b·rows + c, channel by channel."""
    y = borrow(rows.shape)
    _line(rows, arriving, np.stack([a, b, c]).astype(np.float32), y)
    return y


def _ours(x: Array) -> bool:
    return bool(x.dtype == np.float32 and x.size and x.ndim in (2, 4))


def _rows(x: Array) -> Array:
    """(N, C) or (N, C, H, W) as rows with a number of each channel."""
    return plain(x) if x.ndim == 2 else inward(x).reshape(-1, x.shape[1])


def _like(x: Array, rows: Array) -> Array:
    """The way back."""
    if x.ndim == 2:
        return rows
    n, c, h, w = x.shape
    return outward(rows.reshape(n, h, w, c))
