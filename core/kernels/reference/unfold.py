"""im2col and col2im: windows of images as columns of a matrix, and back."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating]
Pair = tuple[int, int]


def reach(size: Pair, dilation: Pair) -> Pair:
    """How many numbers a window spans whose numbers lie `dilation` apart."""
    return dilation[0] * (size[0] - 1) + 1, dilation[1] * (size[1] - 1) + 1


def windows(x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    """All windows of (N, C, H, W) as a view (N, C, OH, OW, kh, kw)."""
    view = sliding_window_view(x, reach(size, dilation), axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def im2col(x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    """(N, C, H, W) → (N, C·kh·kw, OH·OW): one column a window."""
    n, c = x.shape[:2]
    view = windows(x, size, stride, dilation)
    rows, columns = view.shape[2:4]
    return np.ascontiguousarray(view.transpose(0, 1, 4, 5, 2, 3)).reshape(
        n, c * size[0] * size[1], rows * columns
    )


def col2im(
    cols: Array,
    shape: tuple[int, int, int, int],
    size: Pair,
    stride: Pair,
    dilation: Pair = (1, 1),
) -> Array:
    """The transpose of `im2col`: every window's values added back to where they came from."""
    n, c, height, width = shape
    high, wide = reach(size, dilation)
    rows, columns = (height - high) // stride[0] + 1, (width - wide) // stride[1] + 1
    parts = cols.reshape(n, c, *size, rows, columns)
    x = np.zeros(shape, cols.dtype)
    for i, j in np.ndindex(*size):
        top, left = dilation[0] * i, dilation[1] * j
        down, right = slice(top, top + stride[0] * rows), slice(left, left + stride[1] * columns)
        x[:, :, down, right][:, :, :: stride[0], :: stride[1]] += parts[:, :, i, j]
    return x
