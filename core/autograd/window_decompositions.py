"""Decompositions of what moves a window over pictures or sequences: convolutions and pools."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.ops.convolution import Pair, canvas_of, edges, pad_image, pair, reach
from core.autograd.ops.pooling import frame, shares
from core.autograd.ops.sequence_windows import picture, sequence
from core.autograd.tensor import raw
from core.kernels.engine import kernel


def conv2d(
    x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """im2col, one matrix product for each group, and the bias."""
    n, channels, *_ = x.shape
    out, _, *kernel_size = weight.shape
    size = (kernel_size[0], kernel_size[1])
    steps, apart = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    around = edges(padding, reach(size, apart), steps)
    windows = _windows_of(x, size, steps, apart, around)
    high, wide = windows.shape[4:]
    parts, length = (groups,) * (groups > 1), channels // groups * size[0] * size[1]
    stacked = F.reshape(windows, (n, *parts, length, high * wide))
    y = F.matmul(F.reshape(weight, (*parts, out // groups, length)), stacked)
    y = F.reshape(y, (n, out, high, wide))
    return y if bias is None else y + F.reshape(bias, (out, 1, 1))


def conv_transpose2d(
    x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """One matrix product for each group, whose numbers are added where the kernels lie."""
    n, channels, rows, columns = x.shape
    size, out = (weight.shape[2], weight.shape[3]), weight.shape[1] * groups
    steps, apart = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    canvas, more, inner, ((top, _), (left, _)) = canvas_of(
        x.shape, size, steps, apart, padding, output_padding
    )
    parts, share = (groups,) * (groups > 1), channels // groups
    length = weight.shape[1] * size[0] * size[1]
    numbers = F.reshape(x, (n, *parts, share, rows * columns))
    flat = F.reshape(weight, (*parts, share, length))
    turned = F.permute(flat, (*range(len(parts)), -1, -2))
    painted = F.reshape(F.matmul(turned, numbers), (n, out, *size, rows, columns))
    r, c = _places(canvas, size, steps, apart)
    shape = (n, out, canvas[0] + more[0][1], canvas[1] + more[1][1])
    whole = F.index_add(painted, (slice(None), slice(None), r, c), shape)
    y = whole[:, :, top : top + inner[0], left : left + inner[1]]
    return y if bias is None else y + F.reshape(bias, (out, 1, 1))


def conv2d_max_pool2d(
    x: Tensor, weight: Tensor, bias: Any = None, ceil_mode: bool = False
) -> Tensor:
    """conv2d, then a 2×2 max_pool2d."""
    return F.max_pool2d(F.conv2d(x, weight, bias), 2, ceil_mode=ceil_mode)


def max_pool2d(
    x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """Where the largest number of each window lies is looked up; then these are picked out."""
    n, channels, height, width = x.shape
    apart = pair(dilation, "dilation", 1)
    size, step, around = frame(x, kernel_size, stride, padding, ceil_mode, apart)
    (top, _), (left, right) = around
    _, where = kernel("max_pool")(pad_image(raw(x), around, -np.inf), size, step, apart)
    high, wide = where.shape[2:]
    row = (where // (left + width + right) - top).clip(0, height - 1)
    column = (where % (left + width + right) - left).clip(0, width - 1)
    index = (row * width + column).reshape(n, channels, high * wide)
    picked = F.gather(F.reshape(x, (n, channels, height * width)), 2, index)
    return F.reshape(picked, (n, channels, high, wide))


def avg_pool2d(
    x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The sum of each window, divided by how many numbers it has."""
    size, step, around = frame(x, kernel_size, stride, padding, ceil_mode)
    counted = pair(padding, "padding", 0) if count_include_pad else (0, 0)
    share = shares(x, size, step, around, counted, divisor_override)
    windows = _windows_of(x, size, step, (1, 1), around)
    return F.sum(windows, dim=(2, 3)) * share.reshape(windows.shape[4:])


def conv1d(
    x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """conv2d of a picture one pixel high."""
    around = padding if isinstance(padding, str) else _across(padding, 0)
    y = F.conv2d(picture(x), picture(weight), bias, stride=_across(stride), padding=around,
                 dilation=_across(dilation), groups=groups)  # fmt: skip
    return _sequence(y)


def conv_transpose1d(
    x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """conv_transpose2d of a picture one pixel high."""
    y = F.conv_transpose2d(
        picture(x), picture(weight), bias, stride=_across(stride), padding=_across(padding, 0),
        output_padding=_across(output_padding, 0), groups=groups, dilation=_across(dilation),
    )  # fmt: skip
    return _sequence(y)


def max_pool1d(
    x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """max_pool2d of a picture one pixel high."""
    step = None if stride is None else _across(stride)
    return _sequence(
        F.max_pool2d(
            picture(x), _across(kernel_size), step, _across(padding, 0), _across(dilation),
            ceil_mode,
        )
    )  # fmt: skip


def avg_pool1d(
    x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """avg_pool2d of a picture one pixel high."""
    step = None if stride is None else _across(stride)
    return _sequence(
        F.avg_pool2d(
            picture(x), _across(kernel_size), step, _across(padding, 0), ceil_mode,
            count_include_pad,
        )
    )  # fmt: skip


def _across(value: Any, down: int = 1) -> Pair:
    """A size along a sequence as one of a picture, with another one down."""
    return down, value[0] if isinstance(value, tuple | list) else value


def _sequence(y: Tensor) -> Tensor:
    found: Tensor = sequence(y)
    return found


def _windows_of(
    x: Tensor, size: Pair, step: Pair, apart: Pair, around: tuple[Pair, Pair]
) -> Tensor:
    """(N, C, H, W) → (N, C, kh, kw, OH, OW): all windows, zeros where they look outside."""
    high, wide = x.shape[2:]
    (up, down), (left, right) = around
    r, c = _places((high + up + down, wide + left + right), size, step, apart)
    r, c = r - up, c - left
    inside = (r >= 0) & (r < high) & (c >= 0) & (c < wide)
    windows = x[:, :, r.clip(0, high - 1), c.clip(0, wide - 1)]
    return windows if inside.all() else windows * inside.astype(x.dtype)


def _places(
    lengths: Pair, size: Pair, step: Pair, apart: Pair
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row (kh, 1, OH, 1) and column (1, kw, 1, OW) of each element of each window."""
    rows, columns = (
        jump * np.arange((length - gap * (k - 1) - 1) // jump + 1) + gap * np.arange(k)[:, None]
        for length, k, jump, gap in zip(lengths, size, step, apart, strict=True)
    )
    return rows[:, None, :, None], columns[None, :, None, :]
