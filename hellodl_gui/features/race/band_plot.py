"""Plot of mean curves with a band of one standard deviation over the seeds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from hellodl_gui.theming.theme_manager import themes
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


class BandPlot(TimePlot):
    """A `TimePlot` of `BandSeries`s: half-transparent from mean − spread to mean + spread."""

    def _paint_line(self, painter: QPainter, area: QRectF, line: TimeSeries, strong: bool) -> None:
        if not isinstance(line, BandSeries) or not len(line.xs):
            return
        xs = self.axis.xs_of(line.xs)
        self._paint_band(painter, area, line, xs, strong)
        ys = self._scale.pixels(line.ys, area)
        colour = QColor(line.colour)
        colour.setAlpha(255 if strong else _FADED)
        pen = QPen(colour, _MEANT if strong and self.meant is not None else _LINE)
        if line.dashed:
            pen.setDashPattern([4, 2])
        seen = np.isfinite(ys)
        dots = int(seen.sum()) <= _DOTS and not line.dashed
        for part in np.split(np.arange(len(xs)), np.flatnonzero(~seen)):
            points = [QPointF(xs[i], ys[i]) for i in part[seen[part]]]
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(points))
            if dots or len(points) == 1:
                painter.setBrush(colour)
                for point in points:
                    painter.drawEllipse(point, 1.6, 1.6)
                painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_band(
        self,
        painter: QPainter,
        area: QRectF,
        line: BandSeries,
        xs: NDArray[np.float64],
        strong: bool,
    ) -> None:
        """Where there is a spread; on a logarithmic axis what lies below zero ends at its foot."""
        upper = self._scale.pixels(line.ys + line.spread, area)
        lower = self._scale.pixels(line.ys - line.spread, area)
        lower = np.where(np.isfinite(lower), lower, area.bottom())
        colour = QColor(line.colour)
        colour.setAlpha(_BAND if strong else _BAND_FADED)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        seen = np.isfinite(upper)
        for part in np.split(np.arange(len(xs)), np.flatnonzero(~seen)):
            at = part[seen[part]]
            if len(at) > 1:
                there = [QPointF(xs[i], upper[i]) for i in at]
                back = [QPointF(xs[i], lower[i]) for i in at[::-1]]
                painter.drawPolygon(QPolygonF([*there, *back]))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def line_style(number: int) -> tuple[str, bool]:
    """Colour and whether dashed, so that ten lines can be told apart."""
    curves = themes().theme.curves
    return curves[number % len(curves)], number // len(curves) % 2 == 1
