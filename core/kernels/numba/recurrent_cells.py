"""What the compiled recurrent layers share: products over all steps, and activations of one row.

Every product is cut into the same two halves. The activations are loops of few arrays each, because
only such loops are turned into wide registers.
"""

from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import both_halves, compiled
from core.kernels.llvm.workspace import borrow
from core.kernels.numba.vector_math import sigmoid, tanh

Array = Any
loop: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
"""Compile a loop over numbers; a product and a sum may be rounded once."""
ONE, ZERO = np.float32(1), np.float32(0)


@loop
def sigmoids(row: Array) -> None:
    """row = σ(row)."""
    for j in range(row.size):
        row[j] = sigmoid(row[j])


@loop
def tanhs(row: Array) -> None:
    """row = tanh(row)."""
    for j in range(row.size):
        row[j] = tanh(row[j])


@loop
def sigmoid_slope(g: Array, factor: Array, y: Array, out: Array) -> None:
    """out = g ∘ factor ∘ y ∘ (1 − y): back through a sigmoid y."""
    for j in range(out.size):
        out[j] = g[j] * factor[j] * y[j] * (ONE - y[j])


@loop
def tanh_slope(g: Array, factor: Array, y: Array, out: Array) -> None:
    """out = g ∘ factor ∘ (1 − y²): back through a tanh y."""
    for j in range(out.size):
        out[j] = g[j] * factor[j] * (ONE - y[j] * y[j])


@loop
def copy(row: Array, out: Array) -> None:
    """out = row. Compiled in no time, unlike an assignment of arrays."""
    for j in range(out.size):
        out[j] = row[j]


@loop
def clear(row: Array) -> None:
    """row = 0."""
    for j in range(row.size):
        row[j] = ZERO


@loop
def add(total: Array, row: Array) -> None:
    """total += row."""
    for j in range(total.size):
        total[j] += row[j]


@both_halves
@compiled
def _times(a: Array, b: Array, offset: Array, c: Array, half: int) -> None:
    """C = offset + A·B for one half of the rows."""
    first, last = len(a) * half // 2, len(a) * (half + 1) // 2
    depth, columns = b.shape
    for i in range(first, last):
        copy(offset, c[i])
    multiply(last - first, columns, depth, a.ctypes, first * depth, depth, 1, b.ctypes, 0, columns,
             c.ctypes, first * columns, columns)  # fmt: skip


@both_halves
@compiled
def _weights(g: Array, factor: Array, d_weight: Array, d_bias: Array, half: int) -> None:
    """One half of the weights; of g (R, G) as many columns as d_weight has rows."""
    outputs, depth = d_weight.shape
    rows, gates = g.shape
    first, last = outputs * half // 2, outputs * (half + 1) // 2
    for i in range(first, last):
        clear(d_weight[i])
    clear(d_bias[first:last])
    multiply(last - first, depth, rows, g.ctypes, first, 1, gates, factor.ctypes, 0, depth,
             d_weight.ctypes, first * depth, depth)  # fmt: skip
    for i in range(rows):
        add(d_bias[first:last], g[i, first:last])


def from_input(x: Array, weight: Array, bias: Array) -> Array:
    """x·Wᵀ + bias for all steps: (T, N, I) → (T, N, G)."""
    steps = borrow((*x.shape[:2], len(weight)))
    _times(flat(x), turned(weight), bias, flat(steps))
    return steps


def to_input(d_steps: Array, weight: Array, wanted: bool) -> Array | None:
    """The gradient of x: (T, N, G) → (T, N, I)."""
    if not wanted:
        return None
    d_x = borrow((*d_steps.shape[:2], weight.shape[1]))
    _times(flat(d_steps), weight, np.zeros(weight.shape[1], np.float32), flat(d_x))
    return d_x


def to_weights(d_steps: Array, factor: Array, gates: int | None = None) -> tuple[Array, Array]:
    """The gradients of weight and bias that made the first `gates` sums from `factor`."""
    gates = d_steps.shape[2] if gates is None else gates
    d_weight = np.empty((gates, factor.shape[2]), np.float32)
    d_bias = np.empty(gates, np.float32)
    _weights(flat(d_steps), flat(factor), d_weight, d_bias)
    return d_weight, d_bias


def flat(array: Array) -> Array:
    """(T, N, F) as (T·N, F)."""
    return array.reshape(len(array) * array.shape[1], array.shape[2])


def turned(weight: Array) -> Array:
    """The transpose, in one piece."""
    return np.ascontiguousarray(weight.T)
