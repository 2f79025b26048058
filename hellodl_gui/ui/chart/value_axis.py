"""Value axis of lines over time: value ↔ pixel, linear or logarithmic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from hellodl_gui.ui.chart.plot_data import finite_or_nan
from hellodl_gui.ui.chart.robust_range import robust_range
from hellodl_gui.ui.chart.ticks import number_text, power_text, ratio_numbers, round_numbers
from hellodl_gui.ui.chart.time_axis import TimeAxis

Array = NDArray[np.float64]
_APART = 28  # pixels between two numbers on the axis
_AIR = 0.06
_EQUAL = 1e-9  # values that differ by less, relatively, differ by rounding only
_LEAST_DECADES = 1.0


@dataclass(frozen=True)
class TimeSeries:
    """Values `ys` after mini-batches `xs`, ascending, (N,) each, in a colour #rrggbb."""

    name: str
    colour: str
    xs: Array | NDArray[np.int64]
    ys: Array


@dataclass(frozen=True)
class TargetBand:
    """Where values ought to lie, and what that is called."""

    low: float
    high: float
    words: str


class ValueScale:
    """Attributes: `log`, whether it is by ratio; `band`, to be in sight with a logarithmic axis;
    `cut`, whether a spike goes beyond; `empty`, whether nothing has a place.
    """

    def __init__(self) -> None:
        self.log = False
        self.band: TargetBand | None = None
        self.cut = self.empty = False
        self._low, self._high = 0.0, 1.0

    def fit(self, lines: Sequence[TimeSeries], axis: TimeAxis) -> None:
        """Reach over what can be seen of the lines, with a little air."""
        low, high = math.inf, -math.inf
        parts = [finite_or_nan(line.ys[_within(line, axis)]) for line in lines]
        for part in parts:
            ys = part[part > 0] if self.log else part[np.isfinite(part)]
            if len(ys):
                low, high = min(low, float(ys.min())), max(high, float(ys.max()))
        self.cut = False
        if not self.log and 0 <= low <= high:
            shown = robust_range(parts)
            if shown.cut:
                high, self.cut = shown.high, True
        self.empty = low > high
        if low > high:
            low, high = (1e-3, 1.0) if self.log else (0.0, 1.0)
        if self.log:
            if self.band is not None:
                low, high = min(low, self.band.low), max(high, self.band.high)
            low, high = math.log10(low), math.log10(high)
            air = max((high - low) * _AIR, (_LEAST_DECADES - (high - low)) / 2)
        else:
            span = high - low if high - low > _EQUAL * max(abs(low), abs(high)) else 0.0
            air = span * _AIR or max(abs(high), 1e-6) * 0.1
        self._low, self._high = low - air, high + air

    def marks(self, pixels: float) -> list[tuple[float, str]]:
        """Round values and their texts, for an axis of so many pixels."""
        most = max(int(pixels / _APART), 2)
        if not self.log:
            return [(y, number_text(y)) for y in round_numbers(self._low, self._high, most)]
        numbers = ratio_numbers(self._low, self._high, most)
        return [(y, power_text(y) if _is_power(y) else number_text(y)) for y in numbers]

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value that has a place."""
        return (10**self._low, 10**self._high) if self.log else (self._low, self._high)

    def pixels(self, values: Array, area: QRectF) -> Array:
        """Where values lie in an area; NaN where there is no place for one."""
        values = finite_or_nan(np.asarray(values, np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            bent = np.log10(values) if self.log else values
        bent = np.where(np.isfinite(bent), bent, np.nan)
        return area.bottom() - (bent - self._low) / (self._high - self._low) * area.height()


def _within(line: TimeSeries, axis: TimeAxis) -> NDArray[np.bool_]:
    return np.asarray((line.xs >= axis.low) & (line.xs <= axis.high))


def _is_power(value: float) -> bool:
    return value > 0 and abs(math.log10(value) - round(math.log10(value))) < 1e-9
