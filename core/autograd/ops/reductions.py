"""Rules that make fewer numbers of many: sums, means, spreads, extremes."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from core.autograd.operands import Array, Float, Number
from core.autograd.ops.indexing import add_to_zeros, along
from core.autograd.tape import Pullback, op
from core.autograd.tensor import raw

Result = tuple[Array, Pullback]
Axis = int | tuple[int, ...] | None


@op
def sum(a: Number, axis: Axis = None, keepdims: bool = False) -> Result:
    """Sum over axes."""
    if axis is not None:
        _count(a, axis)

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_restored(g, a, axis, keepdims), a.shape)

    return a.sum(axis=axis, keepdims=keepdims), pullback


@op
def mean(a: Float, axis: Axis = None, keepdims: bool = False) -> Result:
    """Mean over axes; NaN of no numbers, as in torch."""
    n = _count(a, axis)
    share = a.dtype.type(1 / n if n else 0.0)

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_restored(g, a, axis, keepdims) * share, a.shape)

    return _over(a.sum(axis=axis, keepdims=keepdims), n), pullback


@op
def var(a: Float, axis: Axis = None, unbiased: bool = True, keepdims: bool = False) -> Result:
    """Variance over axes, Σ(a − mean)² / (n − 1), or over n where not `unbiased`.

    NaN where the divisor is zero, as in torch.
    """
    return _variance(a, axis, unbiased, keepdims)


@op
def std(a: Float, axis: Axis = None, unbiased: bool = True, keepdims: bool = False) -> Result:
    """Standard deviation over axes, the root of `var`; slope 0 where it is 0, as in torch."""
    variance, pullback = _variance(a, axis, unbiased, keepdims)
    y = np.sqrt(variance)
    flat = np.equal(raw(y), 0)
    return y, lambda g: pullback(g * ~flat / (2 * (y + flat)))


@op
def max(a: Array, axis: int | None = None, keepdims: bool = False) -> Result:
    """Largest value along one axis; the first of equals gets the gradient, as in torch.

    Of all numbers where there is no `axis`; then equals share the gradient.
    """
    if axis is None:
        return _shared(a, raw(a).max(keepdims=True), None, keepdims)
    _count(a, axis)
    return _first(a, raw(a).argmax(axis=axis), axis, keepdims)


@op
def min(a: Array, axis: int | None = None, keepdims: bool = False) -> Result:
    """Smallest value along one axis; the first of equals gets the gradient, as in torch.

    Of all numbers where there is no `axis`; then equals share the gradient.
    """
    if axis is None:
        return _shared(a, raw(a).min(keepdims=True), None, keepdims)
    _count(a, axis)
    return _first(a, raw(a).argmin(axis=axis), axis, keepdims)


@op
def amax(a: Array, axis: Axis = None, keepdims: bool = False) -> Result:
    """Largest value over axes; equals share the gradient, as in torch."""
    return _shared(a, raw(a).max(axis=axis, keepdims=True), axis, keepdims)


@op
def amin(a: Array, axis: Axis = None, keepdims: bool = False) -> Result:
    """Smallest value over axes; equals share the gradient, as in torch."""
    return _shared(a, raw(a).min(axis=axis, keepdims=True), axis, keepdims)


def _variance(a: Any, axis: Axis, unbiased: bool, keepdims: bool) -> Result:
    n = _count(a, axis)
    distance = a - _over(a.sum(axis=axis, keepdims=True), n)

    def pullback(g: Array) -> Array:
        return _over(2 * _restored(g, a, axis, keepdims) * distance, n - unbiased)

    squares = distance * distance
    return _over(squares.sum(axis=axis, keepdims=keepdims), n - unbiased), pullback


def _first(a: Any, best: Any, axis: int, keepdims: bool) -> Result:
    """Along one axis the numbers at the places `best`."""
    place = along(np.expand_dims(best, axis), axis)
    y = raw(a)[place]

    def pullback(g: Array) -> Array:
        return add_to_zeros(_restored(g, a, axis, keepdims), place, a.shape, once=True)

    return y if keepdims else y.squeeze(axis), pullback


def _shared(a: Any, best: Array, axis: Axis, keepdims: bool) -> Result:
    """The values `best`, with reduced axes kept; a gradient is split evenly among equals."""
    _count(a, axis)
    equal = np.equal(raw(a), raw(best)) | (np.isnan(raw(a)) & np.isnan(raw(best)))
    share = equal / equal.sum(axis=axis, keepdims=True, dtype=a.dtype)
    reduced = tuple(range(a.ndim)) if axis is None else axis
    y = best if keepdims else best.squeeze(reduced)
    return y, lambda g: _restored(g, a, axis, keepdims) * share


def _count(a: Array, axis: Axis) -> int:
    """How many numbers become one. Raises ShapeError for an axis that is not there."""
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
    return math.prod(a.shape[i] for i in axes)


def _over(total: Any, n: int) -> Any:
    """total / n, quietly NaN where n is no divisor."""
    return total / n if n > 0 else total * math.nan


def _restored(g: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    """A reduced gradient with its reduced axes back, of length one."""
    if keepdims or axis is None:
        return g.reshape((1,) * a.ndim) if axis is None and not keepdims else g
    return np.expand_dims(g, axis)
