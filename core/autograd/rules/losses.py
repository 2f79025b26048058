"""Scores to probabilities to a single number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd.tape import Array, Pullback, op
from core.autograd.tensor import raw
from core.errors import ShapeError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]
Labels = NDArray[np.integer]


@op
def log_softmax(a: Array) -> Result:
    """Log of softmax along the last axis; the maximum is subtracted first."""
    shifted = a - raw(a).max(axis=-1, keepdims=True)
    y = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return y, lambda g: g - np.exp(y) * g.sum(axis=-1, keepdims=True)


@op
def softmax(a: Array) -> Result:
    """Softmax along the last axis."""
    powers = np.exp(a - raw(a).max(axis=-1, keepdims=True))
    y = powers / powers.sum(axis=-1, keepdims=True)
    return y, lambda g: y * (g - (g * y).sum(axis=-1, keepdims=True))


@op
def cross_entropy(scores: Array, labels: Labels) -> Result:
    """Mean of −log softmax at the right class; scores (N, C), labels (N,) integers."""
    _check_labels(scores, labels)
    loss, gradient = kernel("nll_of_softmax")(scores, labels)
    return np.asarray(loss, scores.dtype), lambda g: (g * gradient, None)


@op
def nll_loss(log_probabilities: Array, labels: Labels) -> Result:
    """Minus the mean log-probability of the right class; (N, C) and (N,) integers."""
    _check_labels(log_probabilities, labels)
    n = len(labels)
    rows = np.arange(n)

    def pullback(g: Array) -> tuple[Array, None]:
        full = np.zeros_like(log_probabilities)
        full[rows, labels] = -g / n
        return full, None

    return -log_probabilities[rows, labels].mean(), pullback


@op
def mse_loss(a: Array, target: Any) -> Result:
    """Mean of (a − target)²."""
    d = a - target
    return np.mean(d * d), lambda g: (2 * g / d.size * d, -2 * g / d.size * d)


@op
def squared_error(a: Array, target: Any) -> Result:
    """Sum of (a − target)²."""
    d = a - target
    return np.sum(d * d), lambda g: (2 * g * d, -2 * g * d)


@op
def margin_loss(scores: Array, sides: NDArray[Any], margin: float) -> Result:
    """Mean of max(0, margin − side·score), for scores (N,) and sides ±1 (N,).

    One descent step on one sample is chapter 2's rule: add or subtract the picture while its score
    is not beyond the margin.
    """
    if scores.shape != np.shape(sides):
        raise ShapeError(f"scores {scores.shape}, sides {np.shape(sides)} must be alike")
    sides = np.asarray(sides, scores.dtype)
    short = margin - sides * scores
    n = max(scores.size, 1)

    def pullback(g: Array) -> tuple[Array, None, None]:
        return np.where(short > 0, -sides, 0).astype(scores.dtype) * (g / n), None, None

    return np.maximum(short, 0).sum() / n, pullback


def _check_labels(scores: Array, labels: Labels) -> None:
    if scores.ndim != 2 or np.shape(labels) != (len(scores),):
        raise ShapeError(f"scores {scores.shape} need {len(scores)} labels, not {np.shape(labels)}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < scores.shape[1]:
        raise ShapeError(
            f"labels from {labels.min()} to {labels.max()} for {scores.shape[1]} classes"
        )
