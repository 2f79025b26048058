"""Long short-term memory over a whole sequence, compiled; float32. Formulas: the reference."""

from typing import Any

import numpy as np

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import both_halves, compiled
from core.kernels.llvm.workspace import borrow, narrow, plain
from core.kernels.numba import recurrent_cells as cells
from core.kernels.numba.vector_math import tanh
from core.kernels.reference import recurrent as reference

Array = Any


@cells.loop
def _next_cell(i: Array, f: Array, g: Array, before: Array, cell: Array) -> None:
    for j in range(cell.size):
        cell[j] = f[j] * before[j] + i[j] * g[j]


@cells.loop
def _bend(cell: Array, bent: Array) -> None:
    for j in range(bent.size):
        bent[j] = tanh(cell[j])


@cells.loop
def _next_state(o: Array, bent: Array, state: Array) -> None:
    for j in range(state.size):
        state[j] = o[j] * bent[j]


@both_halves
@compiled
def _lstm(
    gates: Array, weight: Array, states: Array, cell_states: Array, bent: Array, half: int
) -> None:
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
            cells.sigmoids(gate[: 2 * hidden])
            cells.tanhs(g)
            cells.sigmoids(o)
            _next_cell(i, f, g, cell_states[t, n], cell_states[t + 1, n])
            _bend(cell_states[t + 1, n], bent[t, n])
            _next_state(o, bent[t, n], states[t + 1, n])


@cells.loop
def _into_cell(d_h: Array, o: Array, bent: Array, d_c: Array) -> None:
    for j in range(d_c.size):
        d_c[j] += d_h[j] * o[j] * (cells.ONE - bent[j] * bent[j])


@cells.loop
def _forget_slope(d_c: Array, before: Array, f: Array, out: Array) -> None:
    for j in range(out.size):
        d, y = d_c[j], f[j]
        out[j] = d * before[j] * y * (cells.ONE - y)
        d_c[j] = d * y


@both_halves
@compiled
def _lstm_back(
    upstream: Array, gates: Array, cell_states: Array, bent: Array, weight: Array,
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
            cells.add(d_h, upstream[t, n])
            _into_cell(d_h, o, bent[t, n], d_c)
            cells.sigmoid_slope(d_h, bent[t, n], o, d[3 * hidden :])
            cells.sigmoid_slope(d_c, g, i, d[:hidden])
            cells.tanh_slope(d_c, i, g, d[2 * hidden : 3 * hidden])
            _forget_slope(d_c, cell_states[t, n], f, d[hidden : 2 * hidden])
        for n in range(first, last):
            cells.clear(carry[n])
        multiply(last - first, hidden, width, d_gates.ctypes, (t * samples + first) * width, width,
                 1, weight.ctypes, 0, hidden, carry.ctypes, first * hidden, hidden)  # fmt: skip


def lstm(
    x: Array, h0: Array, c0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array,
    wants_x: bool = True,
) -> reference.Result:  # fmt: skip
    """See `reference.lstm`."""
    if not narrow(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
        return reference.lstm(x, h0, c0, w_ih, w_hh, b_ih, b_hh, wants_x)
    x, w_ih, w_hh = plain(x), plain(w_ih), plain(w_hh)
    length = len(x)
    states, cell_states = borrow((length + 2, *h0.shape)), borrow((length + 1, *h0.shape))
    bent = borrow((length, *h0.shape))
    states[0], cell_states[0] = h0, c0
    gates = cells.from_input(x, w_ih, b_ih + b_hh)
    _lstm(gates, cells.turned(w_hh), states, cell_states, bent)
    states[-1] = cell_states[-1]

    def pullback(g: Array) -> reference.Gradients:
        d_gates, carry = borrow(gates.shape), np.zeros(h0.shape, np.float32)
        d_cell = np.array(g[-1], order="C")
        _lstm_back(plain(g), gates, cell_states, bent, w_hh, d_gates, carry, d_cell)
        d_w_ih, d_bias = cells.to_weights(d_gates, x)
        d_w_hh, _ = cells.to_weights(d_gates, states[:-2])
        d_x = cells.to_input(d_gates, w_ih, wants_x)
        return d_x, carry, d_cell, d_w_ih, d_w_hh, d_bias, d_bias

    return states[1:], pullback
