"""Histograms, or cumulative counts, of squared weights on a log axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.inspect.weights.squared_weights import EDGES, SquaredWeights, visible_range
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line, plot_area, vertical_line
from hellodl_gui.ui.chart.ticks import power_text, powers_of_ten

_LEFT, _RIGHT, _TOP, _FOOT = 44, 12, 28, 20
_TITLE = 14
_STEP = 0.1  # powers of ten for an arrow key


@dataclass(frozen=True)
class SquareLine:
    """Squares in the theme's curve colour of this number."""

    name: str
    colour: int
    squares: SquaredWeights


class SquaredWeightsPlot(QWidget):
    """Point at a square, or use the arrow keys, to read how many weights lie below.

    Attributes: `reading`, the square that is read, None for none.
    Signals: `read()` it is another one now.
    """

    read = Signal()

    def __init__(self, title: str, cumulative: bool) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(150, 64)
        self.setAccessibleName(title)
        self.reading: float | None = None
        self._title = title
        self._cumulative = cumulative
        self._lines: tuple[SquareLine, ...] = ()
        self._low, self._high = -6.0, 0.0
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(360, 220)

    def set_lines(self, lines: Sequence[SquareLine]) -> None:
        """Show these; the axis reaches over all of them."""
        self._lines = tuple(lines)
        self._low, self._high = visible_range([line.squares for line in lines])
        self.update()

    def _on_theme(self) -> None:
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return plot_area(self, _LEFT, _TOP, _RIGHT, _FOOT)

    def x_of(self, square: float) -> float:
        """The pixel column of a square above zero."""
        area = self._area()
        return area.left() + (np.log10(square) - self._low) / (self._high - self._low) * (
            area.width()
        )

    def _square_at(self, x: float) -> float:
        area = self._area()
        share = min(max((x - area.left()) / area.width(), 0.0), 1.0)
        return float(10 ** (self._low + share * (self._high - self._low)))

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, lines, key, and where it is read."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = themes().theme, self._area()
        first, last = self._window()
        top = 1.0
        if not self._cumulative:
            top = max((float(line.squares.density[first:last].max(initial=0))
                       for line in self._lines), default=1.0) or 1.0  # fmt: skip
        self._paint_axes(painter, area, top)
        painter.setClipRect(area.adjusted(-1, -2, 1, 1))
        for line in self._lines:
            points = self._points(line.squares, first, last, area, top)
            colour = QColor(theme.curves[line.colour])
            if not self._cumulative:
                faint = QColor(colour)
                faint.setAlpha(50)
                ends = [
                    QPointF(points[-1].x(), area.bottom()), QPointF(points[0].x(), area.bottom())
                ]  # fmt: skip
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(faint)
                painter.drawPolygon(QPolygonF([*points, *ends]))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 1.6))
            painter.drawPolyline(QPolygonF(points))
        painter.setClipping(False)
        if self.reading is not None:
            x = self.x_of(self.reading)
            painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        self._paint_head(painter)
        focus_ring(painter, self)

    def _window(self) -> tuple[int, int]:
        """The first bin that can be seen, and the one after the last."""
        first = int(np.searchsorted(EDGES, 10**self._low * 0.999))
        last = int(np.searchsorted(EDGES, 10**self._high)) + 1
        return max(first, 1), min(last, len(EDGES) - 2)

    def _points(
        self, shown: SquaredWeights, first: int, last: int, area: QRectF, top: float
    ) -> list[QPointF]:
        logs = np.log10(EDGES[first : last + 1])
        xs = area.left() + (logs - self._low) / (self._high - self._low) * area.width()
        if self._cumulative:
            ys = area.bottom() - shown.below[first : last + 1] * area.height()
        else:
            ys = area.bottom() - shown.density[first:last] / top * area.height()
            xs, ys = np.repeat(xs, 2)[1:-1], np.repeat(ys, 2)
        return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]

    def _paint_axes(self, painter: QPainter, area: QRectF, top: float) -> None:
        marked = area.adjusted(0, 0, 0, 3)  # the lines reach down to their numbers
        for power in powers_of_ten(10**self._low, 10**self._high, max(int(area.width() / 40), 2)):
            vertical_line(painter, marked, self.x_of(power), power_text(power), apart=0)
        painter.setPen(QColor(themes().theme.quiet))
        name = tr("weight²")
        place = QRectF(0, area.bottom() - painter.fontMetrics().height() - 2, area.right() - 3, 30)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight, name)
        for step in (0.0, 0.5, 1.0):
            y = area.bottom() - step * area.height()
            horizontal_line(painter, area, y, f"{step * top:.0%}")

    def _paint_head(self, painter: QPainter) -> None:
        """What it is, and in its colour what each line is called."""
        theme, metrics = themes().theme, painter.fontMetrics()
        x = float(self.width() - _RIGHT)
        for line in reversed(self._lines):
            wide = metrics.horizontalAdvance(line.name)
            x -= wide
            painter.setPen(QColor(theme.curves[line.colour]))
            painter.drawText(QPointF(x, _TITLE), line.name)
            x -= 10
        painter.setPen(QColor(theme.text))
        room = int(max(x - 8, 0))
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(8, _TITLE), title)

    # -- pointer and keys ---------------------------------------------------------------------

    def read_at(self, square: float | None) -> None:
        """Read how many lie below a square; None for none."""
        if square != self.reading:
            self.reading = square
            self.update()
            self.read.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read what is under the pointer."""
        self.read_at(self._square_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move along, Escape reads no more."""
        moves = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}
        key = Qt.Key(event.key())
        if key in moves:
            middle = 10 ** ((self._low + self._high) / 2)
            here = np.log10(self.reading or middle) + moves[key]
            self.read_at(float(10 ** min(max(here, self._low), self._high)))
        elif key == Qt.Key.Key_Escape and self.reading is not None:
            self.read_at(None)
        else:
            super().keyPressEvent(event)
