"""Batch normalisation in plain numpy. Channels are the second axis."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def batch_moments(x: Array) -> tuple[Array, Array]:
    """x (N, C, …) → mean and variance of each channel, both (C,)."""
    axes = (0, *range(2, x.ndim))
    return x.mean(axis=axes), x.var(axis=axes)


def batch_norm_forward(
    x: Array, mean: Array, inverse: Array, weight: Array | None, bias: Array | None
) -> Array:
    """(x − mean)·inverse·weight + bias; x (N, C, …), the rest (C,)."""
    spread = _spread(x)
    y = (x - mean[spread]) * inverse[spread]
    y = y if weight is None else y * weight[spread]
    return y if bias is None else y + bias[spread]


def batch_norm_backward(
    g: Array, x: Array, mean: Array, inverse: Array, weight: Array | None, by_batch: bool
) -> tuple[Array, Array, Array]:
    """From g (N, C, …), what x, weight and bias get; `by_batch`: mean and inverse came from x."""
    spread = _spread(x)
    axes = (0, *range(2, x.ndim))
    standard = (x - mean[spread]) * inverse[spread]
    d_weight, d_bias = (g * standard).sum(axis=axes), g.sum(axis=axes)
    d_x = g
    if by_batch and x.size:
        share = g.dtype.type(x.shape[1] / x.size)
        d_x = g - (d_bias * share)[spread] - standard * (d_weight * share)[spread]
    scale = inverse if weight is None else weight * inverse
    return d_x * scale[spread], d_weight, d_bias


def _spread(x: Array) -> tuple[slice | None, ...]:
    """How (C,) is indexed to lie along the second axis of x."""
    return slice(None), *(None,) * (x.ndim - 2)
