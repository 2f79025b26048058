"""Gradient clipping by norm or value, in place, before a step."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe, to_float
from core.errors import ArgumentError
from core.translation import tr

_EPS = 1e-6
_SAFE = 1e-30
"""Smaller sums of float32 squares have lost digits, or everything."""


def grad_norm(grad: NDArray[Any]) -> float:
    """The Euclidean length √Σg² of all gradients (P,) together; no square overflows.

    Infinite or NaN only where a gradient is.
    """
    grad = grad.ravel()
    with np.errstate(over="ignore"):
        square = float(np.dot(grad, grad))
    if _SAFE < square < math.inf or not grad.size:
        return math.sqrt(square)
    largest = float(np.abs(grad).max())
    if not 0 < largest < math.inf:
        return largest
    shares = grad.astype(np.float64) / largest
    return largest * math.sqrt(np.dot(shares, shares))


def row_norms(rows: NDArray[Any]) -> NDArray[np.float64]:
    """The Euclidean lengths (N,) of rows (N, …); squares are summed in float64."""
    flat = rows.reshape(len(rows), -1)
    return np.sqrt(np.einsum("nf,nf->n", flat, flat, dtype=np.float64))


def clip_grad_norm_(grad: NDArray[Any], limit: float, norm: float | None = None) -> float:
    """Shorten `grad` (P,) to the length `limit` where it is longer; its direction stays.

    Returns the length it had; who knows it already says so as `norm`. One factor for all
    parameters, as torch's `clip_grad_norm_` (Pascanu et al. 2013). A gradient that holds NaN or
    infinity has no direction and is left as it is; its length says so. Raises ArgumentError for a
    limit that is negative or no number.
    """
    limit = _limit(grad, limit)
    norm = grad_norm(grad) if norm is None else norm
    factor = limit / (norm + _EPS)
    if factor < 1 and math.isfinite(norm):
        if factor > _SAFE:
            grad *= grad.dtype.type(factor)
        else:
            grad[...] = grad.astype(np.float64) * factor
    return norm


def clip_grad_value_(grad: NDArray[Any], limit: float) -> None:
    """Keep every number of `grad` (P,) within ±`limit`, as torch's `clip_grad_value_`.

    Its direction changes: large numbers lose, small ones stay. Raises ArgumentError as
    `clip_grad_norm_`.
    """
    limit = _limit(grad, limit)
    np.clip(grad, -limit, limit, out=grad)


def _limit(grad: NDArray[Any], value: float) -> float:
    if not isinstance(grad, np.ndarray) or grad.dtype.kind != "f":
        raise ArgumentError(
            tr("Gradients are an array of floats, as arena.grad, not {grad}.").format(
                grad=describe(grad)
            )
        )
    found = to_float(value)
    if found is None or found < 0:
        raise ArgumentError(
            tr("A limit for gradients is a number from 0, not {value}.").format(
                value=describe(value)
            )
        )
    return found
