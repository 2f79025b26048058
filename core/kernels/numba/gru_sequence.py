"""The gated recurrent unit over a whole sequence, compiled; float32. Formulas: the reference."""

from typing import Any

import numpy as np

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import both_halves, compiled
from core.kernels.llvm.workspace import borrow, narrow, plain
from core.kernels.numba import recurrent_cells as cells
from core.kernels.reference import recurrent as reference

Array = Any


@cells.loop
def _candidate(r: Array, recalled: Array, n: Array) -> None:
    for j in range(n.size):
        n[j] += r[j] * recalled[j]


@cells.loop
def _next_state(z: Array, n: Array, before: Array, h: Array) -> None:
    for j in range(h.size):
        h[j] = n[j] + z[j] * (before[j] - n[j])


@both_halves
@compiled
def _gru(
    gates: Array, recalled: Array, weight: Array, bias: Array, states: Array, half: int
) -> None:
    length, samples, hidden = recalled.shape
    both, width = 2 * hidden, 3 * hidden
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length):
        row = t * samples + first
        for n in range(first, last):
            cells.copy(bias, recalled[t, n])
        multiply(last - first, both, hidden, states.ctypes, row * hidden, hidden, 1, weight.ctypes,
                 0, width, gates.ctypes, row * width, width)  # fmt: skip
        multiply(last - first, hidden, hidden, states.ctypes, row * hidden, hidden, 1,
                 weight.ctypes, both, width, recalled.ctypes, row * hidden, hidden)  # fmt: skip
        for n in range(first, last):
            gate = gates[t, n]
            cells.sigmoids(gate[:both])
            _candidate(gate[:hidden], recalled[t, n], gate[both:])
            cells.tanhs(gate[both:])
            _next_state(gate[hidden:both], gate[both:], states[t, n], states[t + 1, n])


@cells.loop
def _candidate_slope(g: Array, z: Array, n: Array, out: Array) -> None:
    for j in range(out.size):
        out[j] = g[j] * (cells.ONE - z[j]) * (cells.ONE - n[j] * n[j])


@cells.loop
def _update_slope(g: Array, z: Array, n: Array, before: Array, out: Array) -> None:
    for j in range(out.size):
        out[j] = g[j] * (before[j] - n[j]) * z[j] * (cells.ONE - z[j])


@cells.loop
def _product(a: Array, b: Array, out: Array) -> None:
    for j in range(out.size):
        out[j] = a[j] * b[j]


@both_halves
@compiled
def _gru_back(
    g: Array, gates: Array, recalled: Array, states: Array, weight: Array, d_gates: Array,
    d_recalled: Array, carry: Array, half: int,
) -> None:  # fmt: skip
    length, samples, hidden = g.shape
    both, width = 2 * hidden, 3 * hidden
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length - 1, -1, -1):
        for n in range(first, last):
            gate, d, d_h = gates[t, n], d_gates[t, n], carry[n]
            reset, update, new = gate[:hidden], gate[hidden:both], gate[both:]
            cells.add(d_h, g[t, n])
            _candidate_slope(d_h, update, new, d[both:])
            _update_slope(d_h, update, new, states[t, n], d[hidden:both])
            cells.sigmoid_slope(d[both:], recalled[t, n], reset, d[:hidden])
            _product(d[both:], reset, d_recalled[t, n])
            _product(d_h, update, d_h)
        row = t * samples + first
        multiply(last - first, hidden, both, d_gates.ctypes, row * width, width, 1, weight.ctypes,
                 0, hidden, carry.ctypes, first * hidden, hidden)  # fmt: skip
        multiply(last - first, hidden, hidden, d_recalled.ctypes, row * hidden, hidden, 1,
                 weight.ctypes, both * hidden, hidden, carry.ctypes, first * hidden,
                 hidden)  # fmt: skip


def gru(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, wants_x: bool = True
) -> reference.Result:
    """See `reference.gru`."""
    if not narrow(x, h0, w_ih, w_hh, b_ih, b_hh):
        return reference.gru(x, h0, w_ih, w_hh, b_ih, b_hh, wants_x)
    x, w_ih, w_hh = plain(x), plain(w_ih), plain(w_hh)
    hidden = h0.shape[1]
    states, recalled = borrow((len(x) + 1, *h0.shape)), borrow((len(x), *h0.shape))
    states[0] = h0
    bias = b_ih.copy()
    bias[: 2 * hidden] += b_hh[: 2 * hidden]
    gates = cells.from_input(x, w_ih, bias)
    _gru(gates, recalled, cells.turned(w_hh), plain(b_hh[2 * hidden :]), states)

    def pullback(g: Array) -> reference.Gradients:
        d_gates, d_recalled = borrow(gates.shape), borrow(recalled.shape)
        carry = np.zeros(h0.shape, np.float32)
        _gru_back(plain(g), gates, recalled, states, w_hh, d_gates, d_recalled, carry)
        d_w_ih, d_b_ih = cells.to_weights(d_gates, x)
        both, d_b_both = cells.to_weights(d_gates, states[:-1], 2 * hidden)
        new, d_b_new = cells.to_weights(d_recalled, states[:-1])
        d_w_hh, d_b_hh = np.concatenate((both, new)), np.concatenate((d_b_both, d_b_new))
        return cells.to_input(d_gates, w_ih, wants_x), carry, d_w_ih, d_w_hh, d_b_ih, d_b_hh

    return states[1:], pullback
