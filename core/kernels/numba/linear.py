"""Linear layers: x·Wᵀ + b with ReLU in the same pass, and all three gradients.

forward     each half of the rows (or, with few rows, of the outputs): dots with W's rows
backward    each half of the rows:     g masked by the ReLU, then g·W
            each half of the outputs:  gᵀ·x and the sums of g, so halves share no sum
"""

from typing import Any

import numpy as np
from numba import prange

from core.kernels.llvm.gemm import dots, multiply
from core.kernels.llvm.jit import compiled, parallel_jit
from core.kernels.llvm.simd_builder import flush_denormals, restore
from core.kernels.llvm.workspace import borrow, narrow, plain
from core.kernels.reference import linear as reference

Array = Any
_NOTHING = np.zeros((0, 0), np.float32)


@compiled
def _forward_half(x: Array, weight: Array, bias: Array, relu: bool, y: Array, half: int) -> None:
    rows, depth = x.shape
    outputs = len(weight)
    i, k, j, m = 0, rows, 0, outputs
    if rows >= 8:
        i, k = rows * half // 2, rows * (half + 1) // 2
    else:
        j, m = outputs * half // 2, outputs * (half + 1) // 2
    dots(k - i, m - j, depth, x.ctypes, i * depth, depth, weight.ctypes, j * depth, depth,
         y.ctypes, i * outputs + j, outputs)  # fmt: skip
    part, offset = y[i:k, j:m], bias[j:m]
    for r in range(k - i):
        for q in range(m - j):
            total = part[r, q] + offset[q]
            part[r, q] = np.float32(0) if relu and total <= 0 else total


@compiled
def _mask_half(g: Array, y: Array, masked: Array, half: int) -> None:
    for r in range(len(g) * half // 2, len(g) * (half + 1) // 2):
        for q in range(g.shape[1]):
            masked[r, q] = g[r, q] if y[r, q] > 0 else np.float32(0)


@compiled
def _input_half(g: Array, weight: Array, d_x: Array, half: int) -> None:
    rows, outputs = g.shape
    depth = weight.shape[1]
    i, k = rows * half // 2, rows * (half + 1) // 2
    d_x[i:k] = 0
    multiply(k - i, depth, outputs, g.ctypes, i * outputs, outputs, 1, weight.ctypes, 0, depth,
             d_x.ctypes, i * depth, depth)  # fmt: skip


@compiled
def _weight_half(g: Array, x: Array, d_weight: Array, d_bias: Array, half: int) -> None:
    rows, outputs = g.shape
    depth = x.shape[1]
    i, k = outputs * half // 2, outputs * (half + 1) // 2
    d_bias[i:k] = 0
    d_weight[i:k] = 0
    multiply(k - i, depth, rows, g.ctypes, i, 1, outputs, x.ctypes, 0, depth,
             d_weight.ctypes, i * depth, depth)  # fmt: skip
    part, sums = g[:, i:k], d_bias[i:k]
    for r in range(rows):
        for q in range(k - i):
            sums[q] += part[r, q]


@parallel_jit
def _forward(x: Array, weight: Array, bias: Array, relu: bool, y: Array) -> None:
    for half in prange(2):
        _forward_half(x, weight, bias, relu, y, half)


@parallel_jit
def _backward(
    g: Array, y: Array, x: Array, weight: Array, masked: Array, d_x: Array, d_weight: Array,
    d_bias: Array,
) -> None:  # fmt: skip
    for half in prange(2):
        before = flush_denormals()
        if y.size:
            _mask_half(g, y, masked, half)
        if d_x.size:
            _input_half(masked, weight, d_x, half)
        restore(before)
    if d_weight.size:
        for half in prange(2):
            before = flush_denormals()
            _weight_half(masked, x, d_weight, d_bias, half)
            restore(before)


def linear_forward(x: Array, weight: Array, bias: Array | None, relu: bool = False) -> Array:
    """See `reference.linear_forward`."""
    if not narrow(x, weight):
        return reference.linear_forward(x, weight, bias, relu)
    rows, outputs = len(x), len(weight)
    y = borrow((rows, outputs))
    offset = np.zeros(outputs, np.float32) if bias is None else plain(bias)
    _forward(plain(x), plain(weight), offset, relu, y)
    return y


def linear_backward(
    g: Array, x: Array, weight: Array, y: Array | None, needs: tuple[bool, bool, bool]
) -> tuple[Array | None, Array | None, Array | None]:
    """See `reference.linear_backward`."""
    if not narrow(g, x, weight):
        return reference.linear_backward(g, x, weight, y, needs)
    g, x, weight = plain(g), plain(x), plain(weight)
    d_x = borrow(x.shape) if needs[0] else _NOTHING
    d_weight = borrow(weight.shape) if needs[1] or needs[2] else _NOTHING
    d_bias = np.empty(len(weight), np.float32)
    masked = g if y is None else borrow(g.shape)
    _backward(g, _NOTHING if y is None else plain(y), x, weight, masked, d_x, d_weight, d_bias)
    return d_x if needs[0] else None, d_weight if needs[1] else None, d_bias if needs[2] else None
