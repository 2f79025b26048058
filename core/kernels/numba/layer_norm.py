"""Layer normalisation, each half of the rows on a core.

forward     each row: mean, variance, then all numbers once more
backward    each row: two sums, then d_x; the half's own sums for weight and bias
"""

from typing import Any

import numpy as np
from numba import njit, prange

from core.kernels.llvm.fma import fma
from core.kernels.llvm.jit import compiled, parallel_jit
from core.kernels.llvm.workspace import borrow, plain
from core.kernels.reference import layer_norm as reference

Array = Any


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _forward_part(
    x: Array, weight: Array, bias: Array, eps: Any, y: Array, standard: Array, inverse: Array
) -> None:
    rows, width = x.shape
    share = np.float32(1 / width)
    for r in range(rows):
        total = np.float32(0)
        for j in range(width):
            total += x[r, j]
        mean = total * share
        square = np.float32(0)
        for j in range(width):
            deviation = x[r, j] - mean
            square += deviation * deviation
        scale = np.float32(1) / np.sqrt(square * share + eps)
        inverse[r, 0] = scale
        for j in range(width):
            normal = (x[r, j] - mean) * scale
            standard[r, j] = normal
            y[r, j] = normal * weight[j] + bias[j]


@parallel_jit
def _forward(
    x: Array, weight: Array, bias: Array, eps: Any, y: Array, standard: Array, inverse: Array
) -> None:
    for half in prange(2):
        part = slice(len(x) * half // 2, len(x) * (half + 1) // 2)
        _forward_part(x[part], weight, bias, eps, y[part], standard[part], inverse[part])


@compiled
def _input_gradient(
    g: Array, standard: Array, weight: Array, total: Any, along: Any, inverse: Any, d_x: Array
) -> None:
    """One row, rounded as it is written; only the sums may be taken in another order."""
    for j in range(g.size):
        d_x[j] = fma(-standard[j], along, fma(g[j], weight[j], -total)) * inverse


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _backward_part(
    g: Array, standard: Array, inverse: Array, weight: Array, d_x: Array, sums: Array
) -> None:
    rows, width = g.shape
    share = np.float32(1 / width)
    d_weight, d_bias = sums[0], sums[1]
    for r in range(rows):
        total = np.float32(0)
        for j in range(width):
            total += g[r, j] * weight[j]
        along = np.float32(0)
        for j in range(width):
            along += g[r, j] * weight[j] * standard[r, j]
        total *= share
        along *= share
        for j in range(width):
            d_weight[j] += g[r, j] * standard[r, j]
            d_bias[j] += g[r, j]
        _input_gradient(g[r], standard[r], weight, total, along, inverse[r, 0], d_x[r])


@parallel_jit
def _backward(
    g: Array, standard: Array, inverse: Array, weight: Array, d_x: Array, sums: Array
) -> None:
    for half in prange(2):
        part = slice(len(g) * half // 2, len(g) * (half + 1) // 2)
        _backward_part(g[part], standard[part], inverse[part], weight, d_x[part], sums[half])


def layer_norm_forward(
    x: Array, weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """See `reference.layer_norm_forward`."""
    if x.dtype != np.float32 or not x.size:
        return reference.layer_norm_forward(x, weight, bias, eps)
    y, standard, inverse = borrow(x.shape), borrow(x.shape), np.empty((len(x), 1), np.float32)
    _forward(plain(x), _or(weight, 1, x), _or(bias, 0, x), np.float32(eps), y, standard, inverse)
    return y, standard, inverse


def layer_norm_backward(
    g: Array, standard: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    """See `reference.layer_norm_backward`."""
    if g.dtype != np.float32 or not g.size:
        return reference.layer_norm_backward(g, standard, inverse, weight)
    d_x, sums = borrow(g.shape), np.zeros((2, 2, g.shape[1]), np.float32)
    _backward(plain(g), plain(standard), plain(inverse), _or(weight, 1, g), d_x, sums)
    d_weight, d_bias = sums[0] + sums[1]
    return d_x, d_weight, d_bias


def _or(values: Array | None, otherwise: float, x: Array) -> Array:
    return np.full(x.shape[1], otherwise, np.float32) if values is None else plain(values)
