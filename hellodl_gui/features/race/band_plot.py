"""Plot of mean curves with a band of one standard deviation over the seeds."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.series import (
    Dash,
    DotSeries,
    LineSeries,
    Pane,
    Series,
    faint,
    points,
    runs,
)
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries

_BAND, _BAND_FADED, _FADED = 46, 10, 70  # of 255
_LINE, _MEANT = 1.8, 2.6
_DOTS = 60


@dataclass(frozen=True)
class BandSeries(TimeSeries):
    """A line with the spread (N,) of its runs, NaN where only one has the step."""

    spread: NDArray[np.float64]
    dashed: bool = False


@dataclass(frozen=True)
class SpreadBand:
    """From mean − spread to mean + spread; where the lower end has no place, to the foot."""

    line: BandSeries
    colour: QColor

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Where there is a spread."""
        line, xs = self.line, across.xs_of(self.line.xs)
        upper = pane.up.xs_of(line.ys + line.spread)
        lower = pane.up.xs_of(line.ys - line.spread)
        lower = np.where(np.isfinite(lower), lower, pane.area.bottom())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        for run in runs(np.isfinite(upper)):
            there, back = (xs[run], upper[run]), (xs[run][::-1], lower[run][::-1])
            painter.drawPolygon(points(*np.hstack([there, back])))


class BandPlot(TimePlot):
    """A `TimePlot` of `BandSeries`s: half-transparent from mean − spread to mean + spread."""

    def drawn(self, line: TimeSeries, strong: bool) -> Iterable[Series]:
        """Band, line, and dots while there are few."""
        assert isinstance(line, BandSeries)
        yield SpreadBand(line, faint(line.colour, _BAND if strong else _BAND_FADED))
        colour = faint(line.colour, 255 if strong else _FADED)
        thick = _MEANT if strong and self.meant is not None else _LINE
        dash = Dash.DashLine if line.dashed else Dash.SolidLine
        yield LineSeries(line.xs, line.ys, colour, thick, dash)
        if np.isfinite(line.ys).sum() <= _DOTS and not line.dashed:
            yield DotSeries(np.asarray(line.xs, np.float64), line.ys, colour, 2.4, rim=0)


def line_style(number: int) -> tuple[str, bool]:
    """Colour and whether dashed, so that ten lines can be told apart."""
    curves = themes().theme.curves
    return curves[number % len(curves)], number // len(curves) % 2 == 1
