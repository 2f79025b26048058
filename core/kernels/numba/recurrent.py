"""Recurrent layers over a whole sequence, compiled; float32. The formulas are in the reference.

both halves of the rows        what x contributes to all steps: one product
both halves of the samples     all steps of the recurrence, forward or back, without a pause
both halves of the weights     their gradients: one product over all steps
"""

from typing import Any

import numpy as np

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import both_halves, compiled
from core.kernels.llvm.workspace import borrow, narrow, plain
from core.kernels.numba import recurrent_cells as cells
from core.kernels.numba.gru_sequence import gru
from core.kernels.numba.lstm_sequence import lstm
from core.kernels.reference import recurrent as reference

__all__ = ["gru", "lstm", "rnn"]

Array = Any


@cells.loop
def _relus(row: Array) -> None:
    for j in range(row.size):
        row[j] = cells.ZERO if row[j] <= cells.ZERO else row[j]


@cells.loop
def _relu_slope(g: Array, y: Array, out: Array) -> None:
    for j in range(out.size):
        out[j] = g[j] if y[j] > cells.ZERO else cells.ZERO


@cells.loop
def _tanh_slope(g: Array, y: Array, out: Array) -> None:
    for j in range(out.size):
        out[j] = g[j] * (cells.ONE - y[j] * y[j])


@both_halves
@compiled
def _rnn(steps: Array, weight: Array, relu: bool, states: Array, half: int) -> None:
    length, samples, hidden = steps.shape
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length):
        at = (t * samples + first) * hidden
        multiply(last - first, hidden, hidden, states.ctypes, at, hidden, 1, weight.ctypes, 0,
                 hidden, steps.ctypes, at, hidden)  # fmt: skip
        for n in range(first, last):
            cells.copy(steps[t, n], states[t + 1, n])
            if relu:
                _relus(states[t + 1, n])
            else:
                cells.tanhs(states[t + 1, n])


@both_halves
@compiled
def _rnn_back(
    g: Array, states: Array, weight: Array, relu: bool, d_steps: Array, carry: Array, half: int
) -> None:
    length, samples, hidden = g.shape
    first, last = samples * half // 2, samples * (half + 1) // 2
    for t in range(length - 1, -1, -1):
        for n in range(first, last):
            cells.add(carry[n], g[t, n])
            if relu:
                _relu_slope(carry[n], states[t + 1, n], d_steps[t, n])
            else:
                _tanh_slope(carry[n], states[t + 1, n], d_steps[t, n])
        for n in range(first, last):
            cells.clear(carry[n])
        multiply(last - first, hidden, hidden, d_steps.ctypes, (t * samples + first) * hidden,
                 hidden, 1, weight.ctypes, 0, hidden, carry.ctypes, first * hidden,
                 hidden)  # fmt: skip


def rnn(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, relu: bool,
    wants_x: bool = True,
) -> reference.Result:  # fmt: skip
    """See `reference.rnn`."""
    if not narrow(x, h0, w_ih, w_hh, b_ih, b_hh):
        return reference.rnn(x, h0, w_ih, w_hh, b_ih, b_hh, relu, wants_x)
    x, w_ih, w_hh = plain(x), plain(w_ih), plain(w_hh)
    states = borrow((len(x) + 1, *h0.shape))
    states[0] = h0
    steps = cells.from_input(x, w_ih, b_ih + b_hh)
    _rnn(steps, cells.turned(w_hh), relu, states)

    def pullback(g: Array) -> reference.Gradients:
        d_steps, carry = borrow(steps.shape), np.zeros(h0.shape, np.float32)
        _rnn_back(plain(g), states, w_hh, relu, d_steps, carry)
        d_w_ih, d_bias = cells.to_weights(d_steps, x)
        d_w_hh, _ = cells.to_weights(d_steps, states[:-1])
        return cells.to_input(d_steps, w_ih, wants_x), carry, d_w_ih, d_w_hh, d_bias, d_bias

    return states[1:], pullback
