"""Layer normalisation in plain numpy."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def layer_norm_forward(
    x: Array, weight: Array | None, bias: Array | None, eps: float
) -> tuple[Array, Array, Array]:
    """x (N, D) → y, the standardised x, both (N, D), and 1 / √(variance + eps), (N, 1)."""
    deviation = x - x.mean(axis=1, keepdims=True)
    variance = np.mean(deviation * deviation, axis=1, keepdims=True)
    inverse = 1 / np.sqrt(variance + x.dtype.type(eps))
    standard = deviation * inverse
    y = standard if weight is None else standard * weight
    return y if bias is None else y + bias, standard, inverse


def layer_norm_backward(
    g: Array, standard: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    """From g (N, D), what x (N, D), weight and bias (D,) get."""
    scaled = g if weight is None else g * weight
    along = np.mean(scaled * standard, axis=1, keepdims=True)
    d_x = (scaled - scaled.mean(axis=1, keepdims=True) - standard * along) * inverse
    return d_x, np.sum(g * standard, axis=0), g.sum(axis=0)
