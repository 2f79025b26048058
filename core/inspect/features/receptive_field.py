"""Receptive fields: the pixels that a number in a network depends on.

Along one axis, number p of a layer sees the pixels from p·step − before on, `size` of them. Layers
in a line multiply their steps; each window widens the field by what it reaches beyond one number.
"""

from collections.abc import Iterable
from typing import NamedTuple

from core.autograd.ops.convolution import edges, pair
from core.nn import Conv2d, MaxPool2d, Module

PixelRect = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; the last two are the first pixels outside."""


class AxisField(NamedTuple):
    """Along one axis: pixels from one number's field to the next, before the first, in each."""

    step: int = 1
    before: int = 0
    size: int = 1

    def behind(self, window: int, stride: int, padding: int) -> "AxisField":
        """The same once a window has moved over these numbers."""
        return AxisField(
            self.step * stride,
            self.before + self.step * padding,
            self.size + self.step * (window - 1),
        )


class ReceptiveField(NamedTuple):
    """Of maps (H, W): how their numbers look down and across the picture."""

    down: AxisField = AxisField()
    across: AxisField = AxisField()

    def sees(self, row: int, column: int) -> PixelRect:
        """The field of one number, as if the picture had no end."""
        top = row * self.down.step - self.down.before
        left = column * self.across.step - self.across.before
        return top, left, top + self.down.size, left + self.across.size

    def field(self, row: int, column: int, size: tuple[int, int]) -> PixelRect:
        """The field of one number inside a picture (height, width)."""
        top, left, bottom, right = self.sees(row, column)
        return max(top, 0), max(left, 0), min(bottom, size[0]), min(right, size[1])

    def behind(self, module: Module) -> "ReceptiveField":
        """The reach of what a module makes of such maps."""
        match module:
            case Conv2d():
                high, wide = module.weight.shape[2:]
                steps = pair(module.stride, "stride", 1)
                (above, _), (left, _) = edges(module.padding, (high, wide), steps)
            case MaxPool2d():
                high, wide = pair(module.kernel_size, "kernel_size", 1)
                stride = (high, wide) if module.stride is None else module.stride
                steps = pair(stride, "stride", 1)
                above, left = pair(module.padding, "padding", 0)
            case _:
                return self
        return ReceptiveField(
            self.down.behind(high, steps[0], above), self.across.behind(wide, steps[1], left)
        )


def receptive_field(modules: Iterable[Module]) -> ReceptiveField:
    """The reach of what comes out of modules in a line."""
    reach = ReceptiveField()
    for module in modules:
        reach = reach.behind(module)
    return reach
