"""conv2d, conv_transpose2d and conv2d with a max-pool, of images (N, C, H, W).

The channels of x lie in `groups` equal parts; each has kernels of its own, which see nothing of the
others. The numbers under a kernel lie `dilation` apart.
"""

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
_SURE = 1 << 31
"""A length up to here needs no further check."""
_NONE = (0, 0), (0, 0)
_LETTERS = {1: ("N, C, L", "k"), 2: ("N, C, H, W", "kh, kw")}
"""The axes of inputs and of kernels, by how many there are behind the channels."""


@op
def conv2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Size = 1,
    padding: Constant = 0,
    dilation: Size = 1,
    groups: int = 1,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Cross-correlation. x (N, C, H, W), weight (O, C/groups, kh, kw), bias (O,) → (N, O, OH, OW).

    OH = (H + 2·padding − dilation·(kh − 1) − 1) // stride + 1, and so for the width. “valid” pads
    nothing, “same” keeps the size (stride 1 only), “full” pads dilation·(kh − 1). The bias is added
    once (the original adds it C times).
    """
    check_convolution(x, weight, bias, groups)
    size: Pair = weight.shape[2:]
    step, apart = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    span = size if apart == (1, 1) else reach(size, apart)
    around = edges(padding, span, step)
    check_size(x.shape, around, size, span)
    padded = pad_image(x, around)
    n, _, height, width = padded.shape
    rows, columns = (height - span[0]) // step[0] + 1, (width - span[1]) // step[1] + 1
    parts, out = (groups,) * (groups > 1), len(weight)
    flat = weight.reshape(*parts, out // groups, math.prod(weight.shape[1:]))
    cols = kernel("im2col")(padded, size, step, apart)
    if parts:
        cols = cols.reshape(n, *parts, flat.shape[-1], rows * columns)
    y = np.matmul(flat, cols).reshape(n, out, rows, columns)
    if bias is not None:
        y += bias[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        g = np.ascontiguousarray(g).reshape(n, *parts, out // groups, rows * columns)
        d_x = d_weight = None
        if needs_input_grad[0]:
            d_cols = np.matmul(flat.swapaxes(-1, -2), g)
            if parts:
                d_cols = d_cols.reshape(n, groups * flat.shape[-1], rows * columns)
            whole = kernel("col2im")(d_cols, padded.shape, size, step, apart)
            d_x = crop_image(whole, around, x.shape[2:])
        if needs_input_grad[1]:
            d_weight = np.matmul(g, cols.swapaxes(-1, -2)).sum(axis=0).reshape(weight.shape)
        if not needs_input_grad[2]:
            return d_x, d_weight, None
        each = g.reshape(n, out, rows * columns) if parts else g
        return d_x, d_weight, each.sum(axis=(0, 2))

    return y, pullback


@op
def conv_transpose2d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Transposed convolution, the input gradient of conv2d: every element paints a kernel.

    x (N, C, H, W), weight (C, O/groups, kh, kw), bias (O,) → (N, O, OH, OW) with
    OH = (H − 1)·stride − 2·padding + dilation·(kh − 1) + 1 + output_padding.
    """
    check_convolution(x, weight, bias, groups, transposed=True)
    size: Pair = weight.shape[2:]
    step, apart = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    canvas, more, inner, around = canvas_of(x.shape, size, step, apart, padding, output_padding)
    n, channels, rows, columns = x.shape
    out, parts = weight.shape[1] * groups, (groups,) * (groups > 1)
    flat = weight.reshape(*parts, channels // groups, math.prod(weight.shape[1:]))
    numbers = np.ascontiguousarray(x).reshape(n, *parts, channels // groups, rows * columns)
    cols = np.matmul(flat.swapaxes(-1, -2), numbers)
    cols = cols.reshape(n, groups * flat.shape[-1], rows * columns)
    painted = kernel("col2im")(cols, (n, out, *canvas), size, step, apart)
    y = np.ascontiguousarray(crop_image(pad_image(painted, more), around, inner))
    if bias is not None:
        y += bias[:, None, None]

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        frame = pad_image(g, around)[:, :, : canvas[0], : canvas[1]]
        cols = kernel("im2col")(frame, size, step, apart)
        cols = cols.reshape(n, *parts, flat.shape[-1], rows * columns)
        d_x = np.matmul(flat, cols).reshape(x.shape) if needs_input_grad[0] else None
        d_weight = None
        if needs_input_grad[1]:
            d_weight = np.matmul(numbers, cols.swapaxes(-1, -2)).sum(axis=0).reshape(weight.shape)
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
    check_convolution(x, weight, bias)
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


def reach(size: Pair, dilation: Pair) -> Pair:
    """How many numbers (down, right) a window spans whose numbers lie `dilation` apart."""
    return dilation[0] * (size[0] - 1) + 1, dilation[1] * (size[1] - 1) + 1


def single(value: int | tuple[int], name: str, least: int) -> int:
    """A size along the one axis of a sequence: a number, or a tuple of one. Raises ShapeError."""
    parts = value if isinstance(value, tuple | list) else (value,)
    found = to_int(parts[0]) if len(parts) == 1 else None
    if found is None or found < least:
        raise ShapeError(
            tr("{name} {value} must be one number, at least {least}").format(
                name=name, value=describe(value), least=least
            )
        )
    return found


def pair(value: Size, name: str, least: int) -> Pair:
    """(down, right) of one number or two. Raises ShapeError for others, and below `least`."""
    if type(value) is int and least <= value <= _SURE:
        return value, value
    parts = value if isinstance(value, tuple | list) else (value, value)
    both = [n for part in parts if (n := to_int(part)) is not None and n >= least]
    if len(parts) != 2 or len(both) != 2:
        raise ShapeError(
            tr("{name} {value} must be one number or two, at least {least}: (1,)").format(
                name=name, value=describe(value), least=least
            )
        )
    return both[0], both[1]


def check_convolution(
    x: Array, weight: Array, bias: Any, groups: int = 1, transposed: bool = False, axes: int = 2
) -> None:
    """Check that a weight and a bias fit x (N, C, …) with so many axes behind C.

    Raises ShapeError.
    """
    image, kernels = _LETTERS[axes]
    if weight.ndim != axes + 2:
        first = f"C, O/groups, {kernels}" if transposed else f"O, C/groups, {kernels}"
        raise ShapeError(
            tr("weight {shape} must be ({letters})").format(shape=weight.shape, letters=first)
        )
    if groups < 1 or len(weight) % groups:
        raise ShapeError(
            tr(
                "weight {shape}: its first length {count} does not divide into groups={groups}. "
                "Groups are equal parts of the channels that come in and of those that go out"
            ).format(shape=weight.shape, count=len(weight), groups=groups)
        )
    channels = len(weight) if transposed else weight.shape[1] * groups
    if x.ndim != axes + 2 or x.shape[1] != channels:
        has = (
            tr("has {n} channels").format(n=x.shape[1])
            if x.ndim == axes + 2
            else tr("is not ({letters})").format(letters=image)
        )
        split = tr(" in {groups} groups").format(groups=groups) if groups > 1 else ""
        raise ShapeError(
            tr("x {shape} {has}, weight {weight_shape} expects {channels}{split}").format(
                shape=x.shape, has=has, weight_shape=weight.shape, channels=channels, split=split
            )
        )
    if 0 in weight.shape[2:]:
        raise ShapeError(
            tr("weight {shape} has kernels without a number").format(shape=weight.shape)
        )
    outputs = weight.shape[1] * groups if transposed else len(weight)
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError(
            tr("bias {shape} for {outputs} outputs, weight {weight_shape}").format(
                shape=bias.shape, outputs=outputs, weight_shape=weight.shape
            )
        )


def check_size(shape: tuple[int, ...], around: tuple[Pair, Pair], size: Pair, span: Pair) -> None:
    """Check that a kernel fits into padded pictures of a shape (N, C, H, W). Raises ShapeError."""
    (above, below), (left, right) = around
    high, wide = shape[2] + above + below, shape[3] + left + right
    if high >= span[0] and wide >= span[1]:
        return
    spread = "" if span == size else tr(", dilated to {rows}×{columns}")
    padded = tr(", padded to {rows}×{columns},") if any(map(any, around)) else ""
    raise ShapeError(
        tr(
            "x {shape}{padded} is smaller than the kernel {rows}×{columns}{spread}: take larger "
            "pictures, more padding or a smaller kernel"
        ).format(
            shape=shape,
            padded=padded.format(rows=high, columns=wide),
            rows=size[0],
            columns=size[1],
            spread=spread.format(rows=span[0], columns=span[1]),
        )
    )


def canvas_of(
    shape: tuple[int, ...], size: Pair, step: Pair, apart: Pair, padding: Size, output_padding: Size
) -> tuple[Pair, tuple[Pair, Pair], Pair, tuple[Pair, Pair]]:
    """What a transposed convolution paints on, for x of this shape (N, C, H, W).

    The size that the kernels cover, the zeros behind it, the size that is left of both, and what is
    cut off (above, below), (left, right). Raises ShapeError.
    """
    cut, more = pair(padding, "padding", 0), pair(output_padding, "output_padding", 0)
    if any(extra and extra >= max(a, b) for extra, a, b in zip(more, step, apart, strict=True)):
        raise ShapeError(
            tr(
                "output_padding {more} must be smaller than stride {step} or dilation {apart}; "
                "x {shape}"
            ).format(more=more, step=step, apart=apart, shape=shape)
        )
    span = reach(size, apart)
    high = (shape[2] - 1) * step[0] + span[0]
    wide = (shape[3] - 1) * step[1] + span[1]
    inner = (max(high + more[0], 0) - 2 * cut[0], max(wide + more[1], 0) - 2 * cut[1])
    if min(inner) < 1 or min(shape[2:]) < 1:
        raise ShapeError(
            tr("x {shape} with padding {cut} leaves no picture: {inner}").format(
                shape=shape, cut=cut, inner=inner
            )
        )
    around = (cut[0], cut[0]), (cut[1], cut[1])
    return (high, wide), ((0, more[0]), (0, more[1])), inner, around


def edges(padding: Padding, size: Pair, step: Pair) -> tuple[Pair, Pair]:
    """Zeros of padding: (above, below), (left, right). `size` is what a kernel spans."""
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
    if edges == _NONE:
        return x
    return np.pad(x, ((0, 0), (0, 0), *edges), constant_values=value)


def crop_image(x: Array, edges: tuple[Pair, Pair], size: tuple[int, ...]) -> Array:
    """The way back: `size` pixels behind the upper and left edge."""
    (top, _), (left, _) = edges
    return x[:, :, top : top + size[0], left : left + size[1]]
