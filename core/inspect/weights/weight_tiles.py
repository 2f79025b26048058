"""Weights as tiles: the picture of each kernel or row of a parameter."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.formatting import tr_format
from core.nn.arena import ArenaLayout, ParamSpec

_EXACT = 1e-3  # of the change's length that may be something else than the picture


@dataclass(frozen=True)
class WeightTiles:
    """A parameter that can be shown: N pictures of h × w, and what one of them is called.

    `columns` pictures belong in one row (a kernel's input channels); 0: any arrangement will do.
    `coloured`: three in a row are one picture in red, green and blue.
    """

    parameter: str
    title: str
    count: int
    height: int
    width: int
    one: str
    columns: int = 0
    coloured: bool = False

    def pictures(self, vector: NDArray[np.float32], layout: ArenaLayout) -> NDArray[np.float32]:
        """The parameter's part of a flat vector (P,) as (N, h, w), without copying."""
        return layout.views(vector)[self.parameter].reshape(self.count, self.height, self.width)

    def units(self, vector: NDArray[np.float32], layout: ArenaLayout) -> NDArray[np.float32]:
        """The same, unit by unit: (U, h, w), (U, inputs, h, w), or a matrix (U, inputs)."""
        whole = layout.views(vector)[self.parameter]
        if self.one == "matrix":
            return whole.reshape(self.height, self.width)
        if self.coloured:
            return whole.reshape(-1, 3, self.height, self.width)
        many = max(self.columns, 1)
        shape = (-1, many) if many > 1 else (-1,)
        return whole.reshape(*shape, self.height, self.width)


def weight_tiles(layout: ArenaLayout, sample: tuple[int, ...] | None = None) -> list[WeightTiles]:
    """Every parameter of more than one dimension, first layer first.

    A first weight (out, in) that looks at all pixels becomes `out` pictures, a convolution
    (out, in, k, k) out·in kernels, any other matrix a single picture. `sample` is the shape of what
    the network is given, (H, W), (3, H, W) or (D,); where it is not known, as many numbers as a
    square has are taken for one. First weights that look at three colours are coloured.
    """
    shown = []
    first = True
    for slot in layout.specs:
        size, channels = _looked_at(slot, sample) if first else (None, 0)
        match slot.shape:
            case (out, _) if size is not None:
                high, wide = size
                words = "{out} × {high}×{wide} weights" if out > 1 else "{high}×{wide} weights"
                many = tr_format(words, out=out, high=high, wide=wide)
                columns = channels if channels > 1 else 0
                shown.append(
                    WeightTiles(slot.name, many, out * channels, high, wide, "neuron", columns,
                                coloured=channels == 3)
                )  # fmt: skip
            case (out, inputs, height, width):
                words = "{out}·{inputs} kernels {height}×{width}"
                kernels = tr_format(words, out=out, inputs=inputs, height=height, width=width)
                columns = inputs if inputs > 1 else 0
                shown.append(
                    WeightTiles(slot.name, kernels, out * inputs, height, width, "kernel", columns,
                                coloured=first and inputs == 3)
                )  # fmt: skip
            case (out, inputs, width):
                words = "{out}·{inputs} kernels of {width}"
                kernels = tr_format(words, out=out, inputs=inputs, width=width)
                columns = inputs if inputs > 1 else 0
                shown.append(
                    WeightTiles(slot.name, kernels, out * inputs, 1, width, "kernel", columns)
                )
            case (out, inputs):
                matrix = tr_format("{out}×{inputs} matrix", out=out, inputs=inputs)
                shown.append(WeightTiles(slot.name, matrix, 1, out, inputs, "matrix"))
            case _:
                continue
        first = False
    return shown


def _looked_at(
    spec: ParamSpec, sample: tuple[int, ...] | None
) -> tuple[tuple[int, int] | None, int]:
    """Of which picture (H, W), and of how many channels, a row of a first matrix is; or of none."""
    if len(spec.shape) != 2 or spec.kind == "Embedding":
        return None, 0
    inputs = spec.shape[1]
    if sample is None:
        side = math.isqrt(inputs)
        return ((side, side), 1) if side * side == inputs else (None, 0)
    if len(sample) < 2 or math.prod(sample) != inputs:
        return None, 0
    return (sample[-2], sample[-1]), math.prod(sample[:-2])


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
