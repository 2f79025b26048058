"""Parameters as pictures: what a weight looks like."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.nn.arena import ArenaLayout


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
                kernels = f"{out}·{inputs} kernels {height}×{width}"
                shown.append(
                    WeightTiles(slot.name, kernels, out * inputs, height, width, "kernel",
                             columns=inputs if inputs > 1 else 0)
                )  # fmt: skip
            case (out, inputs) if first and math.isqrt(inputs) ** 2 == inputs:
                side = math.isqrt(inputs)
                many = f"{out} × {side}×{side} weights" if out > 1 else f"{side}×{side} weights"
                shown.append(WeightTiles(slot.name, many, out, side, side, "neuron"))
            case (out, inputs):
                matrix = f"{out}×{inputs} matrix"
                shown.append(WeightTiles(slot.name, matrix, 1, out, inputs, "matrix"))
            case _:
                continue
        first = False
    return shown
