"""Long short-term memory over a whole sequence, compiled; float32. Formulas: the reference."""

from typing import Any

import numpy as np
from numba import prange

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import compiled, parallel_jit
from core.kernels.llvm.simd_builder import flush_denormals, restore
from core.kernels.llvm.workspace import borrow
from core.kernels.numba.recurrent_cells import (
    ONE,
    add,
    clear,
    from_input,
    loop,
    narrow,
    plain,
    sigmoid_slope,
    sigmoids,
    tanh_slope,
    tanhs,
    to_input,
    to_weights,
    turned,
)
from core.kernels.numba.vector_math import tanh
from core.kernels.reference import recurrent as reference

Array = Any


@loop
def _next_cell(i: Array, f: Array, g: Array, before: Array, cell: Array) -> None:
    for j in range(cell.size):
        cell[j] = f[j] * before[j] + i[j] * g[j]


@loop
def _bend(cell: Array, bent: Array) -> None:
    for j in range(bent.size):
        bent[j] = tanh(cell[j])


@loop
def _next_state(o: Array, bent: Array, state: Array) -> None:
    for j in range(state.size):
        state[j] = o[j] * bent[j]


@compiled
def _half(gates: Array, weight: Array, states: Array, cells: Array, bent: Array, half: int) -> None:
    length, samples, width = gates.shape
    hidden = width // 4
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length):
        row = t * samples + first
        multiply(last - first, width, hidden, states.ctypes, row * hidden, hidden, 1,
                 weight.ctypes, 0, width, gates.ctypes, row * width, width)  # fmt: skip
        for n in range(first, last):
            gate = gates[t, n]
            i, f = gate[:hidden], gate[hidden : 2 * hidden]
            g, o = gate[2 * hidden : 3 * hidden], gate[3 * hidden :]
            sigmoids(gate[: 2 * hidden])
            tanhs(g)
            sigmoids(o)
            _next_cell(i, f, g, cells[t, n], cells[t + 1, n])
            _bend(cells[t + 1, n], bent[t, n])
            _next_state(o, bent[t, n], states[t + 1, n])


@parallel_jit
def _lstm(gates: Array, weight: Array, states: Array, cells: Array, bent: Array) -> None:
    for half in prange(2):
        before = flush_denormals()
        _half(gates, weight, states, cells, bent, np.int64(half))
        restore(before)


@loop
def _into_cell(d_h: Array, o: Array, bent: Array, d_c: Array) -> None:
    for j in range(d_c.size):
        d_c[j] += d_h[j] * o[j] * (ONE - bent[j] * bent[j])


@loop
def _forget_slope(d_c: Array, before: Array, f: Array, out: Array) -> None:
    for j in range(out.size):
        d, y = d_c[j], f[j]
        out[j] = d * before[j] * y * (ONE - y)
        d_c[j] = d * y


@compiled
def _back_half(
    upstream: Array, gates: Array, cells: Array, bent: Array, weight: Array,
    d_gates: Array, carry: Array, d_cell: Array, half: int,
) -> None:  # fmt: skip
    length, samples, width = gates.shape
    hidden = width // 4
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length - 1, -1, -1):
        for n in range(first, last):
            gate, d = gates[t, n], d_gates[t, n]
            i, f = gate[:hidden], gate[hidden : 2 * hidden]
            g, o = gate[2 * hidden : 3 * hidden], gate[3 * hidden :]
            d_h, d_c = carry[n], d_cell[n]
            add(d_h, upstream[t, n])
            _into_cell(d_h, o, bent[t, n], d_c)
            sigmoid_slope(d_h, bent[t, n], o, d[3 * hidden :])
            sigmoid_slope(d_c, g, i, d[:hidden])
            tanh_slope(d_c, i, g, d[2 * hidden : 3 * hidden])
            _forget_slope(d_c, cells[t, n], f, d[hidden : 2 * hidden])
        for n in range(first, last):
            clear(carry[n])
        multiply(last - first, hidden, width, d_gates.ctypes, (t * samples + first) * width, width,
                 1, weight.ctypes, 0, hidden, carry.ctypes, first * hidden, hidden)  # fmt: skip


@parallel_jit
def _lstm_back(
    upstream: Array, gates: Array, cells: Array, bent: Array, weight: Array,
    d_gates: Array, carry: Array, d_cell: Array,
) -> None:  # fmt: skip
    for half in prange(2):
        before = flush_denormals()
        _back_half(upstream, gates, cells, bent, weight, d_gates, carry, d_cell, np.int64(half))
        restore(before)


def lstm(
    x: Array, h0: Array, c0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array,
    wants_x: bool = True,
) -> reference.Result:  # fmt: skip
    """See `reference_recurrent.lstm`."""
    if not narrow(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
        return reference.lstm(x, h0, c0, w_ih, w_hh, b_ih, b_hh, wants_x)
    x, w_ih, w_hh = plain(x), plain(w_ih), plain(w_hh)
    length = len(x)
    states, cells = borrow((length + 2, *h0.shape)), borrow((length + 1, *h0.shape))
    bent = borrow((length, *h0.shape))
    states[0], cells[0] = h0, c0
    gates = from_input(x, w_ih, b_ih + b_hh)
    _lstm(gates, turned(w_hh), states, cells, bent)
    states[-1] = cells[-1]

    def pullback(g: Array) -> reference.Gradients:
        d_gates, carry = borrow(gates.shape), np.zeros(h0.shape, np.float32)
        d_cell = np.array(g[-1], order="C")
        _lstm_back(plain(g), gates, cells, bent, w_hh, d_gates, carry, d_cell)
        d_w_ih, d_bias = to_weights(d_gates, x)
        d_w_hh, _ = to_weights(d_gates, states[:-2])
        d_x = to_input(d_gates, w_ih, wants_x)
        return d_x, carry, d_cell, d_w_ih, d_w_hh, d_bias, d_bias

    return states[1:], pullback
