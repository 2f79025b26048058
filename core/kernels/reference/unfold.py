"""im2col and col2im: windows of images as columns of a matrix, and back."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating]
Pair = tuple[int, int]


def windows(x: Array, size: Pair, stride: Pair) -> Array:
    """All windows of (N, C, H, W) as a view (N, C, OH, OW, kh, kw)."""
    return sliding_window_view(x, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


def im2col(x: Array, size: Pair, stride: Pair) -> Array:
    """(N, C, H, W) → (N, C·kh·kw, OH·OW): one column a window."""
    n, c = x.shape[:2]
    view = windows(x, size, stride)
    rows, columns = view.shape[2:4]
    return np.ascontiguousarray(view.transpose(0, 1, 4, 5, 2, 3)).reshape(
        n, c * size[0] * size[1], rows * columns
    )


def col2im(cols: Array, shape: tuple[int, int, int, int], size: Pair, stride: Pair) -> Array:
    """The transpose of `im2col`: every window's values added back to where they came from."""
    n, c, height, width = shape
    rows, columns = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    parts = cols.reshape(n, c, *size, rows, columns)
    x = np.zeros(shape, cols.dtype)
    for i, j in np.ndindex(*size):
        down, right = slice(i, i + stride[0] * rows), slice(j, j + stride[1] * columns)
        x[:, :, down, right][:, :, :: stride[0], :: stride[1]] += parts[:, :, i, j]
    return x
