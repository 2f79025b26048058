"""Value axis of lines over time: reaches over what is seen of them, without their spikes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.plot_data import finite_or_nan
from hellodl_gui.ui.chart.robust_range import robust_range
from hellodl_gui.ui.chart.series import Pane, faint
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
    """Where values ought to lie, and what that is called; a series of a chart."""

    low: float
    high: float
    words: str

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """A stripe with its words at the right, where it is high enough."""
        top, bottom = pane.up.x_of(self.high), pane.up.x_of(self.low)
        area, good = pane.area, themes().theme.good
        painter.fillRect(QRectF(area.left(), top, area.width(), bottom - top), faint(good, 34))
        painter.setPen(QColor(good))
        box = QRectF(area.left() + 6, top + 1, area.width() - 12, bottom - top)
        if box.height() >= painter.fontMetrics().height():
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, self.words)


class ValueScale(Axis):
    """Attributes: `band`, to be in sight with a logarithmic axis; `cut`, whether a spike goes
    beyond; `empty`, whether nothing has a place.
    """

    def __init__(self) -> None:
        super().__init__(apart=_APART)
        self.band: TargetBand | None = None
        self.cut = self.empty = False

    def fit(self, lines: Sequence[TimeSeries], axis: TimeAxis) -> None:
        """Reach over what can be seen of the lines, with a little air."""
        low, high = math.inf, -math.inf
        parts = [finite_or_nan(line.ys[_within(line, axis)]) for line in lines]
        for part in parts:
            ys = part[part > 0] if self.logarithmic else part[np.isfinite(part)]
            if len(ys):
                low, high = min(low, float(ys.min())), max(high, float(ys.max()))
        self.cut = False
        if not self.logarithmic and 0 <= low <= high:
            shown = robust_range(parts)
            if shown.cut:
                high, self.cut = shown.high, True
        self.empty = low > high
        if self.empty:
            low, high = (1e-3, 1.0) if self.logarithmic else (0.0, 1.0)
        if self.logarithmic and self.band is not None:
            low, high = min(low, self.band.low), max(high, self.band.high)
        low, high = self._bend(low), self._bend(high)
        if self.logarithmic:
            air = max((high - low) * _AIR, (_LEAST_DECADES - (high - low)) / 2)
        else:
            span = high - low if high - low > _EQUAL * max(abs(low), abs(high)) else 0.0
            air = span * _AIR or max(abs(high), 1e-6) * 0.1
        self.first, self.last = self._straighten(low - air), self._straighten(high + air)

    def xs_of(self, values: NDArray[np.generic]) -> Array:
        """Also of numbers that no training has."""
        return super().xs_of(finite_or_nan(np.asarray(values, np.float64)))


def _within(line: TimeSeries, axis: TimeAxis) -> NDArray[np.bool_]:
    return np.asarray((line.xs >= axis.low) & (line.xs <= axis.high))
