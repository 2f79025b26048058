"""Steps of the optimisers in plain numpy, in place on flat vectors (P,).

Everywhere: g is the gradient with the decay in it, θ is shrunk before it moves, and what fades
below 10⁻³⁰ becomes zero, because numbers near 10⁻³⁸ slow a processor down by a factor of fifty.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
TINY = 1e-30
"""Smaller numbers in an optimiser's memory become zero."""


class WeightDecay(NamedTuple):
    """How weights are kept small: g + l1·sign(θ) + l2·θ for the gradient, shrink·θ for θ."""

    l1: float = 0.0
    l2: float = 0.0
    shrink: float = 1.0


NO_DECAY = WeightDecay()


def sgd(theta: Array, grad: Array, lr: float, decay: WeightDecay = NO_DECAY) -> None:
    """θ ← θ − lr·g."""
    g = _decayed(theta, grad, decay)
    theta -= lr * g


def momentum(
    theta: Array, grad: Array, velocity: Array, lr: float, keep: float,
    decay: WeightDecay = NO_DECAY, nesterov: bool = False,
) -> None:  # fmt: skip
    """v ← μ·v + g; θ ← θ − lr·v (torch's form: a live rate acts at once).

    With `nesterov` θ ← θ − lr·(g + μ·v): momentum that looks one step ahead.
    """
    g = _decayed(theta, grad, decay)
    velocity *= keep
    velocity += g
    _flush(velocity)
    theta -= lr * (g + keep * velocity if nesterov else velocity)


def adagrad(
    theta: Array, grad: Array, total: Array, lr: float, eps: float, decay: WeightDecay = NO_DECAY
) -> None:
    """s ← s + g²; θ ← θ − lr·g / (√s + ε)."""
    g = _decayed(theta, grad, decay)
    total += g * g
    _flush(total)
    theta -= lr * g / (np.sqrt(total) + eps)


def rmsprop(
    theta: Array, grad: Array, square: Array, lr: float, alpha: float, eps: float,
    decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """s ← α·s + (1 − α)·g²; θ ← θ − lr·g / (√s + ε)."""
    g = _decayed(theta, grad, decay)
    _mean_square(square, g, alpha)
    theta -= lr * g / (np.sqrt(square) + eps)


def rmsprop_momentum(
    theta: Array, grad: Array, square: Array, velocity: Array, lr: float, keep: float,
    alpha: float, eps: float, decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """s as in `rmsprop`; v ← μ·v + g / (√s + ε); θ ← θ − lr·v."""
    g = _decayed(theta, grad, decay)
    _mean_square(square, g, alpha)
    velocity *= keep
    velocity += g / (np.sqrt(square) + eps)
    _flush(velocity)
    theta -= lr * velocity


def adam(
    theta: Array, grad: Array, m: Array, v: Array, rate: float, beta1: float, beta2: float,
    correction: float, eps: float, decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """m, v: running means of g and g²; θ ← θ − rate·m / (√(v/correction) + ε)."""
    g = _decayed(theta, grad, decay)
    m *= beta1
    m += (1 - beta1) * g
    _flush(m)
    _mean_square(v, g, beta2)
    theta -= rate * m / (np.sqrt(v / correction) + eps)


def ema_update(mean: Array, theta: Array, keep: float) -> None:
    """mean ← keep·mean + (1 − keep)·θ."""
    mean *= keep
    mean += (1 - keep) * theta
    _flush(mean)


def _decayed(theta: Array, grad: Array, decay: WeightDecay) -> Array:
    """The gradient to follow; θ is shrunk on the way."""
    if decay == NO_DECAY:
        return grad
    l1, l2, shrink = decay
    g = grad + l2 * theta + l1 * np.sign(theta)
    theta *= shrink
    return g


def _mean_square(square: Array, g: Array, keep: float) -> None:
    square *= keep
    square += (1 - keep) * g * g
    _flush(square)


def _flush(memory: Array) -> None:
    memory[np.abs(memory) < TINY] = 0
