"""The largest value of each window, and its gradient."""

import numpy as np
from numpy.typing import NDArray

from core.kernels.reference.unfold import Array, Pair, windows


def max_pool(
    x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)
) -> tuple[Array, NDArray[np.int32]]:
    """Largest value of each window, and its place in the picture, row·W + column; first wins.

    Of several NaN the last one wins.
    """
    view = windows(x, size, stride, dilation)
    rows, columns = view.shape[2:4]
    flat = view.reshape(*view.shape[:4], size[0] * size[1])
    winner = flat.argmax(axis=-1)
    value = np.take_along_axis(flat, winner[..., None], axis=-1)[..., 0]
    if np.isnan(value).any():  # of several NaN the last one, as in torch
        last = flat.shape[-1] - 1 - np.isnan(flat)[..., ::-1].argmax(axis=-1)
        winner = np.where(np.isnan(value), last, winner)
    top = stride[0] * np.arange(rows)[:, None] + dilation[0] * (winner // size[1])
    left = stride[1] * np.arange(columns) + dilation[1] * (winner % size[1])
    return value, (top * x.shape[3] + left).astype(np.int32)


def max_unpool(g: Array, where: NDArray[np.int32], shape: tuple[int, int, int, int]) -> Array:
    """The gradient of `max_pool`: each value goes back to its winner, overlaps add up."""
    n, c, height, width = shape
    x = np.zeros((n * c, height * width), g.dtype)
    rows = np.arange(n * c)[:, None]
    flat = n * c, g.shape[2] * g.shape[3]
    np.add.at(x, (rows, where.reshape(flat)), g.reshape(flat))
    return x.reshape(shape)
