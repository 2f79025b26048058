"""Line plot over the mini-batch with the moment shown: read, zoom, click to seek."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.annotations import offscale_curves
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import DotSeries, LineSeries, Pane, Series, VerticalLine, faint
from hellodl_gui.ui.chart.time_axis import TimeAxis
from hellodl_gui.ui.chart.value_axis import TargetBand, TimeSeries, ValueScale

_MARGIN = 48.0
_FADED = 60  # of 255, where another line is meant


class TimePlot(Chart):
    """One plot. Several may share an `axis`: who changes its view says so by `viewed`.

    A click, or Enter, seeks; a double click goes back to what happens now.
    Attributes: `reading`, the mini-batch that is read, or None; `meant`, the only line that is
    drawn strongly, or None; `lines`.
    Signals: `sought(int | None)`, None for what happens now.
    """

    sought = Signal(object)
    grid = False

    def __init__(self, title: str, axis: TimeAxis | None = None) -> None:
        self.axis = axis or TimeAxis()
        self._scale = ValueScale()
        pane = Pane(self._scale, title)
        super().__init__(title, self.axis, pane, least=(160, 84), hint=(480, 200))
        if axis is not None:  # plots that share an axis begin at the same pixel
            self._margin = _MARGIN
        self.meant: int | None = None
        self.lines: tuple[TimeSeries, ...] = ()
        self._moment: int | None = None

    def set_title(self, title: str) -> None:
        """Above the plot."""
        self.panes[0].title = title
        self.setAccessibleName(title)
        self.update()

    def set_log(self, on: bool, band: TargetBand | None = None) -> None:
        """A logarithmic value axis, or a linear one; and where values ought to lie."""
        self._scale.logarithmic, self._scale.band = on, band
        self.set_lines(self.lines)

    def set_lines(self, lines: Sequence[TimeSeries]) -> None:
        """Show these; the axis reaches over all of them."""
        self.lines = tuple(lines)
        ends = [line.xs for line in lines if len(line.xs)]
        if ends:
            self.axis.first = float(min(xs[0] for xs in ends))
            self.axis.last = float(max(xs[-1] for xs in ends))
        self.look_again()

    def set_moment(self, step: int | None) -> None:
        """Mark a mini-batch as the one that is shown; None: none."""
        if step != self._moment:
            self._moment = step
            self.update()

    def mean_only(self, number: int | None) -> None:
        """Draw one line strongly and all others faintly, or all alike."""
        if number != self.meant:
            self.meant = number
            self.update()

    def look_again(self) -> None:
        """The axis shows another stretch of time."""
        self._scale.fit(self.lines, self.axis)
        self.update()

    def values_at(self, step: float) -> list[float]:
        """Of each line the last value at or before a step, NaN before the first."""
        found = []
        for line in self.lines:
            at = int(np.searchsorted(line.xs, step, "right")) - 1
            found.append(float(line.ys[at]) if at >= 0 else math.nan)
        return found

    def choose(self, reading: float) -> None:
        """A wish for that moment."""
        self.sought.emit(round(reading))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of time again, and what happens now."""
        super().mouseDoubleClickEvent(event)
        self.sought.emit(None)

    # -- drawing ------------------------------------------------------------------------------

    def series(self, pane: Pane) -> Iterable[Series]:
        """The band, the lines, the moment, and a dot on each line where it is read."""
        if self._scale.band is not None and self._scale.logarithmic:
            yield self._scale.band
        order = sorted(range(len(self.lines)), key=lambda number: number == self.meant)
        for number in order:
            yield from self.drawn(self.lines[number], self.meant in (None, number))
        if self._moment is not None:
            yield VerticalLine(self._moment, themes().theme.accent, 2)
        if self.reading is not None:
            for line, value in zip(self.lines, self.values_at(self.reading), strict=True):
                yield DotSeries([self.reading], [value], line.colour)

    def drawn(self, line: TimeSeries, strong: bool) -> Iterable[Series]:
        """How one line is drawn."""
        colour = QColor(line.colour) if strong else faint(line.colour, _FADED)
        yield LineSeries(line.xs, line.ys, colour, 2 if strong and self.meant is not None else 1.6)

    def paint_over(self, painter: QPainter) -> None:
        """How high a spike goes that is cut off; or that nothing has a place."""
        area = self.panes[0].area
        if self._scale.empty and any(np.isfinite(line.ys).any() for line in self.lines):
            painter.setPen(QColor(themes().theme.quiet))
            words = tr("A logarithmic axis has no place for values of zero and below.")
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(area, flags, words)
        if not self._scale.cut:
            return
        curves = [(np.asarray(one.xs, np.float64), one.ys, one.colour) for one in self.lines]
        ends = self._scale.first, self._scale.last
        for leaving in offscale_curves(curves, *ends, percent=False)[:1]:
            metrics = painter.fontMetrics()
            wide = metrics.horizontalAdvance(leaving.text)
            left = self.axis.x_of(leaving.x) - wide / 2
            left = min(max(left, area.left() + 3), area.right() - wide)
            painter.setPen(QColor(leaving.colour))
            painter.drawText(QPointF(left, area.top() + metrics.ascent()), leaving.text)
