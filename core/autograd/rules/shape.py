"""Rules that move numbers about or add them up."""

import math
from typing import Any

import numpy as np

from core.autograd.tape import Array, Pullback, op

Result = tuple[Array, Pullback]
Axis = int | tuple[int, ...] | None


@op
def reshape(a: Array, shape: tuple[int, ...]) -> Result:
    """The same numbers in another shape; one length may be −1."""
    return a.reshape(shape), lambda g: g.reshape(a.shape)


@op
def flatten(a: Array) -> Result:
    """(N, …) → (N, rest)."""
    return a.reshape(len(a), math.prod(a.shape[1:])), lambda g: g.reshape(a.shape)


@op
def transpose(a: Array, axes: tuple[int, ...] | None = None) -> Result:
    """Axes in another order; reversed without `axes`."""
    back = None if axes is None else tuple(np.argsort(axes))
    return a.transpose(axes), lambda g: g.transpose(back)


@op
def getitem(a: Array, index: Any) -> Result:
    """a[index], any numpy index; repeated elements add up their gradients."""

    def pullback(g: Array) -> Array:
        full = np.zeros_like(a)
        np.add.at(full, index, g)
        return full

    return a[index], pullback


@op
def sum(a: Array, axis: Axis = None, keepdims: bool = False) -> Result:
    """Sum over axes."""

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_restored(g, a, axis, keepdims), a.shape)

    return a.sum(axis=axis, keepdims=keepdims), pullback


@op
def mean(a: Array, axis: Axis = None, keepdims: bool = False) -> Result:
    """Mean over axes."""
    y = a.mean(axis=axis, keepdims=keepdims)
    share = np.size(y) / a.size if a.size else 0.0

    def pullback(g: Array) -> Array:
        return np.broadcast_to(_restored(g, a, axis, keepdims) * a.dtype.type(share), a.shape)

    return y, pullback


@op
def max(a: Array, axis: int, keepdims: bool = False) -> Result:
    """Largest value along one axis; the first of equals gets the gradient."""
    where = np.expand_dims(a.argmax(axis=axis), axis)

    def pullback(g: Array) -> Array:
        full = np.zeros_like(a)
        np.put_along_axis(full, where, _restored(g, a, axis, keepdims), axis)
        return full

    y = np.take_along_axis(a, where, axis)
    return y if keepdims else y.squeeze(axis), pullback


def _restored(g: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    """A reduced gradient with its reduced axes back, of length one."""
    if keepdims or axis is None:
        return g.reshape((1,) * a.ndim) if axis is None and not keepdims else g
    return np.expand_dims(g, axis)
