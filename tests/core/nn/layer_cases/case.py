"""One way to make a layer, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.nn import Module


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@dataclass(frozen=True)
class LayerCase:
    """A layer of class `layer` as `make` builds it, given inputs of these shapes.

    With `classes` the inputs are whole numbers below it. `note` tells cases of one layer apart.
    """

    layer: str
    make: Callable[[], Module]
    shapes: tuple[tuple[int, ...], ...]
    note: str = ""
    classes: int = 0

    def inputs(self) -> list[NDArray[Any]]:
        chance = rng()
        if self.classes:
            return [chance.integers(0, self.classes, shape) for shape in self.shapes]
        return [chance.standard_normal(shape) for shape in self.shapes]

    def __str__(self) -> str:
        return f"{self.layer}, {self.note}" if self.note else self.layer
