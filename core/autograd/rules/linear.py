"""Matrix products."""

from typing import Literal

import numpy as np

from core.autograd.tape import Array, Pullback, op
from core.errors import ShapeError

Result = tuple[Array, Pullback]
Activation = Literal["relu"] | None
Needs = tuple[bool, ...]
_ALL: Needs = (True, True, True)


@op
def matmul(a: Array, b: Array) -> Result:
    """a @ b for matrices and stacks of matrices (…, n, k) @ (…, k, m)."""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"{a.shape} @ {b.shape}: the inner lengths must agree")

    def pullback(g: Array) -> tuple[Array, Array]:
        return g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g

    return a @ b, pullback


@op
def linear(
    x: Array, weight: Array, bias: Array, activation: Activation = None, needs: Needs = _ALL
) -> Result:
    """x·Wᵀ + b, optionally through ReLU in the same pass.

    x (N, in), weight (out, in), bias (out,) → (N, out).
    """
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ShapeError(f"x {x.shape}, weight {weight.shape} expects x (N, {weight.shape[1]})")
    y = x @ weight.T
    y += bias
    if activation == "relu":
        np.maximum(y, 0, out=y)

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        if activation == "relu":
            g = g * (y > 0)
        return (
            g @ weight if needs[0] else None,
            g.T @ x if needs[1] else None,
            g.sum(axis=0) if needs[2] else None,
        )

    return y, pullback
