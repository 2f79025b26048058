"""Softmax and the losses of class numbers; softmax cross-entropy is `kernels/reference/losses.py`.

Scores are (N, C, …) or (C,), targets (N, …) or () whole numbers, as in torch. `weight` (C,) says
how much each class counts; a target that is `ignore_index` counts nothing. `reduction` “mean”
divides by the weight of all targets, “sum” only adds, “none” keeps the loss of each target. The
mean of no targets is 0, where torch says NaN.
"""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from core.arguments import UnitInterval, plain_array
from core.autograd.operands import Array, Constant, Float
from core.autograd.registry import OPS
from core.autograd.tape import Result, op
from core.autograd.tensor import raw, sum_over
from core.errors import LabError, ShapeError
from core.kernels.engine import kernel
from core.translation import tr

ClassIndices = Array
_UNSIGNED: dict[Any, np.dtype[Any]] = {
    np.dtype(np.int64): np.dtype(np.uint64),
    np.dtype(np.int32): np.dtype(np.uint32),
}
Reduction = Literal["mean", "sum", "none"]


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
def cross_entropy(
    input: Float, target: ClassIndices, weight: Constant = None, ignore_index: int = -100,
    reduction: Reduction = "mean", label_smoothing: UnitInterval = 0.0,
) -> Result:  # fmt: skip
    """−log softmax at the target class; input (N, C, …) or (C,), target (N, …) or () integers.

    `label_smoothing` gives that share of the target to all classes evenly (Szegedy et al. 2016).
    Raises ShapeError for a target that does not fit.
    """
    if not isinstance(input, np.ndarray):
        raise NotImplementedError(tr("the kernels of cross_entropy take arrays only"))
    target, kept = _read_targets(target, input, ignore_index)
    rows, labels = input, target
    if input.ndim != 2:
        axis = class_axis(input)
        rows = np.moveaxis(input, axis, -1).reshape(target.size, input.shape[axis])
        labels, kept = target.reshape(-1), None if kept is None else kept.reshape(-1)
    if weight is None and reduction != "none" and not label_smoothing:
        loss, gradient = _plain_cross_entropy(rows, labels, kept, reduction)
    else:
        loss, gradient = _each_cross_entropy(rows, labels, kept, weight, label_smoothing)
        n = _divisor(labels, _weights_of(labels, kept, weight, rows), reduction)
        gradient /= n
        loss = loss.reshape(target.shape) if reduction == "none" else loss.sum() / n

    def pullback(g: Array) -> tuple[Array, None]:
        d_rows = (g.reshape(len(rows), 1) if reduction == "none" else g) * gradient
        if input.ndim == 2:
            return d_rows, None
        classes_last = d_rows.reshape(*target.shape, rows.shape[1])
        return np.moveaxis(classes_last, -1, class_axis(input)), None

    return np.asarray(loss, input.dtype), pullback


def _plain_cross_entropy(
    rows: Array, labels: ClassIndices, kept: Array | None, reduction: Reduction
) -> tuple[Any, Array]:
    """Mean or sum over rows (n, C), each of which counts one or, where not `kept`, nothing."""
    if kept is not None:
        gradient = np.zeros_like(rows)
        loss, gradient[kept] = _plain_cross_entropy(rows[kept], labels[kept], None, reduction)
        return loss, gradient
    if not len(labels):
        return 0.0, np.zeros_like(rows)
    loss, gradient = kernel("softmax_cross_entropy")(rows, labels)
    if reduction == "sum":
        return loss * len(labels), gradient * len(labels)
    return loss, gradient


def _each_cross_entropy(
    rows: Array, labels: ClassIndices, kept: Array | None, weight: Any, share: float
) -> tuple[Array, Array]:
    """The loss of each row (n,) and its gradient (n, C); `share` is spread over all classes."""
    log_p, _ = OPS["log_softmax"].rule(rows, 1)
    right = np.arange(len(labels)), labels
    each = _weights_of(labels, kept, weight, rows)
    wanted = np.zeros_like(rows)
    wanted[right] = 1 - share if each is None else (1 - share) * each
    loss = (share - 1) * _weighted(log_p[right], each)
    if share:
        even = np.full(rows.shape[1], share / rows.shape[1], rows.dtype)
        if weight is not None:
            even *= _class_weights(weight, rows)
        spread = (even * log_p).sum(axis=1)
        if kept is None:
            wanted += even
        else:
            wanted[kept] += even
            spread[~kept] = 0
        loss -= spread
    return loss, np.exp(log_p) * wanted.sum(axis=1, keepdims=True) - wanted


@op
def nll_loss(
    input: Float, target: ClassIndices, weight: Constant = None, ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Result:  # fmt: skip
    """−input at the target class; log-probabilities (N, C, …) or (C,), target (N, …) or ().

    Raises ShapeError for a target that does not fit.
    """
    target, kept = _read_targets(target, input, ignore_index)
    each = _weights_of(target, kept, weight, input)
    n = _divisor(target, each, reduction)
    right = _places(target, input)

    def pullback(g: Array) -> tuple[Array, None]:
        share = np.zeros(input.shape, input.dtype)
        share[right] = -1 / n if each is None else -each / n
        if reduction == "none":
            g = np.expand_dims(g, class_axis(input))
        return g * share, None

    picked = _weighted(raw(input)[right], each)
    if reduction == "none":
        return -picked, pullback
    return -picked.sum() / n, pullback


@op
def multi_margin_loss(
    input: Float, target: ClassIndices, p: int = 1, margin: float = 1.0, weight: Constant = None,
    reduction: Reduction = "mean",
) -> Result:  # fmt: skip
    """Multi-class hinge loss: Σ max(0, margin − xₜ + xₖ)ᵖ / C over classes k ≠ t.

    input x (N, C, …) or (C,), target t (N, …) or () integers, p 1 or 2 (Crammer & Singer 2001;
    Weston & Watkins 1999), in torch's form: the mean is over all targets, whatever they weigh.
    Raises ShapeError for a target that does not fit, LabError for another p.
    """
    target, _ = _read_targets(target, input, None)
    if p not in (1, 2):
        raise LabError(tr("multi_margin_loss(p={p}): 1 or 2").format(p=p))
    axis, right = class_axis(input), _places(target, input)
    hot = np.zeros(input.shape, input.dtype)
    hot[right] = 1
    gap = margin - np.expand_dims(input[right], axis) + input
    counts = 1 - hot
    short = np.maximum(gap, 0) * counts
    if weight is not None:
        counts = counts * np.expand_dims(_class_weights(weight, input)[target], axis)
    n = max(input.size if reduction == "mean" else input.shape[axis], 1)

    def pullback(g: Array) -> tuple[Array, None]:
        slope = np.greater(raw(short), 0) * counts if p == 1 else 2 * short * counts
        if reduction == "none":
            g = np.expand_dims(g, axis)
        return g / n * (slope - hot * sum_over(slope, axis, True)), None

    losses = raw(short) ** p if weight is None else raw(short) ** p * counts
    return (losses.sum(axis=axis) if reduction == "none" else losses.sum()) / n, pullback


def class_axis(input: Any) -> int:
    """The axis of the classes: the second, or the only one."""
    return min(input.ndim, 2) - 1


def _read_targets(
    target: ArrayLike, input: Any, ignore_index: int | None
) -> tuple[ClassIndices, Array | None]:
    """Targets that fit the scores, and which of them count: None where all do.

    One that does not is class 0. Raises ShapeError.
    """
    target = np.asarray(target)
    axis, shape = class_axis(input), input.shape
    if target.shape != shape[:axis] + shape[axis + 1 :] or not shape:
        raise _misfit(target, input)
    if not target.size:
        return target.astype(np.intp), None
    if target.dtype.kind not in "iu":
        raise ShapeError(
            tr(
                "targets {shape} are class numbers, whole numbers, not {dtype}: "
                "target.astype(np.int64)"
            ).format(shape=target.shape, dtype=target.dtype)
        )
    classes = shape[axis]
    unsigned = _UNSIGNED.get(target.dtype)  # there a negative number is a very large one
    if unsigned is None:
        inside = target.min() >= 0 and target.max() < classes
    else:
        inside = target.view(unsigned).max() < classes
    if inside and (ignore_index is None or not 0 <= ignore_index < classes):
        return target, None
    kept = np.full(target.shape, True) if ignore_index is None else target != ignore_index
    wrong = np.argwhere(kept & ((target < 0) | (target >= classes)))
    if len(wrong):
        raise _unknown_class(target, tuple(wrong[0].tolist()), input, ignore_index)
    return (target, None) if kept.all() else (np.where(kept, target, 0), kept)


def _misfit(target: Array, input: Any) -> ShapeError:
    """A target of the wrong shape, and what was probably meant."""
    axis, shape = class_axis(input), input.shape
    if not shape:
        return ShapeError(
            tr("input {shape} has no classes: (N, C, …) or (C,) is needed").format(shape=shape)
        )
    wanted = shape[:axis] + shape[axis + 1 :]
    if target.shape == shape:
        cure = tr(". It holds class numbers, not a number for each class: target.argmax(axis=1)")
    elif target.shape == shape[:-1]:
        order = (0, len(shape) - 1, *range(1, len(shape) - 1))
        cure = tr(". The classes lie on axis 1: F.permute(input, {order})").format(order=order)
    elif math.prod(target.shape) == math.prod(wanted):
        cure = tr(": target.reshape({wanted})").format(wanted=wanted)
    else:
        cure = ""
    return ShapeError(
        tr("input {shape} needs a target {wanted}, not {target}").format(
            shape=shape, wanted=wanted, target=target.shape
        )
        + cure
    )


def _unknown_class(
    target: Array, place: tuple[int, ...], input: Any, ignore_index: int | None
) -> ShapeError:
    """A label outside 0 … C − 1, with its place."""
    classes = input.shape[class_axis(input)]
    said = tr(
        "target{place} is {label}, but input {shape} has {classes} classes, 0 … {last}. Number the "
        "classes from 0, or give the last layer more outputs"
    ).format(
        place=list(place) or "", label=target[place], shape=input.shape, classes=classes,
        last=classes - 1,
    )  # fmt: skip
    if ignore_index is not None:
        said += tr("; a target that shall not count is {ignore_index} (ignore_index)").format(
            ignore_index=ignore_index
        )
    return ShapeError(said)


def _places(target: ClassIndices, input: Any) -> tuple[Any, ...]:
    """The index of the number of each target's class in the scores."""
    if target.ndim == 1:
        return np.arange(len(target)), target
    mesh: list[Any] = list(np.ogrid[tuple(slice(n) for n in target.shape)])
    mesh.insert(class_axis(input), target)
    return tuple(mesh)


def _class_weights(weight: Any, input: Any) -> Array:
    """The weights (C,) of the classes in the type of the scores. Raises ShapeError."""
    found = plain_array(weight, "weight")
    classes = input.shape[class_axis(input)]
    if found.shape != (classes,):
        raise ShapeError(
            tr("weight {shape} must be ({classes},), one for each class of input {input}").format(
                shape=found.shape, classes=classes, input=input.shape
            )
        )
    return found.astype(input.dtype)


def _weights_of(target: ClassIndices, kept: Array | None, weight: Any, input: Any) -> Array | None:
    """The weight of each target, 0 of one that does not count; None where all count one."""
    if weight is None:
        return None if kept is None else kept.astype(input.dtype)
    each = _class_weights(weight, input)[target]
    return each if kept is None else each * kept


def _weighted(losses: Array, each: Array | None) -> Array:
    """Losses times weights; 0 where the weight is 0, whatever the loss is."""
    if each is None:
        return losses
    return np.multiply(losses, each, out=np.zeros_like(losses), where=np.not_equal(each, 0))


def _divisor(target: Array, each: Array | None, reduction: Reduction) -> Any:
    """What a sum of losses is divided by; 1 instead of nothing."""
    if reduction != "mean":
        return 1
    return max(target.size, 1) if each is None else float(each.sum()) or 1
