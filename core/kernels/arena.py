"""One flat vector for all parameters, one for all gradients; every parameter is a view."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

if TYPE_CHECKING:
    from core.nn.module import Module

ALIGN = 64
_LANE = ALIGN // 4


def aligned_zeros(size: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """`size` zeros that begin on a 64-byte boundary, as wide loads like it."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(size * width + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + size * width].view(dtype)


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
    """The map of a flat vector of `size` floats. Every slot starts on a 64-byte boundary.

    The first `trained` floats are parameters; behind them lie buffers, which no optimiser touches.
    """

    slots: tuple[Slot, ...]
    size: int
    trained: int

    @classmethod
    def of(
        cls,
        shapes: Mapping[str, tuple[int, ...]],
        buffers: Mapping[str, tuple[int, ...]] | None = None,
    ) -> Self:
        """A layout for parameters and buffers of these shapes, in this order."""
        slots = []
        offset = trained = 0
        for group in (shapes, buffers or {}):
            for name, shape in group.items():
                slots.append(Slot(name, tuple(shape), offset))
                offset += -(-prod(shape) // _LANE) * _LANE
            trained = offset if group is shapes else trained
        return cls(tuple(slots), offset, trained)

    def views(self, vector: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Every parameter of a flat vector (size,) in its own shape, without copying."""
        return {s.name: vector[s.offset : s.offset + s.size].reshape(s.shape) for s in self.slots}


class Arena:
    """Flat numbers `theta` and gradients `grad`, each (size,), with their layout.

    `learnt` and `learnt_grad` (trained,) are the parts that an optimiser moves and reads. All are
    of one type, float32 unless said otherwise.
    """

    def __init__(self, layout: Layout, dtype: DTypeLike = np.float32) -> None:
        self.layout = layout
        self.theta = aligned_zeros(layout.size, dtype)
        self.grad = aligned_zeros(layout.size, dtype)
        self.learnt = self.theta[: layout.trained]
        self.learnt_grad = self.grad[: layout.trained]

    @classmethod
    def adopt(cls, module: "Module", dtype: DTypeLike = np.float32) -> Self:
        """Move a module's parameters, gradients and buffers into an arena; values stay."""
        named, buffers = dict(module.named_parameters()), dict(module.named_buffers())
        layout = Layout.of(
            {name: p.shape for name, p in named.items()},
            {name: b.shape for name, b in buffers.items()},
        )
        arena = cls(layout, dtype)
        thetas, grads = layout.views(arena.theta), layout.views(arena.grad)
        for name, tensor in {**named, **buffers}.items():
            thetas[name][...] = tensor.data
            tensor.data = thetas[name]
        for name, parameter in named.items():
            parameter.grad = grads[name]
        return arena

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self.grad.fill(0)
