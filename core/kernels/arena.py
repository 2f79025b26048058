"""One flat vector for all parameters, one for all gradients; every parameter is a view."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.nn.module import Module

ALIGN = 64
_LANE = ALIGN // 4


def aligned_zeros(size: int) -> NDArray[np.float32]:
    """`size` float32 zeros that begin on a 64-byte boundary, as wide loads like it."""
    raw = np.zeros(size * 4 + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + size * 4].view(np.float32)


@dataclass(frozen=True)
class Slot:
    """Where one parameter lies: its name, shape and first float."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """How many floats it has."""
        return prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """The map of a flat vector of `size` floats. Every slot starts on a 64-byte boundary."""

    slots: tuple[Slot, ...]
    size: int

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> Self:
        """A layout for parameters of these shapes, in this order."""
        slots = []
        offset = 0
        for name, shape in shapes.items():
            slots.append(Slot(name, tuple(shape), offset))
            offset += -(-prod(shape) // _LANE) * _LANE
        return cls(tuple(slots), offset)

    def views(self, vector: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Every parameter of a flat vector (size,) in its own shape, without copying."""
        return {s.name: vector[s.offset : s.offset + s.size].reshape(s.shape) for s in self.slots}


class Arena:
    """Flat parameters `theta` and gradients `grad`, each (size,) float32, with their layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.theta = aligned_zeros(layout.size)
        self.grad = aligned_zeros(layout.size)

    @classmethod
    def adopt(cls, module: "Module") -> Self:
        """Move a module's float32 parameters and their gradients into an arena; values stay."""
        named = dict(module.named_parameters())
        arena = cls(Layout.of({name: p.shape for name, p in named.items()}))
        thetas, grads = arena.layout.views(arena.theta), arena.layout.views(arena.grad)
        for name, parameter in named.items():
            thetas[name][...] = parameter.data
            parameter.data = thetas[name]
            parameter.grad = grads[name]
        return arena

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self.grad.fill(0)
