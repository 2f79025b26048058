"""The weighted sums behind single outputs of a layer, as their products."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.inspect.zoom.forward_backward import LayerPass

Array = NDArray[np.float32]


@dataclass(frozen=True)
class WeightedSum:
    """One number of a convolution or a linear layer: Σ `inputs` · `weights` + `bias` = `result`.

    Both are (C, kh, kw); a linear layer's inputs are (C, 1, 1). `top` and `left` say where the
    window begins in the input, which may be in its padding; `first` is the number of the first of
    these channels.
    """

    inputs: Array
    weights: Array
    bias: float
    result: float
    top: int = 0
    left: int = 0
    first: int = 0

    @property
    def products(self) -> NDArray[np.float64]:
        """(C, kh, kw)."""
        return self.inputs.astype(np.float64) * self.weights

    @property
    def channels(self) -> NDArray[np.float64]:
        """What every channel adds, (C,)."""
        return self.products.sum(axis=(1, 2))

    @property
    def total(self) -> float:
        """All products and the bias."""
        return float(self.products.sum()) + self.bias


def pad_maps(x: Array, around: tuple[tuple[int, int], tuple[int, int]], fill: float = 0.0) -> Array:
    """Maps (C, H, W) with their padding."""
    if not any(map(any, around)):
        return x
    return np.pad(x, ((0, 0), *around), constant_values=fill)


def weighted_sum(
    stage: LayerPass, x: Array, unit: int, row: int = 0, column: int = 0
) -> WeightedSum:
    """One number of a convolution's or a linear layer's result, and what it is made of."""
    assert stage.weight is not None
    bias = float(stage.bias[unit]) if stage.bias is not None else 0.0
    if stage.weight.ndim == 2:
        weights = stage.weight[unit].reshape(-1, 1, 1)
        return WeightedSum(x.reshape(-1, 1, 1), weights, bias, float(stage.values[unit]))
    top, left = row * stage.stride[0], column * stage.stride[1]
    (high, wide), (down, right), channels = stage.reach, stage.apart, stage.channels(unit)
    padded = pad_maps(x[channels], stage.around)
    inputs = padded[:, top : top + high : down, left : left + wide : right]
    return WeightedSum(
        inputs, stage.weight[unit], bias, float(stage.values[unit, row, column]),
        top - stage.around[0][0], left - stage.around[1][0], channels.start or 0,
    )  # fmt: skip


def pool_window(
    stage: LayerPass, x: Array, unit: int, row: int, column: int
) -> tuple[Array, int, int]:
    """What a pool looks at for one number, (h, w), and where that begins in the map.

    Windows that hang over the edge are cut there; padding is left out too. Within the map its
    numbers are `stage.apart` from each other.
    """
    rows, columns = (
        slice(start if start >= 0 else start % apart, max(start + reach, 0), apart)
        for start, reach, apart in zip(
            (row * stage.stride[0] - stage.around[0][0],
             column * stage.stride[1] - stage.around[1][0]),
            stage.reach, stage.apart, strict=True,
        )
    )  # fmt: skip
    return x[unit, rows, columns], int(rows.start), int(columns.start)


def weight_images(weights: Array, shape: tuple[int, ...]) -> Array:
    """Weights (U, N) of neurons as pictures (U, C, H, W).

    `shape` is that of the maps that were put in a row before; without any, a square of all numbers
    where there is one, otherwise single numbers (U, N, 1, 1).
    """
    units, count = weights.shape
    if len(shape) == 3 and int(np.prod(shape)) == count:
        return weights.reshape(units, *shape)
    side = math.isqrt(count)
    return (
        weights.reshape(units, 1, side, side) if side * side == count else weights[..., None, None]
    )
