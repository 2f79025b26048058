"""Reductions: sum, mean, var, std, max, min, amax, amin, logsumexp; cumsum."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from core.autograd.operands import Array, Float, Number
from core.autograd.ops.indexing import add_to_zeros, along
from core.autograd.registry import OPS
from core.autograd.tape import Result, op
from core.autograd.tensor import Tensor, raw, sum_over

Dim = int | tuple[int, ...] | None


@op
def sum(a: Number, dim: Dim = None, keepdim: bool = False) -> Result:
    """Sum over axes."""
    if dim is not None:
        _count(a, dim)

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_with_reduced_dims(g, a, dim, keepdim), a.shape)

    return sum_over(a, dim, keepdim), pullback


@op
def mean(a: Float, dim: Dim = None, keepdim: bool = False) -> Result:
    """Mean over axes; NaN of no numbers, as in torch."""
    n = _count(a, dim)
    share = a.dtype.type(1 / n if n else 0.0)

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_with_reduced_dims(g, a, dim, keepdim) * share, a.shape)

    return _divide(sum_over(a, dim, keepdim), n), pullback


@op
def var(a: Float, dim: Dim = None, unbiased: bool = True, keepdim: bool = False) -> Result:
    """Variance over axes, Σ(a − mean)² / (n − 1), or over n where not `unbiased`.

    NaN where the divisor is zero, as in torch.
    """
    return _variance(a, dim, unbiased, keepdim)


@op
def std(a: Float, dim: Dim = None, unbiased: bool = True, keepdim: bool = False) -> Result:
    """Standard deviation over axes, the root of `var`; slope 0 where it is 0, as in torch."""
    variance, pullback = _variance(a, dim, unbiased, keepdim)
    y = np.sqrt(variance)
    flat = np.equal(raw(y), 0)
    return y, lambda g: pullback(g * ~flat / (2 * (y + flat)))


@op
def max(a: Array, dim: int | None = None, keepdim: bool = False) -> Result:
    """Largest value along one axis; the first of equals gets the gradient, as in torch.

    Of all numbers where there is no `dim`; then equals share the gradient.
    """
    return _extreme(a, np.max, np.argmax, dim, keepdim)


@op
def min(a: Array, dim: int | None = None, keepdim: bool = False) -> Result:
    """Smallest value along one axis; the first of equals gets the gradient, as in torch.

    Of all numbers where there is no `dim`; then equals share the gradient.
    """
    return _extreme(a, np.min, np.argmin, dim, keepdim)


@op
def amax(a: Array, dim: Dim = None, keepdim: bool = False) -> Result:
    """Largest value over axes; equals share the gradient, as in torch."""
    return _shared(a, raw(a).max(axis=dim, keepdims=True), dim, keepdim)


@op
def amin(a: Array, dim: Dim = None, keepdim: bool = False) -> Result:
    """Smallest value over axes; equals share the gradient, as in torch."""
    return _shared(a, raw(a).min(axis=dim, keepdims=True), dim, keepdim)


@op
def logsumexp(a: Float, dim: Dim = None, keepdim: bool = False) -> Result:
    """log Σ eᵃ over axes; the maximum is subtracted first."""
    _count(a, dim)
    top = raw(a).max(axis=dim, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    powers = np.exp(a - top)
    total = sum_over(powers, dim, True)
    with np.errstate(divide="ignore"):  # −∞ alone gives −∞
        y = np.log(raw(total)) + top
    share = powers / (total + np.equal(raw(total), 0))
    y = y if keepdim else y.squeeze(tuple(range(a.ndim)) if dim is None else dim)
    return y, lambda g: _with_reduced_dims(g, a, dim, keepdim) * share


@op
def cumsum(a: Number, dim: int) -> Result:
    """Sums of the numbers up to each one along an axis."""
    axis = normalize_axis_index(dim, a.ndim)
    back = (*[slice(None)] * axis, slice(None, None, -1))
    return _running_sum(a, axis), lambda g: _running_sum(g[back], axis)[back]


def _running_sum(a: Any, axis: int) -> Any:
    return OPS["cumsum"].apply(a, axis) if isinstance(a, Tensor) else np.cumsum(a, axis)


def _variance(a: Any, dim: Dim, unbiased: bool, keepdim: bool) -> Result:
    n = _count(a, dim)
    distance = a - _divide(sum_over(a, dim, True), n)

    def pullback(g: Array) -> Array:
        return _divide(2 * _with_reduced_dims(g, a, dim, keepdim) * distance, n - unbiased)

    squares = distance * distance
    return _divide(sum_over(squares, dim, keepdim), n - unbiased), pullback


def _first(a: Any, best: Any, dim: int, keepdim: bool) -> Result:
    """Along one axis the numbers at the places `best`."""
    place = along(np.expand_dims(best, dim), dim)
    y = raw(a)[place]

    def pullback(g: Array) -> Array:
        return add_to_zeros(_with_reduced_dims(g, a, dim, keepdim), place, a.shape, once=True)

    return y if keepdim else y.squeeze(dim), pullback


def _extreme(a: Array, largest: Any, place_of: Any, dim: int | None, keepdim: bool) -> Result:
    """The maximum or minimum of all numbers, or along one axis with its first place there."""
    if dim is None:
        return _shared(a, largest(raw(a), keepdims=True), None, keepdim)
    _count(a, dim)
    return _first(a, place_of(raw(a), axis=dim), dim, keepdim)


def _shared(a: Any, best: Array, dim: Dim, keepdim: bool) -> Result:
    """The values `best`, with reduced axes kept; a gradient is split evenly among equals."""
    _count(a, dim)
    equal = np.equal(raw(a), raw(best)) | (np.isnan(raw(a)) & np.isnan(raw(best)))
    share = equal / equal.sum(axis=dim, keepdims=True, dtype=a.dtype)
    reduced = tuple(range(a.ndim)) if dim is None else dim
    y = best if keepdim else best.squeeze(reduced)
    return y, lambda g: _with_reduced_dims(g, a, dim, keepdim) * share


def _count(a: Array, dim: Dim) -> int:
    """How many numbers become one. Raises ShapeError for an axis that is not there."""
    axes = range(a.ndim) if dim is None else normalize_axis_tuple(dim, a.ndim)
    return math.prod(a.shape[i] for i in axes)


def _divide(total: Any, n: int) -> Any:
    """total / n, quietly NaN where n is no divisor."""
    return total / n if n > 0 else total * math.nan


def _with_reduced_dims(g: Array, a: Array, dim: Dim, keepdim: bool) -> Array:
    """A reduced gradient with its reduced axes back, of length one."""
    if keepdim or dim is None:
        return g.reshape((1,) * a.ndim) if dim is None and not keepdim else g
    return np.expand_dims(g, dim)
