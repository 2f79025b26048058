"""Time axis: mini-batch ↔ pixel, linear or logarithmic, with zoom and pan."""

import math

import numpy as np
from numpy.typing import NDArray

from core.translation import tr
from hellodl_gui.ui.chart.axis import Axis

Array = NDArray[np.float64]
_SOFT = 8  # as the record spaces its snapshots: evenly over log(step + 8)
_SMALLEST = 4.0  # mini-batches in view
_APART = 64  # pixels between two steps


class TimeAxis(Axis):
    """Mini-batches, whole ones. Attributes: `logarithmic`, the first ones get the most room."""

    def __init__(self) -> None:
        super().__init__(tr("mini-batch"))

    def _above(self, low: float) -> float:
        return low + 1

    def _bend(self, value: float) -> float:
        return math.log(max(value - self.first, 0.0) + _SOFT) if self.logarithmic else value

    def _bent(self, values: Array) -> Array:
        if not self.logarithmic:
            return values
        return np.asarray(np.log(np.maximum(values - self.first, 0) + _SOFT))

    def _straighten(self, place: float) -> float:
        return math.exp(min(place, 40.0)) - _SOFT + self.first if self.logarithmic else place

    def _too_narrow(self, low: float, high: float) -> bool:
        return self._straighten(high) - self._straighten(low) < _SMALLEST

    def nudged(self, value: float, share: float) -> float:
        """At least one mini-batch further."""
        by = math.copysign(max(abs(share) * (self.high - self.low), 1), share)
        return min(max(value + by, self.low), self.high)

    def marks(self) -> list[tuple[float, str]]:
        """Round steps."""
        return [(step, f"{step:,}") for step in self.ticks(_APART)]

    def edges(self, columns: int) -> Array:
        """The steps between which each of so many columns lies (columns + 1,)."""
        low, high = self._ends()
        places = np.linspace(low, high, columns + 1)
        return np.exp(places) - _SOFT + self.first if self.logarithmic else places

    def share_of(self, step: float) -> float:
        """How much of all time is over at a step as the axis measures it: 0 to 1."""
        low, high = self._bend(self.first), self._bend(max(self.last, self.first + 1))
        return min(max((self._bend(step) - low) / (high - low), 0.0), 1.0)

    def step_of(self, share: float) -> float:
        """The step at a share of all time, `share_of` backwards."""
        low, high = self._bend(self.first), self._bend(max(self.last, self.first + 1))
        return self._straighten(low + share * (high - low))

    def reveal(self, step: float) -> None:
        """Move the view so that a step is in it."""
        if not self.low <= step <= self.high:
            self.pan(self.x_of(step) - (self.left + self.width / 2))

    def ticks(self, apart: float) -> list[int]:
        """Round steps in view, at least so many pixels apart, fewest digits first."""
        return self._ratios(apart) if self.logarithmic else self._even(apart)

    def _even(self, apart: float) -> list[int]:
        rough = (self.high - self.low) * apart / self.width
        power = 10.0 ** math.floor(math.log10(max(rough, 1.0)))
        size = max(int(next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)), 1)
        begin = math.ceil(self.low / size) * size
        return list(range(begin, int(self.high) + 1, size))

    def _ratios(self, apart: float) -> list[int]:
        chosen: list[tuple[float, int]] = []
        most = max(int(math.log10(max(self.high, 1))) + 1, 1)
        powers = [10**power for power in range(most + 1)]
        first = round(self.first)
        rounds = [first, *powers, *(5 * p for p in powers), *(2 * p for p in powers)]
        for step in [*rounds, *self._even(apart)]:
            x = self.x_of(step)
            inside = self.low <= step <= self.high and step >= self.first
            if inside and all(abs(x - other) >= apart for other, _ in chosen):
                chosen.append((x, step))
        return sorted(step for _, step in chosen)
