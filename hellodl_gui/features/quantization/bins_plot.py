"""Histogram of weights with the bins of a quantizer."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_fixed
from core.inspect.weights.quantization_eval import BinHistogram
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import plot_area
from hellodl_gui.ui.chart.ticks import number_text, round_numbers

_SIDE, _TOP, _FOOT = 4, 4, 20
_TICK = 5
_APART = 3.0  # pixels between two cut lines that can still be told apart


class BinsPlot(QWidget):
    """Bars of a histogram, lines where the weights are cut, ticks at what stands for each bin.

    What was pruned is an empty band around zero. Point at a bin to read it.
    Signals: `hovered(str)`, empty when nothing is read.
    """

    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setMinimumSize(120, 90)
        self.setAccessibleName(tr("Histogram of weights with their bins"))
        self._picture: BinHistogram | None = None
        self._at: float | None = None
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, 180)

    def set_picture(self, picture: BinHistogram | None) -> None:
        """Show another; None for none."""
        self._picture = picture
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        return plot_area(self, _SIDE, _TOP, _SIDE, _FOOT)

    def _xs(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixel columns of weights."""
        assert self._picture is not None
        area, (low, high) = self._area(), self._picture.ends
        width = high - low if high > low else 1.0
        return area.left() + (np.asarray(values, np.float64) - low) / width * area.width()

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bands, bars, cuts, ticks, axis."""
        shown = self._picture
        if shown is None:
            return
        painter = QPainter(self)
        theme, area = themes().theme, self._area()
        xs = self._xs(shown.edges)
        self._paint_bands(painter, area, xs)
        self._paint_bars(painter, area)
        self._paint_cuts(painter, area, xs)
        painter.setPen(QColor(theme.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(theme.quiet))
        low, high = shown.ends
        if high > low:
            marks = round_numbers(low, high, max(int(area.width() / 60), 2))
            for x, mark in zip(self._xs(np.array(marks)), marks, strict=True):
                place = QRectF(x - 30, area.bottom() + _TICK, 60, _FOOT - _TICK)
                if x - area.left() >= 12 and area.right() - x >= 12:
                    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number_text(mark))

    def _paint_bands(self, painter: QPainter, area: QRectF, xs: NDArray[np.float64]) -> None:
        """Every second bin a shade darker, the one that is read stressed."""
        theme = themes().theme
        shade = QColor(mixed(theme.panel, theme.text, 0.07))
        here = self._here()
        for number, (left, right) in enumerate(pairwise(xs)):
            if number == here:
                painter.fillRect(
                    QRectF(left, area.top(), max(right - left, 2), area.height()),
                    QColor(mixed(theme.panel, theme.accent, 0.35)),
                )
            elif number % 2 and right - left >= 1:
                painter.fillRect(QRectF(left, area.top(), right - left, area.height()), shade)

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        shown, theme = self._picture, themes().theme
        assert shown is not None
        top = max(int(shown.counts.max(initial=0)), 1)
        width = area.width() / len(shown.counts)
        colour = QColor(theme.curves[0])
        for number, count in enumerate(shown.counts):
            if count:
                high = max(count / top * area.height(), 0.5)
                left = area.left() + number * width
                painter.fillRect(QRectF(left, area.bottom() - high, width, high), colour)
        if shown.hole > 0:
            left, right = self._xs(np.array([-shown.hole, shown.hole]))
            left, right = max(left, area.left()), min(right, area.right())
            painter.setPen(QPen(QColor(theme.quiet), 1, Qt.PenStyle.DotLine))
            for x in (left, right):
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if right - left > painter.fontMetrics().horizontalAdvance(tr("pruned")) + 4:
                place = QRectF(left, area.top(), right - left, 18)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tr("pruned"))

    def _paint_cuts(self, painter: QPainter, area: QRectF, xs: NDArray[np.float64]) -> None:
        shown, theme = self._picture, themes().theme
        assert shown is not None
        painter.setPen(QPen(QColor(theme.curves[1]), 1))
        last = -np.inf
        for x in xs[1:-1]:
            if x - last >= _APART:
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
                last = x
        painter.setPen(QPen(QColor(theme.text), 2))
        for x in self._xs(shown.values):
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + _TICK))

    # -- pointer ------------------------------------------------------------------------------

    def _here(self) -> int | None:
        """The bin under the pointer."""
        shown = self._picture
        if self._at is None or shown is None or not len(shown.values):
            return None
        xs = self._xs(shown.edges)
        place = int(np.searchsorted(xs, self._at, side="right")) - 1
        return place if 0 <= place < len(shown.values) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the bin under the pointer."""
        self._at = event.position().x()
        here, shown = self._here(), self._picture
        if here is None or shown is None:
            self.hovered.emit("")
        else:
            low, high = (format_fixed(x, 4, signed=True) for x in shown.edges[here : here + 2])
            value = format_fixed(shown.values[here], 4, signed=True)
            self.hovered.emit(
                tr("bin {number} of {count}: {low} to {high} become {value}").format(
                    number=here + 1, count=shown.bins, low=low, high=high, value=value
                )
            )
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._at = None
        self.hovered.emit("")
        self.update()
