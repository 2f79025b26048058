"""Linear layers one behind the other: each half of the batch goes through all of them at once.

    forward     each layer, each half of it:   dots with W's rows, bias, activation
    backward    each half of the rows, last layer first:   g · slope, then g·W
                each half of the outputs of each layer:    gᵀ·input, sums of g

A layer with more weights than values is cut between its outputs, another between its rows: so each
core keeps the half of the weights that it has in its cache anyway.

A layer is a row of a table: where its arrays lie, how wide they are and how it bends.
"""

from typing import Any

import numpy as np
from numba import prange, types
from numba.extending import intrinsic

from core.kernels.llvm.gemm import dots, multiply
from core.kernels.llvm.jit import FLOATS, INDEX, compiled, linked, parallel_jit
from core.kernels.llvm.simd_builder import flush_denormals, restore
from core.kernels.numba.vector_math import exp, sigmoid
from core.kernels.reference.activations import ERF_SCALE, ERF_TAIL

Array = Any

WEIGHT, BIAS, INPUT, VALUE, SLOPE, GRADIENT, D_INPUT, D_WEIGHT, INPUTS, OUTPUTS, BEND = range(11)
"""The columns of the table: addresses, widths, and one of the following. The gradients of the
biases lie behind those of the weights."""

NOTHING, RELU, GELU, SIGMOID = range(4)

_T, _S, _H = np.float32(ERF_SCALE / np.sqrt(2)), np.float32(0.5), np.float32(1 / np.sqrt(2 * np.pi))
_A5, _A4, _A3, _A2, _A1 = (np.float32(a) for a in ERF_TAIL)
_ONE, _ZERO = np.float32(1), np.float32(0)


def _floats_at(typing: Any, address: Any) -> Any:

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(FLOATS))

    return FLOATS(types.int64), code


floats_at: Any = intrinsic(_floats_at)
"""An address as a pointer."""


@linked(FLOATS, FLOATS, FLOATS, *[INDEX] * 6)
def bend(
    value: Any, bias: Any, slope: Any, first: int, last: int, width: int, start: int, end: int,
    how: int,
) -> None:  # fmt: skip
    """Adds the bias and bends, in place."""
    for row in range(first, last):
        at = row * width
        if how == RELU:
            for j in range(start, end):
                a = value[at + j] + bias[j]
                value[at + j] = _ZERO if a <= 0 else a
                slope[at + j] = _ONE if a > 0 else _ZERO
        elif how == GELU:
            for j in range(start, end):
                a = value[at + j] + bias[j]
                t = _ONE / (_ONE + _T * abs(a))
                bell = exp(-_S * a * a)
                tail = ((((_A5 * t + _A4) * t + _A3) * t + _A2) * t + _A1) * t
                beyond = _S * tail * bell
                phi = _ONE - beyond if a > 0 else beyond
                value[at + j] = a * phi
                slope[at + j] = phi + a * bell * _H
        elif how == SIGMOID:
            for j in range(start, end):
                y = sigmoid(value[at + j] + bias[j])
                value[at + j] = y
                slope[at + j] = y * (_ONE - y)
        else:
            for j in range(start, end):
                value[at + j] += bias[j]


@compiled
def _forward_half(row: Array, rows: int, half: int) -> None:
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    first, last, start, end = 0, rows, 0, outputs
    if inputs * outputs > rows * (inputs + outputs):
        start, end = outputs * half // 2, outputs * (half + 1) // 2
    else:
        first, last = rows * half // 2, rows * (half + 1) // 2
    value = floats_at(row[VALUE])
    dots(last - first, end - start, inputs, floats_at(row[INPUT]), first * inputs, inputs,
         floats_at(row[WEIGHT]), start * inputs, inputs, value, first * outputs + start,
         outputs)  # fmt: skip
    bend(value, floats_at(row[BIAS]), floats_at(row[SLOPE]), first, last, outputs, start, end,
          row[BEND])  # fmt: skip


@linked(FLOATS, FLOATS, INDEX, INDEX)
def scale(g: Any, slope: Any, first: int, last: int) -> None:
    """g·slope, in place."""
    for i in range(first, last):
        g[i] *= slope[i]


@linked(FLOATS, INDEX, INDEX)
def clear(a: Any, first: int, last: int) -> None:
    """Zeros."""
    for i in range(first, last):
        a[i] = _ZERO


@compiled
def _inputs_half(table: Array, first: int, last: int, want_x: bool) -> None:
    for layer in range(len(table) - 1, -1, -1):
        row = table[layer]
        inputs, outputs = row[INPUTS], row[OUTPUTS]
        g = floats_at(row[GRADIENT])
        if row[BEND] != NOTHING:
            scale(g, floats_at(row[SLOPE]), first * outputs, last * outputs)
        if layer > 0 or want_x:
            d_x = floats_at(row[D_INPUT])
            clear(d_x, first * inputs, last * inputs)
            multiply(last - first, inputs, outputs, g, first * outputs, outputs, 1,
                     floats_at(row[WEIGHT]), 0, inputs, d_x, first * inputs, inputs)  # fmt: skip


@linked(FLOATS, FLOATS, *[INDEX] * 5)
def _sums(g: Any, sums: Any, at: int, rows: int, width: int, first: int, last: int) -> None:
    for row in range(rows):
        for j in range(first, last):
            sums[at + j] += g[row * width + j]


@compiled
def _weights_half(table: Array, rows: int, half: int) -> None:
    for layer in range(len(table) - 1, -1, -1):
        row = table[layer]
        inputs, outputs = row[INPUTS], row[OUTPUTS]
        first, last = outputs * half // 2, outputs * (half + 1) // 2
        g, d_weight = floats_at(row[GRADIENT]), floats_at(row[D_WEIGHT])
        biases = outputs * inputs
        clear(d_weight, first * inputs, last * inputs)
        clear(d_weight, biases + first, biases + last)
        multiply(last - first, inputs, rows, g, first, 1, outputs, floats_at(row[INPUT]), 0,
                 inputs, d_weight, first * inputs, inputs)  # fmt: skip
        _sums(g, d_weight, biases, rows, outputs, first, last)


@parallel_jit
def forward(table: Array, rows: int) -> None:
    """Values and slopes of all layers."""
    for layer in range(len(table)):
        for half in prange(2):
            _forward_half(table[layer], rows, half)


@parallel_jit
def backward(table: Array, rows: int, want_x: bool) -> None:
    """Gradients of the weights and biases, and of the inputs between; of x if it is wanted."""
    for half in prange(2):
        before = flush_denormals()
        _inputs_half(table, rows * half // 2, rows * (half + 1) // 2, want_x)
        restore(before)
    for half in prange(2):
        before = flush_denormals()
        _weights_half(table, rows, half)
        restore(before)
