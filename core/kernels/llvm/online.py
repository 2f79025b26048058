"""Gradient descent one sample at a time: each weight is read twice and written once a step.

    forward     dots of the sample with W's rows, bias, activation
    backward    one sweep over W, four rows at once:  dx += g·w  and  w −= lr·g·x

The first layer is by far the largest, and nobody wants its dx. So its steps are put off for a
block of samples, exactly:

    before      Z = X·Wᵀ for the block, and all products x_r·x_s
    sample s    z = Z_s − lr·Σ_{r<s} g_r·(x_r·x_s + 1)         (the 1 is the bias's)
    after       W −= lr·Gᵀ·X, one matrix product
"""

from typing import Any

import numpy as np

from core.kernels.llvm.gemm import dots, multiply
from core.kernels.llvm.jit import FLOATS, INDEX, compiled, linked
from core.kernels.llvm.mlp import (
    BEND,
    BIAS,
    GRADIENT,
    INPUT,
    INPUTS,
    NOTHING,
    OUTPUTS,
    SLOPE,
    VALUE,
    WEIGHT,
    bend,
    clear,
    floats_at,
    scale,
)
from core.kernels.llvm.simd_builder import Lanes, Value, flush_denormals, machine_code, restore
from core.kernels.numba.vector_math import exp

Array = Any


def _sweep_tile(rows: int) -> Any:
    """dx += g·w and w += u·x for some rows of W, sixteen columns at a time."""

    @machine_code
    def tile(
        v: Lanes, weight: Value, at: Value, width: Value, x: Value, d_x: Value, g: Value,
        step: Value, first: Value,
    ) -> None:  # fmt: skip
        w_from = v.after(weight, at)
        places = [v.add(first, v.number(r)) for r in range(rows)]
        slopes = [v.load_everywhere(v.after(g, place)) for place in places]
        steps = [v.load_everywhere(v.after(step, place)) for place in places]

        def column(k: Value, load: Any, store: Any) -> None:
            numbers, total = load(v.after(x, k)), load(v.after(d_x, k))
            for r in range(rows):
                here = v.after(w_from, v.add(k, v.times(width, v.number(r))))
                weights = load(here)
                total = v.fma(slopes[r], weights, total)
                store(v.fma(steps[r], numbers, weights), here)
            store(total, v.after(d_x, k))

        v.in_vectors(width, column)

    return tile


_sweep4, _sweep1 = _sweep_tile(4), _sweep_tile(1)


@linked(FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, INDEX, INDEX)
def _sweep(w: Any, x: Any, d_x: Any, g: Any, step: Any, outputs: int, inputs: int) -> None:
    row = 0
    while row + 4 <= outputs:
        _sweep4(w, row * inputs, inputs, x, d_x, g, step, row)
        row += 4
    while row < outputs:
        _sweep1(w, row * inputs, inputs, x, d_x, g, step, row)
        row += 1


@compiled
def _loss(y: Array, target: Array, gradient: Array, squared: bool) -> Any:
    total = np.float32(0)
    if squared:
        for j in range(y.size):
            off = y[j] - target[j]
            total += off * off
            gradient[j] = 2 * off
        return total
    top = y.max()
    for j in range(y.size):
        gradient[j] = exp(y[j] - top)
        total += gradient[j]
    loss = np.float32(0)
    for j in range(y.size):
        loss += target[j] * (np.log(total) + top - y[j])
        gradient[j] = gradient[j] / total - target[j]
    return loss


@compiled
def descend(
    table: Array, x: Array, targets: Array, lr: Any, squared: bool, block: int, value: Array,
    gradient: Array, step: Array, z: Array, put_off: Array, products: Array, losses: Array,
    outputs: Array,
) -> None:  # fmt: skip
    """One step a sample. `value` and `gradient` are the last layer's; the others are room."""
    before = flush_denormals()
    inputs, width = table[0, INPUTS], table[0, OUTPUTS]
    first = floats_at(table[0, WEIGHT])
    for start in range(0, len(x), block):
        some = min(block, len(x) - start)
        dots(some, width, inputs, x.ctypes, start * inputs, inputs, first, 0, inputs, z.ctypes, 0,
             width)  # fmt: skip
        dots(some, some, inputs, x.ctypes, start * inputs, inputs, x.ctypes, start * inputs,
             inputs, products.ctypes, 0, block)  # fmt: skip
        for r in range(some):
            for s in range(some):
                products[r, s] += 1
        for s in range(some):
            multiply(1, width, s, products.ctypes, s * block, 0, 1, put_off.ctypes, 0, width,
                     z.ctypes, s * width, width)  # fmt: skip
            here = floats_at(table[0, VALUE])
            for j in range(width):
                here[j] = z[s, j]
            for layer in range(len(table)):
                row = table[layer]
                if layer > 0:
                    dots(1, row[OUTPUTS], row[INPUTS], floats_at(row[INPUT]), 0, row[INPUTS],
                         floats_at(row[WEIGHT]), 0, row[INPUTS], floats_at(row[VALUE]), 0,
                         row[OUTPUTS])  # fmt: skip
                bend(floats_at(row[VALUE]), floats_at(row[BIAS]), floats_at(row[SLOPE]), 0, 1,
                     row[OUTPUTS], 0, row[OUTPUTS], row[BEND])  # fmt: skip
            outputs[start + s] = value
            losses[start + s] = _loss(value, targets[start + s], gradient, squared)
            for layer in range(len(table) - 1, -1, -1):
                row = table[layer]
                g = floats_at(row[GRADIENT])
                if row[BEND] != NOTHING:
                    scale(g, floats_at(row[SLOPE]), 0, row[OUTPUTS])
                if layer == 0:
                    for j in range(width):
                        put_off[s, j] = -lr * g[j]
                else:
                    bias, d_input = (
                        floats_at(row[BIAS]),
                        floats_at(table[layer - 1, GRADIENT]),
                    )
                    for j in range(row[OUTPUTS]):
                        step[j] = -lr * g[j]
                        bias[j] += step[j]
                    clear(d_input, 0, row[INPUTS])
                    _sweep(floats_at(row[WEIGHT]), floats_at(row[INPUT]), d_input, g, step.ctypes,
                           row[OUTPUTS], row[INPUTS])  # fmt: skip
        multiply(width, inputs, some, put_off.ctypes, 0, 1, width, x.ctypes, start * inputs,
                 inputs, first, 0, inputs)  # fmt: skip
        bias = floats_at(table[0, BIAS])
        for s in range(some):
            for j in range(width):
                bias[j] += put_off[s, j]
    restore(before)
