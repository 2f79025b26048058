"""Convolution, bias and 2×2 max-pool in plain numpy: one after the other."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating]
Needs = tuple[bool, bool, bool]


def pooled_shape(
    x: tuple[int, ...], weight: tuple[int, ...], ceil_mode: bool
) -> tuple[int, int, int, int]:
    """(N, high, wide, O): how many windows there are, and how many values in each."""
    more = 1 if ceil_mode else 0
    high, wide = (
        (length - size + 1 + more) // 2 for length, size in zip(x[2:], weight[2:], strict=True)
    )
    return x[0], high, wide, weight[0]


class ConvPool:
    """x (N, C, H, W), weight (O, C, kh, kw), bias (O,) → `value` (N, O, high, wide).

    `where` (N, O, high, wide) is the pixel, row·W + column, at which the patch of the largest value
    begins; ties go to the first.
    """

    def __init__(self, x: Array, weight: Array, bias: Array | None, ceil_mode: bool) -> None:
        self._x, self._weight = x, weight
        n, high, wide, out = pooled_shape(x.shape, weight.shape, ceil_mode)
        patches = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
        maps = np.einsum("nchwij,ocij->nohw", patches, weight, optimize=True)
        rows, columns = maps.shape[2:]
        even = np.full((n, out, 2 * high, 2 * wide), -np.inf, maps.dtype)
        even[:, :, :rows, :columns] = maps[:, :, : 2 * high, : 2 * wide]
        windows = even.reshape(n, out, high, 2, wide, 2).swapaxes(3, 4)
        windows = windows.reshape(n, out, high, wide, 4)
        winner = windows.argmax(axis=4)
        self.value = np.take_along_axis(windows, winner[..., None], axis=4)[..., 0]
        if bias is not None:
            self.value = self.value + bias[:, None, None]
        top, left = 2 * np.arange(high)[:, None], 2 * np.arange(wide)
        row, column = top + winner // 2, left + winner % 2
        self.where = (row * x.shape[3] + column).astype(np.int32)

    def gradients(self, g: Array, needs: Needs) -> tuple[Array | None, Array | None, Array | None]:
        """From g (N, O, high, wide), what x, weight and bias get: only the winners take part."""
        x, weight = self._x, self._weight
        n, out = g.shape[:2]
        width = x.shape[3]
        flat = np.zeros((n, out, x.shape[2] * width), g.dtype)
        windows = n, out, g.shape[2] * g.shape[3]
        np.put_along_axis(flat, self.where.reshape(windows), g.reshape(windows), axis=2)
        spread = flat.reshape(n, out, *x.shape[2:])
        d_x = np.zeros_like(x) if needs[0] else None
        d_weight = np.zeros_like(weight) if needs[1] else None
        rows, columns = x.shape[2] - weight.shape[2] + 1, width - weight.shape[3] + 1
        spread = spread[:, :, :rows, :columns]
        for i, j in np.ndindex(*weight.shape[2:]):
            part = np.s_[:, :, i : i + rows, j : j + columns]
            if d_x is not None:
                d_x[part] += np.einsum("nohw,oc->nchw", spread, weight[:, :, i, j], optimize=True)
            if d_weight is not None:
                d_weight[:, :, i, j] = np.einsum("nohw,nchw->oc", spread, x[part], optimize=True)
        return d_x, d_weight, g.sum(axis=(0, 2, 3)) if needs[2] else None
