"""Is a derivative right? Central differences against the tape, for every input."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.autograd.tensor import Tensor
from core.errors import LabError

Array = NDArray[np.float64]


def gradcheck(
    function: Callable[..., Tensor], *inputs: Array, eps: float = 1e-6, tolerance: float = 1e-6
) -> float:
    """Compare all gradients of `function` with central differences in float64.

    The gradient of what follows is random: all ones would hide many a mistake. Returns the largest
    difference relative to the largest gradient; raises LabError naming the input when it exceeds
    `tolerance`.
    """
    tensors = [Tensor(np.array(x, np.float64), requires_grad=True) for x in inputs]
    result = function(*tensors)
    upstream = np.random.default_rng(0).standard_normal(result.shape)
    result.backward(upstream)
    worst = 0.0
    for number, tensor in enumerate(tensors):
        expected = _differences(lambda: function(*tensors).data, tensor.data, upstream, eps)
        found = np.zeros_like(expected) if tensor.grad is None else tensor.grad
        scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
        error = float(np.abs(found - expected).max(initial=0.0)) / scale
        if not error <= tolerance:
            place = np.unravel_index(np.argmax(np.abs(found - expected)), expected.shape)
            raise LabError(
                f"The gradient of input {number} is wrong by {error:.2g}: at "
                f"{tuple(map(int, place))} the tape says {found[place]:.6g}, the difference "
                f"quotient {expected[place]:.6g}."
            )
        worst = max(worst, error)
    return worst


def _differences(value: Callable[[], Array], x: Array, upstream: Array, eps: float) -> Array:
    """d(upstream · value)/dx by moving each element of `x` both ways, in place."""
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        before = x[place]
        x[place] = before + eps
        above = value().copy()  # both may be views of `x`
        x[place] = before - eps
        below = value().copy()
        x[place] = before
        slopes[place] = np.sum(upstream * (above - below)) / (2 * eps)
    return slopes
