"""Gradients cut down to size, in place, before a step."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_EPS = 1e-6


def norm_of(grad: NDArray[Any]) -> float:
    """The Euclidean length √Σg² of all gradients (P,) together."""
    return math.sqrt(np.dot(grad, grad))


def clip_by_norm(grad: NDArray[Any], limit: float, norm: float | None = None) -> float:
    """Shorten `grad` (P,) to the length `limit` where it is longer; its direction stays.

    Returns the length it had; who knows it already says so as `norm`. One factor for all
    parameters, as torch's `clip_grad_norm_` (Pascanu et al. 2013).
    """
    norm = norm_of(grad) if norm is None else norm
    factor = limit / (norm + _EPS)
    if factor < 1:
        grad *= grad.dtype.type(factor)
    return norm


def clip_by_value(grad: NDArray[Any], limit: float) -> None:
    """Keep every number of `grad` (P,) within ±`limit`, as torch's `clip_grad_value_`.

    Its direction changes: large numbers lose, small ones stay.
    """
    np.clip(grad, -limit, limit, out=grad)
