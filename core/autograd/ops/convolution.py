"""conv2d, conv_transpose2d and conv2d with a max-pool, of images (N, C, H, W)."""

import math
from typing import Any, Literal

import numpy as np

from core.arguments import describe, to_int
from core.autograd.operands import Array, Constant, Float
from core.autograd.tape import Needs, Result, op
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr

Pair = tuple[int, int]
Size = int | Pair
Padding = int | Pair | Literal["valid", "same", "full"]
_ALL: Needs = (True, True, True)


@op
def conv2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Size = 1,
    padding: Constant = 0,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Cross-correlation. x (N, C, H, W), weight (O, C, kh, kw), bias (O,) → (N, O, OH, OW).

    OH = (H + 2·padding − kh) // stride + 1, and so for the width. “valid” pads nothing, “same”
    keeps the size (stride 1 only), “full” pads kh − 1. The bias is added once (the original adds it
    C times).
    """
    check_convolution(x, weight, bias, weight.shape[1] if weight.ndim == 4 else 0)
    size: Pair = weight.shape[2:]
    step = pair(stride, "stride", 1)
    around = edges(padding, size, step)
    padded = pad_image(x, around)
    if padded.shape[2] < size[0] or padded.shape[3] < size[1]:
        raise ShapeError(
            tr("x {shape} is smaller than the kernel {rows}×{columns}").format(
                shape=x.shape, rows=size[0], columns=size[1]
            )
        )
    n, _, height, width = padded.shape
    rows, columns = (height - size[0]) // step[0] + 1, (width - size[1]) // step[1] + 1
    cols = kernel("im2col")(padded, size, step)
    out = len(weight)
    flat = weight.reshape(out, math.prod(weight.shape[1:]))
    y = np.matmul(flat, cols).reshape(n, out, rows, columns)
    if bias is not None:
        y += bias[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        g = np.ascontiguousarray(g).reshape(n, out, rows * columns)
        d_x = d_weight = None
        if needs_input_grad[0]:
            whole = kernel("col2im")(np.matmul(flat.T, g), padded.shape, size, step)
            d_x = crop_image(whole, around, x.shape[2:])
        if needs_input_grad[1]:
            d_weight = np.matmul(g, cols.swapaxes(1, 2)).sum(axis=0).reshape(weight.shape)
        return d_x, d_weight, g.sum(axis=(0, 2)) if needs_input_grad[2] else None

    return y, pullback


@op
def conv_transpose2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Transposed convolution, the input gradient of conv2d: every element paints a kernel.

    x (N, C, H, W), weight (C, O, kh, kw), bias (O,) → (N, O, OH, OW) with
    OH = (H − 1)·stride − 2·padding + kh + output_padding.
    """
    check_convolution(x, weight, bias, len(weight) if weight.ndim else 0, outputs=1)
    size: Pair = weight.shape[2:]
    step = pair(stride, "stride", 1)
    cut, more = pair(padding, "padding", 0), pair(output_padding, "output_padding", 0)
    n, channels, rows, columns = x.shape
    out = weight.shape[1]
    if any(extra and extra >= length for extra, length in zip(more, step, strict=True)):
        raise ShapeError(
            tr("output_padding {more} must be smaller than stride {step}; x {shape}").format(
                more=more, step=step, shape=x.shape
            )
        )
    high, wide = (
        (count - 1) * jump + length
        for count, jump, length in zip((rows, columns), step, size, strict=True)
    )
    inner = (max(high + more[0], 0) - 2 * cut[0], max(wide + more[1], 0) - 2 * cut[1])
    if min(inner) < 1 or min(rows, columns) < 1:
        raise ShapeError(
            tr("x {shape} with padding {cut} leaves no picture: {inner}").format(
                shape=x.shape, cut=cut, inner=inner
            )
        )
    edges = (cut[0], cut[0]), (cut[1], cut[1])
    flat = weight.reshape(channels, math.prod(weight.shape[1:]))
    numbers = np.ascontiguousarray(x).reshape(n, channels, rows * columns)
    painted = kernel("col2im")(np.matmul(flat.T, numbers), (n, out, high, wide), size, step)
    whole = pad_image(painted, ((0, more[0]), (0, more[1])))
    y = np.ascontiguousarray(crop_image(whole, edges, inner))
    if bias is not None:
        y += bias[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        frame = pad_image(g, edges)[:, :, :high, :wide]
        cols = kernel("im2col")(frame, size, step)
        d_x = np.matmul(flat, cols).reshape(x.shape) if needs_input_grad[0] else None
        d_weight = None
        if needs_input_grad[1]:
            d_weight = np.matmul(numbers, cols.swapaxes(1, 2)).sum(axis=0).reshape(weight.shape)
        return d_x, d_weight, g.sum(axis=(0, 2, 3)) if needs_input_grad[2] else None

    return y, pullback


@op
def conv2d_max_pool2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    ceil_mode: bool = False,
    needs_input_grad: Needs = (True, True, True),
) -> Result:
    """max_pool2d(conv2d(x, weight, bias), 2): the same values, several times faster.

    After the pool only one of four positions carries a gradient, and backward visits no other.
    x (N, C, H, W), weight (O, C, kh, kw), bias (O,) → (N, O, OH, OW). No padding, stride 1.
    """
    check_convolution(x, weight, bias, weight.shape[1] if weight.ndim == 4 else 0)
    short = [size + (0 if ceil_mode else 1) for size in weight.shape[2:]]
    if x.shape[2] < short[0] or x.shape[3] < short[1]:
        raise ShapeError(
            tr(
                "x {shape} is too small for a kernel {rows}×{columns} and a pool 2×2 "
                "behind it: at least {high}×{wide} pixels"
            ).format(
                shape=x.shape,
                rows=weight.shape[2],
                columns=weight.shape[3],
                high=short[0],
                wide=short[1],
            )
        )
    both = kernel("ConvPool")(x, weight, bias, ceil_mode)
    return both.value, lambda g: both.gradients(g, (*needs_input_grad, False)[:3])


def pair(value: Size, name: str, least: int) -> Pair:
    """(down, right) of one number or two. Raises ShapeError for others, and below `least`."""
    parts = value if isinstance(value, tuple | list) else (value, value)
    both = [n for part in parts if (n := to_int(part)) is not None and n >= least]
    if len(parts) != 2 or len(both) != 2:
        raise ShapeError(
            tr("{name} {value} must be one number or two, at least {least}: (1,)").format(
                name=name, value=describe(value), least=least
            )
        )
    return both[0], both[1]


def check_convolution(x: Array, weight: Array, bias: Any, channels: int, outputs: int = 0) -> None:
    """Check that a weight and a bias fit images (N, C, H, W). Raises ShapeError."""
    if weight.ndim != 4:
        raise ShapeError(tr("weight {shape} must be (O, C, kh, kw)").format(shape=weight.shape))
    if x.ndim != 4 or x.shape[1] != channels:
        has = (
            tr("has {n} channels").format(n=x.shape[1])
            if x.ndim == 4
            else tr("is not (N, C, H, W)")
        )
        raise ShapeError(
            tr("x {shape} {has}, weight {weight_shape} expects {channels}").format(
                shape=x.shape, has=has, weight_shape=weight.shape, channels=channels
            )
        )
    if 0 in weight.shape[2:]:
        raise ShapeError(
            tr("weight {shape} has kernels without a number").format(shape=weight.shape)
        )
    if bias is not None and bias.shape != (weight.shape[outputs],):
        raise ShapeError(
            tr("bias {shape} for {outputs} outputs, weight {weight_shape}").format(
                shape=bias.shape, outputs=weight.shape[outputs], weight_shape=weight.shape
            )
        )


def edges(padding: Padding, size: Pair, step: Pair) -> tuple[Pair, Pair]:
    """Zeros of padding: (above, below), (left, right)."""
    match padding:
        case "valid":
            return (0, 0), (0, 0)
        case "same":
            if step != (1, 1):
                raise ShapeError(tr("padding “same” needs stride 1, not {step}").format(step=step))
            one, other = ((length - 1) // 2 for length in size)
            return (one, size[0] - 1 - one), (other, size[1] - 1 - other)
        case "full":
            return (size[0] - 1,) * 2, (size[1] - 1,) * 2
        case str():
            raise ShapeError(
                tr("padding “{padding}”: say valid, same, full or numbers, as (1, 1)").format(
                    padding=padding
                )
            )
    down, right = pair(padding, "padding", 0)
    return (down, down), (right, right)


def pad_image(x: Array, edges: tuple[Pair, Pair], value: float = 0) -> Array:
    """Numbers around pictures (N, C, H, W); themselves where there are none."""
    if not any(map(any, edges)):
        return x
    return np.pad(x, ((0, 0), (0, 0), *edges), constant_values=value)


def crop_image(x: Array, edges: tuple[Pair, Pair], size: tuple[int, ...]) -> Array:
    """The way back: `size` pixels behind the upper and left edge."""
    (top, _), (left, _) = edges
    return x[:, :, top : top + size[0], left : left + size[1]]
