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
def matmul(a: Array, b: Array, needs: tuple[bool, bool] = (True, True)) -> Result:
    """a @ b for vectors, matrices and stacks of matrices, as in numpy and torch.

    (…, n, k) @ (…, k, m) → (…, n, m), where stacks broadcast; a vector (k,) on the left is a row
    that is left out of the result, on the right a column. Raises ShapeError where k differs.
    """
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ShapeError(f"{a.shape} @ {b.shape}: the inner lengths must agree")
    left = a.reshape(1, -1) if a.ndim == 1 else a
    right = b.reshape(-1, 1) if b.ndim == 1 else b

    def pullback(g: Array) -> tuple[Array | None, Array | None]:
        if b.ndim == 1:
            g = g.reshape(*g.shape, 1)
        if a.ndim == 1:
            g = g.reshape(*g.shape[:-1], 1, g.shape[-1])
        d_a = g @ right.swapaxes(-1, -2) if needs[0] else None
        d_b = left.swapaxes(-1, -2) @ g if needs[1] else None
        if d_b is not None and b.ndim == 1:
            d_b = d_b.reshape(d_b.shape[:-1])
        return d_a, d_b

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
