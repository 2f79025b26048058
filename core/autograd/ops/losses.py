"""Softmax and loss functions; softmax cross-entropy is `kernels/reference/losses.py`.

Losses are means over all elements, as torch's are; of no elements they are 0, where torch says NaN.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.autograd import usage_checks
from core.autograd.operands import Array, Beside, Float
from core.autograd.ops.elementwise import sign
from core.autograd.registry import OPS
from core.autograd.tape import Pullback, Result, op
from core.autograd.tensor import raw, sum_over
from core.errors import ArgumentError, LabError, ShapeError
from core.kernels.engine import kernel
from core.translation import tr

ClassIndices = Array


@op
def log_softmax(input: Float, dim: int = -1) -> Result:
    """Log of softmax along one axis; the maximum is subtracted first."""
    if not input.size:
        return input, lambda g: g
    shifted = input - raw(input).max(axis=dim, keepdims=True)
    y = shifted - np.log(sum_over(np.exp(shifted), dim, True))
    return y, lambda g: g - np.exp(y) * sum_over(g, dim, True)


@op
def softmax(input: Float, dim: int = -1) -> Result:
    """eˣ / Σ eˣ along one axis; the maximum is subtracted first."""
    if not input.size:
        return input, lambda g: g
    powers = np.exp(input - raw(input).max(axis=dim, keepdims=True))
    y = powers / sum_over(powers, dim, True)
    return y, lambda g: y * (g - sum_over(g * y, dim, True))


@op
def cross_entropy(input: Float, target: ClassIndices, label_smoothing: float = 0.0) -> Result:
    """Mean of −log softmax at the target class; input (…, C), target (…) integers.

    The classes lie last: input (N, T, C), a row of scores for each token, takes target (N, T).
    `label_smoothing` gives that share of the target to all classes evenly (Szegedy et al. 2016).
    Raises ShapeError for a target that does not fit, LabError for a share outside 0 … 1.
    """
    if isinstance(input, np.ndarray) and input.ndim > 2:
        if np.shape(target) != input.shape[:-1]:
            raise ShapeError(
                tr("input {shape} needs a target {input_shape}, not {target}").format(
                    shape=input.shape, input_shape=input.shape[:-1], target=np.shape(target)
                )
            )
        return _cross_entropy_of_rows(input, target, label_smoothing)
    target = _class_indices(target, input)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(
            tr("label_smoothing is a share between 0 and 1, not {label_smoothing}").format(
                label_smoothing=label_smoothing
            )
        )
    if label_smoothing and len(target):
        return _smoothed_cross_entropy(input, target, label_smoothing)
    if not len(target):
        return np.zeros((), input.dtype), lambda g: (np.zeros_like(input), None)
    loss, gradient = kernel("softmax_cross_entropy")(input, target)
    return np.asarray(loss, input.dtype), lambda g: (g * gradient, None)


def _cross_entropy_of_rows(input: Array, target: ClassIndices, label_smoothing: float) -> Result:
    """Cross-entropy of an input with several axes before the classes, as rows (N, C)."""
    classes = input.shape[-1]
    rows = input.reshape(math.prod(input.shape[:-1]), classes)
    y, back = OPS["cross_entropy"].rule(rows, target.reshape(-1), label_smoothing)
    return y, lambda g: (back(g)[0].reshape(input.shape), None)


def _smoothed_cross_entropy(input: Any, target: ClassIndices, share: float) -> Result:
    n, classes = input.shape
    probs = np.full(input.shape, share / classes / n, input.dtype)
    probs[np.arange(n), target] += (1 - share) / n
    log_p, _ = OPS["log_softmax"].rule(input, 1)
    return -(probs * log_p).sum(), lambda g: (g * (np.exp(log_p) / n - probs), None)


@op
def nll_loss(input: Float, target: ClassIndices) -> Result:
    """Mean of −input at the target class: log-probabilities (N, C), target (N,) integers."""
    target = _class_indices(target, input)
    n = max(len(target), 1)
    rows = np.arange(len(target))

    def pullback(g: Array) -> tuple[Array, None]:
        share = np.zeros(input.shape, input.dtype)
        share[rows, target] = -1 / n
        return g * share, None

    return -raw(input)[rows, target].sum() / n, pullback


@op
def mse_loss(input: Float, target: Beside) -> Result:
    """Mean of (input − target)²."""
    d = _difference(input, target)
    n = max(d.size, 1)
    return (d * d).sum() / n, _pullback_to_both(lambda g: 2 * g / n * d)


@op
def squared_error(input: Float, target: Beside) -> Result:
    """Sum of (input − target)²."""
    d = _difference(input, target)
    return (d * d).sum(), _pullback_to_both(lambda g: 2 * g * d)


@op
def l1_loss(input: Float, target: Beside) -> Result:
    """Mean of |input − target|; slope 0 where they are equal."""
    d = _difference(input, target)
    n = max(d.size, 1)
    return np.abs(d).sum() / n, _pullback_to_both(lambda g: g / n * sign(d))


@op
def huber_loss(input: Float, target: Beside, delta: float = 1.0) -> Result:
    """Mean of d²/2, d = input − target, up to ±delta; of delta·(|d| − delta/2) beyond (Huber 1964).

    Raises LabError for a delta that is not positive.
    """
    if not delta > 0:
        raise ArgumentError(
            tr("delta is where the parabola ends, a positive number, not {delta}").format(
                delta=delta
            )
        )
    d = _difference(input, target)
    near = np.maximum(np.minimum(d, delta), -delta)
    n = max(d.size, 1)
    return (near * (d - 0.5 * near)).sum() / n, _pullback_to_both(lambda g: g / n * near)


@op
def hinge_loss(input: Float, target: Beside, margin: float = 1.0) -> Result:
    """Mean of max(0, margin − target·input), for scores (N,) and targets ±1 (N,).

    One SGD step on one sample is chapter 2's rule: add or subtract the picture while its score is
    within the margin.
    """
    _check_alike(input, target)
    target = np.asarray(target, input.dtype)
    short = margin - target * input
    n = max(input.size, 1)

    def pullback(g: Array) -> tuple[Array, None, None]:
        return np.where(raw(short) > 0, -target, 0) * (g / n), None, None

    return np.maximum(short, 0).sum() / n, pullback


@op
def multi_margin_loss(
    input: Float, target: ClassIndices, p: int = 1, margin: float = 1.0
) -> Result:
    """Multi-class hinge loss: mean over N of Σ max(0, margin − xₜ + xₖ)ᵖ / C over classes k ≠ t.

    input x (N, C), target t (N,) integers, p 1 or 2 (Crammer & Singer 2001; Weston & Watkins
    1999), in torch's form. Raises ShapeError for a target that does not fit, LabError for another
    p.
    """
    target = _class_indices(target, input)
    if p not in (1, 2):
        raise LabError(tr("multi_margin_loss(p={p}): 1 or 2").format(p=p))
    rows = np.arange(len(target))
    right = np.zeros(input.shape, input.dtype)
    right[rows, target] = 1
    gap = margin - input[rows, target].reshape(-1, 1) + input
    short = np.maximum(gap, 0) * (1 - right)
    n = max(input.size, 1)

    def pullback(g: Array) -> tuple[Array, None]:
        slope = np.greater(raw(short), 0).astype(right.dtype) if p == 1 else 2 * short
        return g / n * (slope - right * sum_over(slope, 1, True)), None

    return (short**p).sum() / n, pullback


@op
def binary_cross_entropy_with_logits(input: Float, target: Beside) -> Result:
    """Mean of −t·log σ(x) − (1 − t)·log(1 − σ(x)), for logits x and targets t of the same shape.

    Computed as max(x, 0) − x·t + log(1 + e^−|x|), which never overflows. Raises ShapeError for
    shapes that differ.
    """
    _check_alike(input, target)
    n = max(input.size, 1)

    def pullback(g: Array) -> tuple[Array, Array]:
        return g / n * (0.5 * np.tanh(0.5 * input) + 0.5 - target), -g / n * input

    return (
        np.maximum(input, 0) - input * target + np.log1p(np.exp(-np.abs(input)))
    ).sum() / n, pullback


def _check_alike(input: Any, target: Any) -> None:
    if input.shape != np.shape(raw(target)):
        raise ShapeError(
            tr("input {shape}, target {target} must be alike").format(
                shape=input.shape, target=np.shape(raw(target))
            )
        )


def _pullback_to_both(slope: Callable[[Array], Array]) -> Pullback:
    """The pullback of a loss of a difference: what the input gets, the target gets reversed."""

    def pullback(g: Array) -> tuple[Array, Array]:
        d_input = slope(g)
        return d_input, -d_input

    return pullback


def _difference(input: Any, target: Any) -> Any:
    """input − target; warns where broadcasting compares every element with every other."""
    d = input - target
    if d.size > max(input.size, np.size(raw(target))):
        usage_checks.warn(
            tr(
                "A loss compares {shape} with {target}: {size:,} differences, each number of "
                "one with each of the other. Give both the same shape."
            ).format(shape=input.shape, target=np.shape(raw(target)), size=d.size)
        )
    return d


def _class_indices(target: ArrayLike, input: Array) -> ClassIndices:
    """The target as an array of whole numbers that fits input (N, C). Raises ShapeError."""
    target = np.asarray(target)
    if input.ndim != 2 or target.shape != (len(input),):
        raise ShapeError(
            tr("input {shape} needs {n} targets, not {target_shape}").format(
                shape=input.shape, n=len(input), target_shape=target.shape
            )
        )
    if target.size and target.dtype.kind not in "iu":
        raise ShapeError(
            tr("{n} targets must be whole numbers, not {dtype}").format(
                n=len(target), dtype=target.dtype
            )
        )
    if target.size and not 0 <= target.min() <= target.max() < input.shape[1]:
        raise ShapeError(
            tr("targets from {min} to {max} for {shape} classes").format(
                min=target.min(), max=target.max(), shape=input.shape[1]
            )
        )
    return target if target.size else target.astype(np.intp)
