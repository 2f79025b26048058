"""max_pool2d and avg_pool2d of images (N, C, H, W)."""

import numpy as np

from core.autograd.operands import Array, Float
from core.autograd.ops.convolution import Pair, Size, crop_image, pad_image, pair
from core.autograd.tape import Result, op
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr


@op
def max_pool2d(
    x: Float,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
) -> Result:
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW); ties go to the first.

    Padding counts as minus infinity. With `ceil_mode` windows may hang over the lower and right
    edge, as the original's do.
    """
    size, step, edges = _frame(x, kernel_size, stride, padding, ceil_mode)
    padded = pad_image(x, edges, -np.inf)
    y, where = kernel("max_pool")(padded, size, step)
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
) -> Result:
    """Mean of each window (N, C, H, W) → (N, C, OH, OW).

    The zeros of the padding count, unless `count_include_pad` is false; what hangs over the lower
    and right edge with `ceil_mode` never does.
    """
    size, step, edges = _frame(x, kernel_size, stride, padding, ceil_mode)
    padded = pad_image(x, edges)
    counts = np.zeros(padded.shape[2:], x.dtype)
    around = pair(padding, "padding", 0) if count_include_pad else (0, 0)
    (top, _), (left, _) = edges
    rows = slice(top - around[0], top + x.shape[2] + around[0])
    columns = slice(left - around[1], left + x.shape[3] + around[1])
    counts[rows, columns] = 1
    sums = kernel("im2col")(padded.reshape(-1, 1, *padded.shape[2:]), size, step).sum(axis=1)
    share = 1 / kernel("im2col")(counts[None, None], size, step).sum(axis=1)
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


def _inside(where: Array, width: int, top: int, left: int, shape: tuple[int, ...]) -> Array:
    """Places in a padded picture, those in the padding moved to the nearest number of x.

    Where a window holds nothing but minus infinity, its first element may lie outside.
    """
    row = np.clip(where // width, top, top + shape[2] - 1)
    column = np.clip(where % width, left, left + shape[3] - 1)
    return (row * width + column).astype(where.dtype)


def _frame(
    x: Array, kernel_size: Size, stride: Size | None, padding: Size, ceil_mode: bool
) -> tuple[Pair, Pair, tuple[Pair, Pair]]:
    """Window, step, and how much is added (above, below) and (left, right)."""
    if x.ndim != 4:
        raise ShapeError(tr("x {shape} is not (N, C, H, W)").format(shape=x.shape))
    size = pair(kernel_size, "kernel_size", 1)
    step = pair(kernel_size if stride is None else stride, "stride", 1)
    around = pair(padding, "padding", 0)
    if around[0] > size[0] // 2 or around[1] > size[1] // 2:
        raise ShapeError(
            tr("padding {around} is more than half the window {size}; x {shape}").format(
                around=around, size=size, shape=x.shape
            )
        )
    edges = []
    for length, window, jump, edge in zip(x.shape[2:], size, step, around, strict=True):
        more = _overhang(length, window, jump, edge) if ceil_mode else 0
        if length + 2 * edge + more < window:
            raise ShapeError(
                tr("x {shape} is smaller than the window {size}×{second_size}").format(
                    shape=x.shape, size=size[0], second_size=size[1]
                )
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
