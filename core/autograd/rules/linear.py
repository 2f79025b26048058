"""Matrix products."""

from typing import Literal

from core.autograd.tape import Array, Pullback, op
from core.errors import ShapeError
from core.kernels.engine import kernel

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
    x: Array,
    weight: Array,
    bias: Array | None = None,
    activation: Activation = None,
    needs: Needs = _ALL,
) -> Result:
    """x·Wᵀ + b, optionally through ReLU in the same pass.

    x (…, in), weight (out, in), bias (out,) → (…, out).
    """
    if x.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(f"x {x.shape}, weight {weight.shape} expects x (…, {weight.shape[1]})")
    rows = x.reshape(-1, x.shape[-1])
    wanted = (*needs, False)[:3]
    y = kernel("linear")(rows, weight, bias, activation == "relu")

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        d_x, d_weight, d_bias = kernel("linear_gradients")(
            g.reshape(y.shape), rows, weight, y if activation == "relu" else None, wanted
        )
        return d_x if d_x is None else d_x.reshape(x.shape), d_weight, d_bias

    return y.reshape(*x.shape[:-1], len(weight)), pullback
