"""Axis of a chart: value ↔ pixel, linear or by ratio, with zoom, pan and round ticks."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hellodl_gui.ui.chart.ticks import number_text, power_text, ratio_numbers, round_numbers

Array = NDArray[np.float64]
_MOST_ZOOM = 1000.0


class Axis:
    """Maps values from `first` to `last` to pixels, from `left` to `left + width`; the width of an
    axis that points up is negative.

    `title` says what is counted, with its unit; `text` how a number is written; `apart` is the
    room for a number in pixels.
    Attributes: `logarithmic`; `view`, the values at both ends, None for whatever the end is.
    """

    def __init__(
        self,
        title: str = "",
        text: Callable[[float], str] | None = None,
        apart: float = 60,
        ends: tuple[float, float] = (0.0, 1.0),
        logarithmic: bool = False,
    ) -> None:
        self.title, self.text, self.apart = title, text, apart
        self.first, self.last = ends
        self.logarithmic = logarithmic
        self.left, self.width = 0.0, 100.0
        self.view: tuple[float | None, float | None] = (None, None)
        self._marked: tuple[tuple[float, ...], list[tuple[float, str]]] = ((), [])

    @property
    def low(self) -> float:
        """The value at the first end."""
        return self.first if self.view[0] is None else self.view[0]

    @property
    def high(self) -> float:
        """The value at the other end; a view that reaches the last value grows with it."""
        low, high = self.low, self.last if self.view[1] is None else self.view[1]
        return high if high > low else self._above(low)

    @property
    def zoomed(self) -> bool:
        """Whether not everything is in view."""
        return self.view != (None, None)

    def _above(self, low: float) -> float:
        """An end where the last value is not above the first."""
        return low * 2 if self.logarithmic else low + 1

    def _bend(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def _bent(self, values: Array) -> Array:
        """The same of many; what has no place is not finite."""
        if not self.logarithmic:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log10(values))

    def _straighten(self, place: float) -> float:
        return float(10**place) if self.logarithmic else place

    def _ends(self) -> tuple[float, float]:
        low, high = self.low, self.high
        return (self._bend(low), self._bend(high)) if self.logarithmic else (low, high)

    def lay(self, left: float, width: float) -> None:
        """Where the axis begins, and how far it goes."""
        self.left, self.width = left, width or 1.0

    def x_of(self, value: float) -> float:
        """The pixel of a value, also outside of the view."""
        low, high = self._ends()
        return self.left + (self._bend(value) - low) / (high - low) * self.width

    def xs_of(self, values: NDArray[np.generic]) -> Array:
        """The same of many (N,); NaN where there is no place for one."""
        low, high = self._ends()
        bent = self._bent(np.asarray(values, np.float64))
        bent = np.where(np.isfinite(bent), bent, np.nan)
        return np.asarray(self.left + (bent - low) / (high - low) * self.width)

    def value_at(self, pixel: float) -> float:
        """The value at a pixel, within what there is."""
        low, high = self._ends()
        place = low + (pixel - self.left) / self.width * (high - low)
        return min(max(self._straighten(place), self.first), self.last)

    def nudged(self, value: float, share: float) -> float:
        """The value so much of the view further, within it."""
        low, high = self._ends()
        place = self._bend(value) + share * (high - low)
        return self._straighten(min(max(place, low), high))

    def zoom(self, factor: float, pixel: float) -> None:
        """Show `factor` times as much, what is at a pixel staying there."""
        low, high = self._ends()
        here = low + (pixel - self.left) / self.width * (high - low)
        self._show(here + (low - here) * factor, here + (high - here) * factor)

    def pan(self, pixels: float) -> None:
        """Move the view along the axis, as far as there is anything."""
        low, high = self._ends()
        shift = pixels / self.width * (high - low)
        top = self._bend(self.last) - high
        shift = min(max(shift, self._bend(self.first) - low), max(top, 0.0))
        self._show(low + shift, high + shift)

    def show_all(self) -> None:
        """Everything, and what is to come."""
        self.view = (None, None)

    def _too_narrow(self, low: float, high: float) -> bool:
        whole = self._bend(self.last) - self._bend(self.first)
        return high - low < whole / _MOST_ZOOM

    def _show(self, low: float, high: float) -> None:
        if self._too_narrow(low, high):
            return
        start, end = self._straighten(low), self._straighten(high)
        self.view = None if start <= self.first else start, None if end >= self.last else end

    def marks(self) -> list[tuple[float, str]]:
        """Round values in view, and their texts: found once as long as the axis stays."""
        key = (self.low, self.high, self.width, self.logarithmic)
        if key != self._marked[0]:
            most, (low, high) = max(int(abs(self.width) / self.apart), 2), self._ends()
            values = (ratio_numbers if self.logarithmic else round_numbers)(low, high, most)
            text = self.text or (_ratio_text if self.logarithmic else number_text)
            self._marked = key, [(value, text(value)) for value in values]
        return self._marked[1]


class NameAxis(Axis):
    """Places from 0 on with names: `at` 0 or, in the middle of bins, 0.5. Where there is too little
    room only every so many-th is written.
    """

    def __init__(self, names: Sequence[str] = (), at: float = 0.0, room: float = 18) -> None:
        super().__init__(apart=room)
        self.at = at
        self.name(names)

    def name(self, names: Sequence[str]) -> None:
        """Other names."""
        self.names = tuple(names)
        self.last = max(len(self.names) - 1 + 2 * self.at, 1.0)

    def marks(self) -> list[tuple[float, str]]:
        """Single letters need little room."""
        wide = self.width / (self.high - self.low)
        longest = max(map(len, self.names), default=1)
        every = 1 if longest == 1 else max(math.ceil(self.apart / max(wide, 1)), 1)
        shown = [(number + self.at, name) for number, name in enumerate(self.names)]
        return [one for one in shown[::every] if self.low <= one[0] <= self.high]


def _ratio_text(value: float) -> str:
    power = math.log10(value)
    return (power_text if abs(power - round(power)) < 1e-9 else number_text)(value)
