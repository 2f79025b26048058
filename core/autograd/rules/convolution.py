"""Convolution and pooling of pictures (N, C, H, W)."""

import numpy as np

from core.autograd.tape import Array, Pullback, op
from core.errors import ShapeError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]
Needs = tuple[bool, ...]
_ALL: Needs = (True, True, True)


@op
def conv2d(
    x: Array, weight: Array, bias: Array, stride: int = 1, padding: int = 0, needs: Needs = _ALL
) -> Result:
    """Cross-correlation. x (N, C, H, W), weight (O, C, k, k), bias (O,) → (N, O, OH, OW).

    OH = (H + 2·padding − k) // stride + 1. The bias is added once (the original adds it C times).
    """
    out, channels, size, other = weight.shape
    if x.ndim != 4 or x.shape[1] != channels:
        has = f"has {x.shape[1]} channels" if x.ndim == 4 else "is not (N, C, H, W)"
        raise ShapeError(f"x {x.shape} {has}, weight {weight.shape} expects {channels}")
    if size != other:
        raise ShapeError(f"weight {weight.shape}: kernels must be square")
    if padding:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    n, _, height, width = x.shape
    if height < size or width < size:
        raise ShapeError(f"x {x.shape} is smaller than the kernel {size}×{size}")
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    cols = kernel("im2col")(x, size, stride)
    flat = weight.reshape(out, -1)
    y = np.matmul(flat, cols).reshape(n, out, rows, columns)
    y += bias[:, None, None]
    inner = slice(padding, height - padding), slice(padding, width - padding)

    def pullback(g: Array) -> tuple[Array | None, Array | None, Array | None]:
        g = np.ascontiguousarray(g).reshape(n, out, rows * columns)
        d_x = d_weight = None
        if needs[0]:
            full = kernel("col2im")(np.matmul(flat.T, g), x.shape, size, stride)
            d_x = full[:, :, *inner]
        if needs[1]:
            d_weight = np.matmul(g, cols.swapaxes(1, 2)).sum(axis=0).reshape(weight.shape)
        return d_x, d_weight, g.sum(axis=(0, 2)) if needs[2] else None

    return y, pullback


@op
def max_pool2d(
    x: Array, kernel_size: int, stride: int | None = None, ceil_mode: bool = False
) -> Result:
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW); ties go to the first.

    With `ceil_mode` windows may hang over the lower and right edge, as the original's do.
    """
    step = stride or kernel_size
    if x.ndim != 4:
        raise ShapeError(f"x {x.shape} is not (N, C, H, W)")
    height, width = x.shape[2:]
    padded = x
    if ceil_mode:
        more = tuple(_overhang(length, kernel_size, step) for length in (height, width))
        padded = np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), constant_values=-np.inf)
    if padded.shape[2] < kernel_size or padded.shape[3] < kernel_size:
        raise ShapeError(f"x {x.shape} is smaller than the window {kernel_size}×{kernel_size}")
    y, where = kernel("max_pool")(padded, kernel_size, step)

    def pullback(g: Array) -> Array:
        return kernel("max_unpool")(g, where, padded.shape)[:, :, :height, :width]

    return y, pullback


def _overhang(length: int, window: int, step: int) -> int:
    """By how much the last window, which must begin inside, hangs over."""
    count = -(-max(length - window, 0) // step) + 1
    if (count - 1) * step >= length:
        count -= 1
    return max((count - 1) * step + window - length, 0)
