"""Convolution and max-pool as one operation."""

from core.autograd.operands import Array, Float
from core.autograd.ops.convolution import check_convolution
from core.autograd.tape import Pullback, op
from core.errors import ShapeError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]
Needs = tuple[bool, ...]


@op
def conv2d_max_pool2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    ceil_mode: bool = False,
    needs: Needs = (True, True, True),
) -> Result:
    """max_pool2d(conv2d(x, weight, bias), 2): the same values, several times faster.

    After the pool only one of four positions carries a gradient, and backward visits no other.
    x (N, C, H, W), weight (O, C, kh, kw), bias (O,) → (N, O, OH, OW). No padding, stride 1.
    """
    check_convolution(x, weight, bias, weight.shape[1] if weight.ndim == 4 else 0)
    short = [size + (0 if ceil_mode else 1) for size in weight.shape[2:]]
    if x.shape[2] < short[0] or x.shape[3] < short[1]:
        raise ShapeError(
            f"x {x.shape} is too small for a kernel {weight.shape[2]}×{weight.shape[3]} and a "
            f"pool 2×2 behind it: at least {short[0]}×{short[1]} pixels"
        )
    both = kernel("ConvPool")(x, weight, bias, ceil_mode)
    return both.value, lambda g: both.gradients(g, (*needs, False)[:3])
