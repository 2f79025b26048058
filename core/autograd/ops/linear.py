"""matmul and linear."""

import math
from typing import Any, Literal

from core.autograd.operands import Array, Float, Number
from core.autograd.tape import Needs, Result, op
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr

Activation = Literal["relu"] | None
_ALL: Needs = (True, True, True)


@op
def matmul(a: Number, b: Number, needs_input_grad: tuple[bool, bool] = (True, True)) -> Result:
    """a @ b for vectors, matrices and stacks of matrices, as in numpy and torch.

    (…, n, k) @ (…, k, m) → (…, n, m), where stacks broadcast; a vector (k,) on the left is a row
    that is left out of the result, on the right a column. Raises ShapeError where k differs.
    """
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ShapeError(
            tr("{shape} @ {b_shape}: the inner lengths must agree").format(
                shape=a.shape, b_shape=b.shape
            )
        )
    left = a.reshape(1, -1) if a.ndim == 1 else a
    right = b.reshape(-1, 1) if b.ndim == 1 else b

    def pullback(g: Array) -> tuple[Array | None, Array | None]:
        if b.ndim == 1:
            g = g.reshape(*g.shape, 1)
        if a.ndim == 1:
            g = g.reshape(*g.shape[:-1], 1, g.shape[-1])
        d_a = g @ right.swapaxes(-1, -2) if needs_input_grad[0] else None
        d_b = left.swapaxes(-1, -2) @ g if needs_input_grad[1] else None
        if d_b is not None and b.ndim == 1:
            d_b = d_b.reshape(d_b.shape[:-1])
        return d_a, d_b

    return a @ b, pullback


@op
def linear(
    x: Float,
    weight: Float,
    bias: Float = None,
    activation: Activation = None,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """x·Wᵀ + b, optionally through ReLU in the same pass.

    x (…, in), weight (out, in), bias (out,) → (…, out). Raises ShapeError.
    """
    check_linear(x.shape, weight, bias)
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    wanted = (*needs_input_grad, False)[:3]
    y = kernel("linear_forward")(rows, weight, bias, activation == "relu")

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        d_x, d_weight, d_bias = kernel("linear_backward")(
            g.reshape(y.shape), rows, weight, y if activation == "relu" else None, wanted
        )
        return d_x if d_x is None else d_x.reshape(x.shape), d_weight, d_bias

    return y.reshape(*x.shape[:-1], len(weight)), pullback


def check_linear(shape: tuple[int, ...], weight: Any, bias: Any) -> None:
    """Check that a weight and a bias fit inputs of a shape (…, in). Raises ShapeError."""
    if weight.ndim != 2:
        raise ShapeError(
            tr("weight {weight_shape} must be (out, in); x {shape}").format(
                weight_shape=weight.shape, shape=shape
            )
        )
    out, inputs = weight.shape
    if not shape or shape[-1] != inputs:
        raise ShapeError(
            tr("x {shape}, weight {weight_shape} expects x (…, {inputs})").format(
                shape=shape, weight_shape=weight.shape, inputs=inputs
            )
        )
    if bias is not None and bias.shape != (out,):
        raise ShapeError(
            tr("bias {shape} must be ({out},) for weight {weight_shape}").format(
                shape=bias.shape, out=out, weight_shape=weight.shape
            )
        )
