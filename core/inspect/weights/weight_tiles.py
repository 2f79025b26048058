"""Weights as tiles: the picture of each kernel or row of a parameter."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.formatting import tr_format
from core.nn.arena import ArenaLayout

_EXACT = 1e-3  # of the change's length that may be something else than the picture


@dataclass(frozen=True)
class WeightTiles:
    """A parameter that can be shown: N pictures of h × w, and what one of them is called.

    `columns` pictures belong in one row (a kernel's input channels); 0: any arrangement will do.
    """

    parameter: str
    title: str
    count: int
    height: int
    width: int
    one: str
    columns: int = 0

    def pictures(self, vector: NDArray[np.float32], layout: ArenaLayout) -> NDArray[np.float32]:
        """The parameter's part of a flat vector (P,) as (N, h, w), without copying."""
        return layout.views(vector)[self.parameter].reshape(self.count, self.height, self.width)


def weight_tiles(layout: ArenaLayout) -> list[WeightTiles]:
    """Every parameter of more than one dimension, first layer first.

    A first weight (out, in) that looks at a square of pixels becomes `out` pictures, a convolution
    (out, in, k, k) out·in kernels, any other matrix a single picture.
    """
    shown = []
    first = True
    for slot in layout.specs:
        match slot.shape:
            case (out, inputs, height, width):
                words = "{out}·{inputs} kernels {height}×{width}"
                kernels = tr_format(words, out=out, inputs=inputs, height=height, width=width)
                columns = inputs if inputs > 1 else 0
                shown.append(
                    WeightTiles(slot.name, kernels, out * inputs, height, width, "kernel", columns)
                )
            case (out, inputs) if first and math.isqrt(inputs) ** 2 == inputs:
                side = math.isqrt(inputs)
                words = "{out} × {side}×{side} weights" if out > 1 else "{side}×{side} weights"
                many = tr_format(words, out=out, side=side)
                shown.append(WeightTiles(slot.name, many, out, side, side, "neuron"))
            case (out, inputs):
                matrix = tr_format("{out}×{inputs} matrix", out=out, inputs=inputs)
                shown.append(WeightTiles(slot.name, matrix, 1, out, inputs, "matrix"))
            case _:
                continue
        first = False
    return shown


def update_factor(
    before: NDArray[np.floating], after: NDArray[np.floating], picture: NDArray[np.floating]
) -> float | None:
    """The factor f for which after − before = f · picture, arrays of one shape.

    0 where nothing changed; None where the change is no multiple of the picture.
    """
    change = (after - before).astype(np.float64).ravel()
    shape = picture.astype(np.float64).ravel()
    size = float(change @ change)
    if size == 0:
        return 0.0
    length = float(shape @ shape)
    factor = float(change @ shape) / length if length else 0.0
    rest = change - factor * shape
    # float32 weights lose the last digits of what is added to them
    rounding = np.finfo(np.float32).eps * float(np.abs(after).max()) * np.sqrt(change.size)
    return factor if np.sqrt(rest @ rest) <= _EXACT * np.sqrt(size) + rounding else None
