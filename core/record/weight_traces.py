"""Traces of single weights: a few numbers of every parameter over time, with their gradients."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.nn.arena import Arena, ParamSpec

KERNELS, NUMBERS = 24, 32
"""How many kernels of a convolution are followed, and how many numbers of anything else."""

_EACH = 32
_DENSE = 1024


@dataclass(frozen=True)
class TracedParameter:
    """A parameter as the original named it: c1, fc1; filter, weights, bias.

    A number at `place` p belongs to picture p // (height · width).
    """

    number: int
    parameter: str
    name: str
    subname: str
    height: int
    width: int


class WeightTracer:
    """Chooses what is traced and when: 32 steps, then each 32nd, fewer after the 2,000th."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        slots = [s for s in arena.layout.specs if s.offset < arena.layout.num_params]
        self.parts = tuple(_parts(slots))
        counts = [
            min(s.size, KERNELS * math.prod(s.shape[2:]) if len(s.shape) == 4 else NUMBERS)
            for s in slots
        ]
        self._part = np.repeat(np.arange(len(slots)), counts)
        self._place = np.concatenate([np.arange(n) for n in counts])
        self._index = self._place + np.repeat([slot.offset for slot in slots], counts)

    def due(self, step: int) -> bool:
        """Whether this step is one of those."""
        if step <= _EACH:
            return True
        return step % (_EACH << max(0, (step // _DENSE).bit_length() - 1)) == 0

    def take(self, step: int) -> Iterator[tuple[int, int, int, float, float]]:
        """Rows (step, part, place, value, gradient) as the network stands."""
        values = self._arena.theta[self._index].tolist()
        gradients = self._arena.grad[self._index].tolist()
        count = len(values)
        parts, places = self._part.tolist(), self._place.tolist()
        return zip([step] * count, parts, places, values, gradients, strict=True)


def _parts(slots: list[ParamSpec]) -> Iterator[TracedParameter]:
    """Parameters under the original's names; layers are counted by kind."""
    layers: dict[str, str] = {}
    for number, slot in enumerate(slots):
        path, _, own = slot.name.rpartition(".")
        if path not in layers:
            kind = {4: "c", 2: "fc"}.get(len(slot.shape), "n")
            alike = sum(name.rstrip("0123456789") == kind for name in layers.values())
            layers[path] = f"{kind}{alike + 1}"
        name = layers[path]
        if len(slot.shape) == 4:
            yield TracedParameter(number, slot.name, name, "filter", *slot.shape[2:])
        elif len(slot.shape) == 2:
            yield TracedParameter(number, slot.name, name, "weights", *slot.shape)
        elif name.startswith("c"):
            yield TracedParameter(number, slot.name, name, own, 1, 1)
        else:
            yield TracedParameter(
                number, slot.name, name, "weights" if own == "weight" else own, slot.size, 1
            )
