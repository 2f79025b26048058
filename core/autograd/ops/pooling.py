"""max_pool2d, avg_pool2d and adaptive_avg_pool2d of images (N, C, H, W)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.arguments import describe, to_int
from core.autograd.operands import Array, Float
from core.autograd.ops.convolution import Pair, Size, crop_image, pad_image, pair, reach
from core.autograd.tape import Result, op
from core.autograd.tensor import permuted
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr


@op
def max_pool2d(
    x: Float,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Result:
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW); ties go to the first.

    The numbers of a window lie `dilation` apart. Padding counts as minus infinity. With `ceil_mode`
    windows may hang over the lower and right edge, as the original's do.
    """
    apart = pair(dilation, "dilation", 1)
    size, step, edges = frame(x, kernel_size, stride, padding, ceil_mode, apart)
    padded = pad_image(x, edges, -np.inf)
    y, where = kernel("max_pool")(padded, size, step, apart)
    if padded is not x and np.isneginf(y).any():
        where = _inside(where, padded.shape[3], edges[0][0], edges[1][0], x.shape)

    def pullback(g: Array) -> Array:
        return crop_image(kernel("max_unpool")(g, where, padded.shape), edges, x.shape[2:])

    return y, pullback


@op
def avg_pool2d(
    x: Float,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Result:
    """Mean of each window (N, C, H, W) → (N, C, OH, OW).

    The zeros of the padding count, unless `count_include_pad` is false; what hangs over the lower
    and right edge with `ceil_mode` never does. `divisor_override` divides every sum instead of how
    many numbers it has.
    """
    size, step, edges = frame(x, kernel_size, stride, padding, ceil_mode)
    padded = pad_image(x, edges)
    sums = kernel("im2col")(padded.reshape(-1, 1, *padded.shape[2:]), size, step).sum(axis=1)
    around = pair(padding, "padding", 0) if count_include_pad else (0, 0)
    share = shares(x, size, step, edges, around, divisor_override)
    high, wide = (
        (length - window) // jump + 1
        for length, window, jump in zip(padded.shape[2:], size, step, strict=True)
    )
    y = (sums * share).reshape(*x.shape[:2], high, wide)

    def pullback(g: Array) -> Array:
        each = np.ascontiguousarray(g).reshape(-1, 1, high * wide) * share
        cols = np.repeat(each, size[0] * size[1], axis=1)
        one_by_one = (len(cols), 1, *padded.shape[2:])
        whole = kernel("col2im")(cols, one_by_one, size, step).reshape(padded.shape)
        return crop_image(whole, edges, x.shape[2:])

    return y, pullback


@op
def adaptive_avg_pool2d(x: Float, output_size: Sequence[int | None] | int | None) -> Result:
    """Means of windows as large as they must be: (N, C, H, W) → (N, C, *output_size).

    Row i of OH is the mean of the rows from ⌊i·H/OH⌋ to ⌈(i + 1)·H/OH⌉, and so for the columns.
    `output_size` is one number, or two of which None keeps a length.
    """
    if x.ndim != 4:
        raise ShapeError(tr("x {shape} is not (N, C, H, W)").format(shape=x.shape))
    lengths = adaptive_lengths(output_size, x.shape[2:])
    down, across = (
        _averages(n, count, x.dtype) for n, count in zip(x.shape[2:], lengths, strict=True)
    )
    return _averaged(x, down, across), lambda g: _averaged(g, down.T, across.T)


def adaptive_lengths(
    output_size: Sequence[int | None] | int | None, shape: tuple[int, ...]
) -> tuple[int, int]:
    """Height and width that `output_size` asks for, of pictures (H, W). Raises ShapeError."""
    wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * 2
    found = [n if part is None else to_int(part) for part, n in zip(wanted, shape, strict=False)]
    lengths = [n for n in found if n is not None and n > 0]
    if len(wanted) != 2 or len(lengths) != 2 or 0 in shape:
        raise ShapeError(
            tr(
                "output_size {value} must be one number or two, at least 1, or None to keep a "
                "length; pictures {shape}"
            ).format(value=describe(output_size), shape=shape)
        )
    return lengths[0], lengths[1]


def _averages(length: int, count: int, dtype: Any) -> Array:
    """(count, length): each row takes the mean of one of `count` windows over a length."""
    number, place = np.arange(count)[:, None], np.arange(length)
    first, end = number * length // count, -(-(number + 1) * length // count)
    return ((first <= place) & (place < end)).astype(dtype) / (end - first).astype(dtype)


def _averaged(x: Any, down: Array, across: Array) -> Any:
    """down · x · acrossᵀ of every map; x may be an array or a Tensor."""
    n, c, high, wide = x.shape
    rows = x.reshape((n * c * high, wide)) @ across.T
    columns = permuted(rows.reshape((n * c, high, len(across))), (0, 2, 1))
    maps = columns.reshape((n * c * len(across), high)) @ down.T
    turned = permuted(maps.reshape((n * c, len(across), len(down))), (0, 2, 1))
    return turned.reshape((n, c, len(down), len(across)))


def shares(
    x: Any, size: Pair, step: Pair, edges: tuple[Pair, Pair], around: Pair, divisor: int | None
) -> Array:
    """What each window's sum is multiplied with to be a mean, (1, windows).

    One through how many numbers of x and of the zeros `around` it lie in the window, or through the
    `divisor`. Raises ShapeError where that is 0.
    """
    (top, below), (left, right) = edges
    high, wide = x.shape[2] + top + below, x.shape[3] + left + right
    counts = np.zeros((1, 1, high, wide), x.dtype)
    rows = slice(top - around[0], top + x.shape[2] + around[0])
    columns = slice(left - around[1], left + x.shape[3] + around[1])
    counts[..., rows, columns] = 1
    share: Array = 1 / kernel("im2col")(counts, size, step).sum(axis=1)
    if divisor is None:
        return share
    if divisor == 0:
        raise ShapeError(tr("divisor_override is 0: nothing can be divided by it"))
    return np.full_like(share, 1 / divisor)


def _inside(where: Array, width: int, top: int, left: int, shape: tuple[int, ...]) -> Array:
    """Places in a padded picture, those in the padding moved to the nearest number of x.

    Where a window holds nothing but minus infinity, its first element may lie outside.
    """
    row = np.clip(where // width, top, top + shape[2] - 1)
    column = np.clip(where % width, left, left + shape[3] - 1)
    return (row * width + column).astype(where.dtype)


def frame(
    x: Any,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    dilation: Pair = (1, 1),
) -> tuple[Pair, Pair, tuple[Pair, Pair]]:
    """Window, step, and how much is added (above, below) and (left, right)."""
    if x.ndim != 4:
        raise ShapeError(tr("x {shape} is not (N, C, H, W)").format(shape=x.shape))
    size = pair(kernel_size, "kernel_size", 1)
    step = pair(kernel_size if stride is None else stride, "stride", 1)
    around = pair(padding, "padding", 0)
    spans = size if dilation == (1, 1) else reach(size, dilation)
    if around[0] > spans[0] // 2 or around[1] > spans[1] // 2:
        raise ShapeError(
            tr("padding {around} is more than half the window {size}; x {shape}").format(
                around=around, size=spans, shape=x.shape
            )
        )
    edges = []
    for length, window, jump, edge in zip(x.shape[2:], spans, step, around, strict=True):
        more = _overhang(length, window, jump, edge) if ceil_mode else 0
        if length + 2 * edge + more < window:
            raise ShapeError(
                tr(
                    "x {shape} is smaller than the window {size}×{second_size}: take larger "
                    "pictures, padding or a smaller window"
                ).format(shape=x.shape, size=spans[0], second_size=spans[1])
            )
        edges.append((edge, edge + more))
    return size, step, (edges[0], edges[1])


def _overhang(length: int, window: int, step: int, edge: int) -> int:
    """By how much the last window hangs over; it must begin inside or in the padding before."""
    whole = length + 2 * edge
    count = -(-max(whole - window, 0) // step) + 1
    if (count - 1) * step >= length + edge:
        count -= 1
    return max((count - 1) * step + window - whole, 0)
