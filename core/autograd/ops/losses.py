"""Scores to probabilities to a single number.

Losses are means over all elements, as torch's are; of no elements they are 0, where torch says NaN.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.autograd import usage_checks
from core.autograd.operands import Array, Beside, Float
from core.autograd.ops.elementwise import sign
from core.autograd.registry import OPS
from core.autograd.tape import Pullback, op
from core.autograd.tensor import raw
from core.errors import ArgumentError, LabError, ShapeError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]
Labels = Array


@op
def log_softmax(a: Float, axis: int = -1) -> Result:
    """Log of softmax along one axis; the maximum is subtracted first."""
    if not a.size:
        return a, lambda g: g
    shifted = a - raw(a).max(axis=axis, keepdims=True)
    y = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return y, lambda g: g - np.exp(y) * g.sum(axis=axis, keepdims=True)


@op
def softmax(a: Float, axis: int = -1) -> Result:
    """eᵃ / Σ eᵃ along one axis; the maximum is subtracted first."""
    if not a.size:
        return a, lambda g: g
    powers = np.exp(a - raw(a).max(axis=axis, keepdims=True))
    y = powers / powers.sum(axis=axis, keepdims=True)
    return y, lambda g: y * (g - (g * y).sum(axis=axis, keepdims=True))


@op
def cross_entropy(scores: Float, labels: Labels, label_smoothing: float = 0.0) -> Result:
    """Mean of −log softmax at the right class; scores (…, C), labels (…) integers.

    The classes lie last: scores of every place in a text (N, T, C) take labels (N, T).
    `label_smoothing` gives that share of the target to all classes evenly (Szegedy et al. 2016).
    Raises ShapeError for labels that do not fit, LabError for a share outside 0 … 1.
    """
    if isinstance(scores, np.ndarray) and scores.ndim > 2:
        if np.shape(labels) != scores.shape[:-1]:
            raise ShapeError(
                f"scores {scores.shape} need labels {scores.shape[:-1]}, not {np.shape(labels)}"
            )
        return _of_places(scores, labels, label_smoothing)
    labels = _checked(labels, scores)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"label_smoothing is a share between 0 and 1, not {label_smoothing}")
    if label_smoothing and len(labels):
        return _smoothed_cross_entropy(scores, labels, label_smoothing)
    if not len(labels):
        return np.zeros((), scores.dtype), lambda g: (np.zeros_like(scores), None)
    loss, gradient = kernel("nll_of_softmax")(scores, labels)
    return np.asarray(loss, scores.dtype), lambda g: (g * gradient, None)


def _of_places(scores: Array, labels: Labels, label_smoothing: float) -> Result:
    """Scores with several axes in front, as rows."""
    classes = scores.shape[-1]
    rows = scores.reshape(math.prod(scores.shape[:-1]), classes)
    y, back = OPS["cross_entropy"].rule(rows, labels.reshape(-1), label_smoothing)
    return y, lambda g: (back(g)[0].reshape(scores.shape), None)


def _smoothed_cross_entropy(scores: Any, labels: Labels, share: float) -> Result:
    n, classes = scores.shape
    target = np.full(scores.shape, share / classes / n, scores.dtype)
    target[np.arange(n), labels] += (1 - share) / n
    shifted = scores - raw(scores).max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(target * log_p).sum(), lambda g: (g * (np.exp(log_p) / n - target), None)


@op
def nll_loss(log_probabilities: Float, labels: Labels) -> Result:
    """Minus the mean log-probability of the right class; (N, C) and (N,) integers."""
    labels = _checked(labels, log_probabilities)
    n = max(len(labels), 1)
    rows = np.arange(len(labels))

    def pullback(g: Array) -> tuple[Array, None]:
        share = np.zeros(log_probabilities.shape, log_probabilities.dtype)
        share[rows, labels] = -1 / n
        return g * share, None

    return -raw(log_probabilities)[rows, labels].sum() / n, pullback


@op
def mse_loss(a: Float, target: Beside) -> Result:
    """Mean of (a − target)²."""
    d = _difference(a, target)
    n = max(d.size, 1)

    def pullback(g: Array) -> tuple[Array, Array]:
        slope = 2 * g / n * d
        return slope, -slope

    return (d * d).sum() / n, pullback


@op
def squared_error(a: Float, target: Beside) -> Result:
    """Sum of (a − target)²."""
    d = _difference(a, target)

    def pullback(g: Array) -> tuple[Array, Array]:
        slope = 2 * g * d
        return slope, -slope

    return (d * d).sum(), pullback


@op
def l1_loss(a: Float, target: Beside) -> Result:
    """Mean of |a − target|; slope 0 where they are equal."""
    d = _difference(a, target)
    n = max(d.size, 1)

    def pullback(g: Array) -> tuple[Array, Array]:
        slope = g / n * sign(d)
        return slope, -slope

    return np.abs(d).sum() / n, pullback


@op
def huber_loss(a: Float, target: Beside, delta: float = 1.0) -> Result:
    """Mean of d²/2 for d = a − target up to ±delta, of delta·(|d| − delta/2) beyond (Huber 1964).

    Raises LabError for a delta that is not positive.
    """
    if not delta > 0:
        raise ArgumentError(f"delta is where the parabola ends, a positive number, not {delta}")
    d = _difference(a, target)
    near = np.maximum(np.minimum(d, delta), -delta)
    n = max(d.size, 1)

    def pullback(g: Array) -> tuple[Array, Array]:
        slope = g / n * near
        return slope, -slope

    return (near * (d - 0.5 * near)).sum() / n, pullback


@op
def hinge_loss(scores: Float, sides: Beside, margin: float = 1.0) -> Result:
    """Mean of max(0, margin − side·score), for scores (N,) and sides ±1 (N,): the hinge loss.

    One descent step on one sample is chapter 2's rule: add or subtract the picture while its score
    is not beyond the margin.
    """
    if scores.shape != np.shape(sides):
        raise ShapeError(f"scores {scores.shape}, sides {np.shape(sides)} must be alike")
    sides = np.asarray(sides, scores.dtype)
    short = margin - sides * scores
    n = max(scores.size, 1)

    def pullback(g: Array) -> tuple[Array, None, None]:
        return np.where(raw(short) > 0, -sides, 0) * (g / n), None, None

    return np.maximum(short, 0).sum() / n, pullback


@op
def multi_margin_loss(scores: Float, labels: Labels, p: int = 1, margin: float = 1.0) -> Result:
    """Mean over N of Σ max(0, margin − right score + wrong score)ᵖ / C over the wrong classes.

    Scores (N, C), labels (N,) integers, p 1 or 2: the hinge loss of several classes
    (Crammer & Singer 2001; Weston & Watkins 1999), in torch's form. Raises ShapeError for labels
    that do not fit, LabError for another p.
    """
    labels = _checked(labels, scores)
    if p not in (1, 2):
        raise LabError(f"multi_margin_loss(p={p}): 1 or 2")
    rows = np.arange(len(labels))
    right = np.zeros(scores.shape, scores.dtype)
    right[rows, labels] = 1
    gap = margin - scores[rows, labels].reshape(-1, 1) + scores
    short = np.maximum(gap, 0) * (1 - right)
    n = max(scores.size, 1)

    def pullback(g: Array) -> tuple[Array, None]:
        slope = np.greater(raw(short), 0).astype(right.dtype) if p == 1 else 2 * short
        return g / n * (slope - right * slope.sum(axis=1, keepdims=True)), None

    return (short**p).sum() / n, pullback


@op
def binary_cross_entropy_with_logits(a: Float, target: Beside) -> Result:
    """Mean of −t·log σ(a) − (1 − t)·log(1 − σ(a)), for scores a and targets t of the same shape.

    Computed as max(a, 0) − a·t + log(1 + e^−|a|), which never overflows. Raises ShapeError for
    shapes that differ.
    """
    if a.shape != np.shape(raw(target)):
        raise ShapeError(f"a {a.shape}, target {np.shape(raw(target))} must be alike")
    n = max(a.size, 1)

    def pullback(g: Array) -> tuple[Array, Array]:
        return g / n * (0.5 * np.tanh(0.5 * a) + 0.5 - target), -g / n * a

    return (np.maximum(a, 0) - a * target + np.log1p(np.exp(-np.abs(a)))).sum() / n, pullback


def _difference(a: Any, target: Any) -> Any:
    """a − target; warned of where broadcasting compares each number of one with each of another."""
    d = a - target
    if d.size > max(a.size, np.size(raw(target))):
        usage_checks.warn(
            f"A loss compares {a.shape} with {np.shape(raw(target))}: {d.size:,} differences, each "
            "number of one with each of the other. Give both the same shape."
        )
    return d


def _checked(labels: ArrayLike, scores: Array) -> Labels:
    """Labels as an array of whole numbers that fit scores (N, C). Raises ShapeError."""
    labels = np.asarray(labels)
    if scores.ndim != 2 or labels.shape != (len(scores),):
        raise ShapeError(f"scores {scores.shape} need {len(scores)} labels, not {labels.shape}")
    if labels.size and labels.dtype.kind not in "iu":
        raise ShapeError(f"{len(labels)} labels must be whole numbers, not {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < scores.shape[1]:
        raise ShapeError(
            f"labels from {labels.min()} to {labels.max()} for {scores.shape[1]} classes"
        )
    return labels if labels.size else labels.astype(np.intp)
