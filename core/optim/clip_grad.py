"""Gradient clipping by norm or value, in place, before a step."""

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe, to_float
from core.autograd import Tensor
from core.errors import ArgumentError
from core.nn.module import Module
from core.translation import tr

Gradients: TypeAlias = NDArray[Any] | Module | Tensor | Iterable[Tensor]
"""Whose gradients: an array of them, a network, or parameters."""

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


def clip_grad_norm_(parameters: Gradients, max_norm: float, norm: float | None = None) -> float:
    """Shorten gradients to the length `max_norm` where they are longer; their direction stays.

    `parameters` are a network, its parameters, or one array (P,) of gradients, as arena.grad.
    Returns the length they had; who knows it already says so as `norm`. One factor for all, as
    torch's `clip_grad_norm_` (Pascanu et al. 2013). A gradient that holds NaN or infinity has no
    direction and is left as it is; its length says so. Raises ArgumentError for a limit that is
    negative or no number.
    """
    grads, limit = _arrays(parameters), _limit(max_norm)
    if norm is None:
        norms = [grad_norm(grad) for grad in grads]
        norm = norms[0] if len(norms) == 1 else math.hypot(*norms)
    factor = limit / (norm + _EPS)
    if factor < 1 and math.isfinite(norm):
        for grad in grads:
            if factor > _SAFE:
                grad *= grad.dtype.type(factor)
            else:
                grad[...] = grad.astype(np.float64) * factor
    return norm


def clip_grad_value_(parameters: Gradients, clip_value: float) -> None:
    """Keep every number of the gradients within ±`clip_value`, as torch's `clip_grad_value_`.

    Their direction changes: large numbers lose, small ones stay. Takes and raises what
    `clip_grad_norm_` does.
    """
    limit = _limit(clip_value)
    for grad in _arrays(parameters):
        np.clip(grad, -limit, limit, out=grad)


def _arrays(parameters: Any) -> list[NDArray[Any]]:
    """The arrays of gradients; parameters that have none are left out."""
    if isinstance(parameters, np.ndarray):
        found = [parameters]
    else:
        if isinstance(parameters, Module):
            parameters = parameters.parameters()
        try:
            tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
        except TypeError:
            tensors = [None]
        if any(not isinstance(tensor, Tensor) for tensor in tensors):
            raise ArgumentError(_refusal(parameters))
        found = [tensor.grad for tensor in tensors if tensor.grad is not None]
    if any(grad.dtype.kind != "f" for grad in found):
        raise ArgumentError(_refusal(parameters))
    return found


def _refusal(parameters: object) -> str:
    return tr(
        "Gradients are those of a network or of parameters, or an array of floats, as arena.grad, "
        "not {parameters}."
    ).format(parameters=describe(parameters))


def _limit(value: float) -> float:
    found = to_float(value)
    if found is None or found < 0:
        raise ArgumentError(
            tr("A limit for gradients is a number from 0, not {value}.").format(
                value=describe(value)
            )
        )
    return found
