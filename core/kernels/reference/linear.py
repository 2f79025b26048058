"""Linear layers in plain numpy; `numba/linear.py` has the compiled twins."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def linear_forward(x: Array, weight: Array, bias: Array | None, relu: bool = False) -> Array:
    """x·Wᵀ + b, cut off below zero by `relu`. x (N, in), weight (out, in) → (N, out)."""
    y = x @ weight.T
    if bias is not None:
        y += bias
    return np.maximum(y, 0, out=y) if relu else y


def linear_backward(
    g: Array, x: Array, weight: Array, y: Array | None, needs: tuple[bool, bool, bool]
) -> tuple[Array | None, Array | None, Array | None]:
    """From g (N, out), what x, weight and bias get; `y` is the result where a ReLU cut it."""
    if y is not None:
        g = g * (y > 0)
    return (
        g @ weight if needs[0] else None,
        g.T @ x if needs[1] else None,
        g.sum(axis=0) if needs[2] else None,
    )
