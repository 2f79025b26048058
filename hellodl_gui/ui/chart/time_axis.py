"""Time axis: mini-batch ↔ pixel, linear or logarithmic, with zoom and pan."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_SOFT = 8  # as the record spaces its snapshots: evenly over log(step + 8)
_SMALLEST = 4.0  # mini-batches in view


class TimeAxis:
    """Maps mini-batches `first` to `last` to pixels `left` to `left + width`.

    Attributes: `logarithmic`; `view`, the steps at both ends, None for whatever the end is.
    """

    def __init__(self) -> None:
        self.first, self.last = 0.0, 1.0
        self.left, self.width = 0.0, 100.0
        self.logarithmic = False
        self.view: tuple[float | None, float | None] = (None, None)

    @property
    def low(self) -> float:
        """The step at the left end."""
        return self.first if self.view[0] is None else self.view[0]

    @property
    def high(self) -> float:
        """The step at the right end; a view that reaches the newest mini-batch grows with it."""
        high = self.last if self.view[1] is None else self.view[1]
        return max(high, self.low + 1)

    @property
    def zoomed(self) -> bool:
        """Whether not everything is in view."""
        return self.view != (None, None)

    def _bend(self, step: float) -> float:
        return math.log(max(step - self.first, 0.0) + _SOFT) if self.logarithmic else step

    def _straighten(self, place: float) -> float:
        if not self.logarithmic:
            return place
        return math.exp(min(place, 40.0)) - _SOFT + self.first

    def _ends(self) -> tuple[float, float]:
        return self._bend(self.low), self._bend(self.high)

    def x_of(self, step: float) -> float:
        """The pixel column of a step, also outside of the view."""
        low, high = self._ends()
        return self.left + (self._bend(step) - low) / (high - low) * self.width

    def xs_of(self, steps: Array | NDArray[np.int64]) -> Array:
        """The same of many (N,)."""
        low, high = self._ends()
        places = np.asarray(steps, np.float64)
        if self.logarithmic:
            places = np.log(np.maximum(places - self.first, 0) + _SOFT)
        return self.left + (places - low) / (high - low) * self.width

    def step_at(self, x: float) -> float:
        """The step at a pixel column, within what there is."""
        low, high = self._ends()
        place = low + (x - self.left) / max(self.width, 1) * (high - low)
        return min(max(self._straighten(place), self.first), self.last)

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

    def zoom(self, factor: float, x: float) -> None:
        """Show `factor` times as much, what is at pixel column x staying there."""
        low, high = self._ends()
        here = low + (x - self.left) / max(self.width, 1) * (high - low)
        self._show(here + (low - here) * factor, here + (high - here) * factor)

    def pan(self, pixels: float) -> None:
        """Move the view to the right, as far as there is anything."""
        low, high = self._ends()
        shift = pixels / max(self.width, 1) * (high - low)
        top = self._bend(self.last) - high
        shift = min(max(shift, self._bend(self.first) - low), max(top, 0.0))
        self._show(low + shift, high + shift)

    def reveal(self, step: float) -> None:
        """Move the view so that a step is in it."""
        if not self.low <= step <= self.high:
            self.pan(self.x_of(step) - (self.left + self.width / 2))

    def show_all(self) -> None:
        """Everything, and what is to come."""
        self.view = (None, None)

    def _show(self, low: float, high: float) -> None:
        start, end = self._straighten(low), self._straighten(high)
        if end - start < _SMALLEST:
            return
        self.view = (
            None if start <= self.first else start,
            None if end >= self.last else end,
        )

    def ticks(self, apart: float) -> list[int]:
        """Round steps in view, at least so many pixels apart, fewest digits first."""
        return self._ratios(apart) if self.logarithmic else self._even(apart)

    def _even(self, apart: float) -> list[int]:
        rough = (self.high - self.low) * apart / max(self.width, 1)
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
