"""Losses of numbers beside numbers.

Each compares an input with a target of its shape. `reduction` “mean” divides by the count, as torch
does, “sum” only adds, “none” keeps all losses; the mean of no losses is 0, where torch says NaN. A
`weight` multiplies the losses.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from core.arguments import NonNegative, plain_array
from core.autograd import usage_checks
from core.autograd.operands import Array, Beside, Constant, Float
from core.autograd.ops.class_losses import Reduction
from core.autograd.ops.elementwise import sign
from core.autograd.registry import OPS
from core.autograd.tape import Pullback, Result, op
from core.autograd.tensor import raw
from core.errors import ArgumentError, ShapeError
from core.translation import tr


@op
def mse_loss(
    input: Float, target: Beside, reduction: Reduction = "mean", weight: Constant = None
) -> Result:
    """(input − target)². The mean with a `weight` of the input's shape is by Σ weight."""
    d = _difference(input, target)
    weight = _weight(weight, input)
    n = _divisor(d, reduction, weight)
    return _reduced(d * d, n, reduction, weight), _to_both(lambda g: 2 * g / n * d, weight)


@op
def squared_error(input: Float, target: Beside, reduction: Reduction = "sum") -> Result:
    """(input − target)², summed if nothing else is said."""
    d = _difference(input, target)
    n = _divisor(d, reduction)
    return _reduced(d * d, n, reduction), _to_both(lambda g: 2 * g / n * d)


@op
def l1_loss(
    input: Float, target: Beside, reduction: Reduction = "mean", weight: Constant = None
) -> Result:
    """|input − target|; slope 0 where they are equal.

    The mean with a `weight` of the input's shape is by Σ weight.
    """
    d = _difference(input, target)
    weight = _weight(weight, input)
    n = _divisor(d, reduction, weight)
    return _reduced(np.abs(d), n, reduction, weight), _to_both(lambda g: g / n * sign(d), weight)


@op
def huber_loss(
    input: Float, target: Beside, reduction: Reduction = "mean", delta: float = 1.0,
    weight: Constant = None,
) -> Result:  # fmt: skip
    """d²/2, d = input − target, up to ±delta; delta·(|d| − delta/2) beyond (Huber 1964).

    `weight` has the input's shape. Raises LabError for a delta that is not positive.
    """
    if not delta > 0:
        raise ArgumentError(
            tr("delta is where the parabola ends, a positive number, not {delta}").format(
                delta=delta
            )
        )
    d = _difference(input, target)
    near = np.maximum(np.minimum(d, delta), -delta)
    weight, n = _weight(weight, input), _divisor(d, reduction)
    losses = near * (d - 0.5 * near)
    return _reduced(losses, n, reduction, weight), _to_both(lambda g: g / n * near, weight)


@op
def smooth_l1_loss(
    input: Float, target: Beside, reduction: Reduction = "mean", beta: NonNegative = 1.0
) -> Result:
    """`huber_loss` over beta: slope ±1 beyond ±beta; with beta 0 `l1_loss` (Girshick 2015)."""
    if not beta:
        return OPS["l1_loss"].rule(input, target, reduction)
    d = _difference(input, target)
    near = np.maximum(np.minimum(d, beta), -beta)
    n = _divisor(d, reduction) * beta
    return _reduced(near * (d - 0.5 * near), n, reduction), _to_both(lambda g: g / n * near)


@op
def hinge_loss(
    input: Float, target: Beside, margin: float = 1.0, reduction: Reduction = "mean"
) -> Result:
    """max(0, margin − target·input), for scores and targets ±1 of the same shape.

    One SGD step on one sample is chapter 2's rule: add or subtract the picture while its score is
    within the margin.
    """
    _check_alike(input, target)
    target = np.asarray(target, input.dtype)
    short = margin - target * input
    n = _divisor(input, reduction)

    def pullback(g: Array) -> tuple[Array, None, None]:
        return np.where(raw(short) > 0, -target, 0) * (g / n), None, None

    return _reduced(np.maximum(short, 0), n, reduction), pullback


@op
def binary_cross_entropy(
    input: Float, target: Beside, weight: Constant = None, reduction: Reduction = "mean"
) -> Result:
    """−t·log p − (1 − t)·log(1 − p), for probabilities p and targets t of the same shape.

    Logarithms end at −100, as in torch. Raises ArgumentError for what is no probability.
    """
    _check_alike(input, target)
    p = raw(input)
    if p.size and (p.min() < 0 or p.max() > 1):
        raise ArgumentError(
            tr(
                "input {shape} goes from {low} to {high}; probabilities lie between 0 and 1. "
                "Scores of any size belong to binary_cross_entropy_with_logits"
            ).format(shape=p.shape, low=p.min(), high=p.max())
        )
    weight, n = _broadcast("weight", weight, input), _divisor(input, reduction)
    with np.errstate(divide="ignore"):
        log_p, log_q = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
    tiny = np.finfo(p.dtype).tiny

    def pullback(g: Array) -> tuple[Array, Array]:
        share = g / n if weight is None else g / n * weight
        d_input = (input - target) / np.maximum(input * (1 - input), 1e-12)
        d_target = np.log(np.maximum(1 - input, tiny)) - np.log(np.maximum(input, tiny))
        return share * d_input, share * d_target

    t = raw(target)
    return _reduced(-t * log_p - (1 - t) * log_q, n, reduction, weight), pullback


@op
def binary_cross_entropy_with_logits(
    input: Float, target: Beside, weight: Constant = None, reduction: Reduction = "mean",
    pos_weight: Constant = None,
) -> Result:  # fmt: skip
    """−t·log σ(x) − (1 − t)·log(1 − σ(x)), for logits x and targets t of the same shape.

    Computed as max(x, 0) − x·t + log(1 + e^−|x|), which never overflows. `pos_weight` multiplies
    the first term; it and `weight` may be broadcast. Raises ShapeError for shapes that differ.
    """
    _check_alike(input, target)
    weight, n = _broadcast("weight", weight, input), _divisor(input, reduction)
    positive = _broadcast("pos_weight", pos_weight, input)
    losses = np.maximum(input, 0) - input * target + np.log1p(np.exp(-np.abs(input)))
    if positive is not None:
        missed = np.maximum(-input, 0) + np.log1p(np.exp(-np.abs(input)))
        losses = losses + (positive - 1) * target * missed

    def pullback(g: Array) -> tuple[Array, Array]:
        share = g / n if weight is None else g / n * weight
        sure = 0.5 * np.tanh(0.5 * input) + 0.5
        if positive is None:
            return share * (sure - target), -share * input
        more = positive - 1
        return share * (sure - target - more * target * (1 - sure)), share * (more * missed - input)

    return _reduced(losses, n, reduction, weight), pullback


@op
def kl_div(
    input: Float, target: Beside,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean", log_target: bool = False,
) -> Result:  # fmt: skip
    """t·(log t − input): log-probabilities beside probabilities t, or with `log_target` their logs.

    “mean” is over all numbers, “batchmean” by the length of the first axis: that is the divergence
    of Kullback & Leibler (1951).
    """
    _check_alike(input, target)
    n: Any = max(len(input) if input.ndim else 1, 1) if reduction == "batchmean" else 1
    if reduction == "mean":
        n = max(input.size, 1)
    if log_target:
        t, log_t = np.exp(target), target
    else:
        t = target
        log_t = np.log(target + np.equal(raw(target), 0))
    losses = t * (log_t - input)

    def pullback(g: Array) -> tuple[Array, Array]:
        d_target = losses + t if log_target else log_t + 1 - input
        return -(g / n) * t, g / n * d_target

    return losses if reduction == "none" else losses.sum() / n, pullback


def _check_alike(input: Any, target: Any) -> None:
    if input.shape != np.shape(raw(target)):
        raise ShapeError(
            tr("input {shape}, target {target} must be alike").format(
                shape=input.shape, target=np.shape(raw(target))
            )
        )


def _divisor(losses: Any, reduction: Reduction, weight: Array | None = None) -> Any:
    """What the sum is divided by: for a mean their count, or the weight of all; else 1."""
    if reduction != "mean":
        return 1
    return max(losses.size, 1) if weight is None else float(weight.sum()) or 1


def _reduced(losses: Any, n: Any, reduction: Reduction, weight: Array | None = None) -> Any:
    """Losses times their weight, all of them or their sum, over n."""
    if weight is not None:
        losses = losses * weight
    if reduction == "none":
        return losses if n == 1 else losses / n
    return losses.sum() / n


def _to_both(slope: Callable[[Array], Array], weight: Array | None = None) -> Pullback:
    """The pullback of a loss of a difference: what the input gets, the target gets reversed."""

    def pullback(g: Array) -> tuple[Array, Array]:
        d_input = slope(g) if weight is None else slope(g) * weight
        return d_input, -d_input

    return pullback


def _weight(weight: Any, input: Any) -> Array | None:
    """A weight for each number of the input, in its type. Raises ShapeError for another shape."""
    if weight is None:
        return None
    found = plain_array(weight, "weight")
    if found.shape != input.shape:
        raise ShapeError(
            tr("weight {shape} must have the shape of input {input_shape}").format(
                shape=found.shape, input_shape=input.shape
            )
        )
    return found.astype(input.dtype)


def _broadcast(name: str, weight: Any, input: Any) -> Array | None:
    """A weight that is repeated up to the input's shape, in its type. Raises ShapeError."""
    if weight is None:
        return None
    found = plain_array(weight, name)
    lengths = zip(found.shape[::-1], input.shape[::-1], strict=False)
    if found.ndim > input.ndim or any(n not in (1, m) for n, m in lengths):
        raise ShapeError(
            tr("{name} {shape} cannot be repeated up to input {input_shape}").format(
                name=name, shape=found.shape, input_shape=input.shape
            )
        )
    return found.astype(input.dtype)


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
