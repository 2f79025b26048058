"""Recurrent layers over a whole sequence, step by step as the formulas say.

Sequences are (T, N, features). Every function returns its value and a pullback. What the inputs
contribute to all steps is one matrix product; so is the gradient of each weight.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.kernels.reference.activations import sigmoid

Array = NDArray[np.floating]
Gradients = tuple[Array | None, ...]
Result = tuple[Array, Callable[[Array], Gradients]]


def rnn(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, relu: bool,
    wants_x: bool = True,
) -> Result:  # fmt: skip
    """hₜ = tanh(W·xₜ + b + U·hₜ₋₁ + c), or ReLU in place of tanh. → (T, N, H)."""
    length = len(x)
    steps = x @ w_ih.T + (b_ih + b_hh)
    states = np.empty((length + 1, *h0.shape), steps.dtype)
    states[0] = h0
    for t in range(length):
        z = steps[t] + states[t] @ w_hh.T
        states[t + 1] = np.maximum(z, 0) if relu else np.tanh(z)

    def pullback(g: Array) -> Gradients:
        d_steps = np.empty_like(steps)
        carry = np.zeros_like(states[0])
        for t in reversed(range(length)):
            h = states[t + 1]
            d_steps[t] = (g[t] + carry) * ((h > 0) if relu else 1 - h * h)
            carry = d_steps[t] @ w_hh
        d_bias = d_steps.sum(axis=(0, 1))
        d_x = d_steps @ w_ih if wants_x else None
        d_w_ih, d_w_hh = over_time(d_steps, x), over_time(d_steps, states[:-1])
        return d_x, carry, d_w_ih, d_w_hh, d_bias, d_bias

    return states[1:], pullback


def gru(
    x: Array, h0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array, wants_x: bool = True
) -> Result:
    """Gates r, z, n; r acts on what the state contributes to n. → (T, N, H).

    r = σ(Wᵣ·x + Uᵣ·h + bᵣ), z = σ(W_z·x + U_z·h + b_z), n = tanh(Wₙ·x + bₙ + r ∘ (Uₙ·h + cₙ)),
    h′ = (1 − z) ∘ n + z ∘ h.
    """
    length, hidden = len(x), h0.shape[1]
    gates = x @ w_ih.T + b_ih
    states = np.empty((length + 1, *h0.shape), gates.dtype)
    states[0] = h0
    recalled = np.empty_like(states[1:])
    for t in range(length):
        of_state = states[t] @ w_hh.T + b_hh
        r, z, n = (gates[t, :, k * hidden : (k + 1) * hidden] for k in range(3))
        r_h, z_h, recalled[t] = np.split(of_state, 3, axis=1)
        r[...] = sigmoid(r + r_h)
        z[...] = sigmoid(z + z_h)
        n[...] = np.tanh(n + r * recalled[t])
        states[t + 1] = (1 - z) * n + z * states[t]

    def pullback(g: Array) -> Gradients:
        d_x_side, d_h_side = np.empty_like(gates), np.empty_like(gates)
        carry = np.zeros_like(states[0])
        for t in reversed(range(length)):
            r, z, n = np.split(gates[t], 3, axis=1)
            d_h = g[t] + carry
            d_n = d_h * (1 - z) * (1 - n * n)
            d_z = d_h * (states[t] - n) * z * (1 - z)
            d_r = d_n * recalled[t] * r * (1 - r)
            d_x_side[t] = np.concatenate((d_r, d_z, d_n), axis=1)
            d_h_side[t] = np.concatenate((d_r, d_z, d_n * r), axis=1)
            carry = d_h * z + d_h_side[t] @ w_hh
        d_x = d_x_side @ w_ih if wants_x else None
        d_w_ih, d_w_hh = over_time(d_x_side, x), over_time(d_h_side, states[:-1])
        d_b_ih, d_b_hh = d_x_side.sum(axis=(0, 1)), d_h_side.sum(axis=(0, 1))
        return d_x, carry, d_w_ih, d_w_hh, d_b_ih, d_b_hh

    return states[1:], pullback


def lstm(
    x: Array, h0: Array, c0: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array,
    wants_x: bool = True,
) -> Result:  # fmt: skip
    """Gates i, f, g, o. → (T + 1, N, H): all outputs, then the last cell state.

    c′ = f ∘ c + i ∘ g, h′ = o ∘ tanh(c′), where i, f, o are sigmoids and g is a tanh of the four
    blocks of W·x + b + U·h + c.
    """
    length, hidden = len(x), h0.shape[1]
    gates = x @ w_ih.T + (b_ih + b_hh)
    states = np.empty((length + 2, *h0.shape), gates.dtype)
    cells = np.empty((length + 1, *h0.shape), gates.dtype)
    states[0], cells[0] = h0, c0
    for t in range(length):
        gates[t] += states[t] @ w_hh.T
        i, f, g, o = (gates[t, :, k * hidden : (k + 1) * hidden] for k in range(4))
        i[...], f[...], g[...], o[...] = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        cells[t + 1] = f * cells[t] + i * g
        states[t + 1] = o * np.tanh(cells[t + 1])
    states[-1] = cells[-1]

    def pullback(upstream: Array) -> Gradients:
        d_gates = np.empty_like(gates)
        carry, d_c = np.zeros_like(states[0]), upstream[-1].copy()
        for t in reversed(range(length)):
            i, f, g, o = np.split(gates[t], 4, axis=1)
            d_h = upstream[t] + carry
            bent = np.tanh(cells[t + 1])
            d_c += d_h * o * (1 - bent * bent)
            d_i, d_f = d_c * g * i * (1 - i), d_c * cells[t] * f * (1 - f)
            d_g, d_o = d_c * i * (1 - g * g), d_h * bent * o * (1 - o)
            d_gates[t] = np.concatenate((d_i, d_f, d_g, d_o), axis=1)
            carry = d_gates[t] @ w_hh
            d_c *= f
        d_x = d_gates @ w_ih if wants_x else None
        d_bias = d_gates.sum(axis=(0, 1))
        d_w_ih, d_w_hh = over_time(d_gates, x), over_time(d_gates, states[:-2])
        return d_x, carry, d_c, d_w_ih, d_w_hh, d_bias, d_bias

    return states[1:], pullback


def over_time(gradient: Array, factor: Array) -> Array:
    """Σ over steps and samples: (T, N, G), (T, N, F) → (G, F)."""
    return np.tensordot(gradient, factor, axes=((0, 1), (0, 1)))
