"""Histograms over time: a ridgeline plot or a heat map."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.palette import heat, packed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring, plot_area
from hellodl_gui.ui.chart.ticks import number_text, round_numbers

Array = NDArray[np.float64]
_LEFT, _RIGHT, _TOP, _FOOT = 58, 12, 8, 20
_ABOVE = 0.22  # of the height belongs to the oldest ridge
_REACH = 4.0  # rows that a ridge may cover
_USUAL = 0.95  # of the ridges are not cut off at the top


class HistogramOverTimePlot(QWidget):
    """Rows from the oldest, at the top, to the newest; values from left to right.

    A click, or Enter, seeks the moment of a row; a double click goes back to what happens now; the
    up and down keys move the read-out.
    Attributes: `reading`, the number of the row that is read, or None.
    Signals: `read()`; `sought(int | None)`, None for what happens now.
    """

    read = Signal()
    sought = Signal(object)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(title)
        self.reading: int | None = None
        self._heat = False
        self._steps: NDArray[np.int64] = np.empty(0, np.int64)
        self._edges: Array = np.array([0.0, 1.0])
        self._shares: Array = np.empty((0, 1))
        self._moment: int | None = None
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Higher than wide enough."""
        return QSize(420, 320)

    def set_heat(self, on: bool) -> None:
        """A heat map, or ridges."""
        self._heat = on
        self.update()

    def set_spread(self, steps: NDArray[np.int64], edges: Array, shares: Array) -> None:
        """Histograms `shares` (T, B) over `edges` (B+1,), after mini-batches `steps`."""
        self._steps, self._edges, self._shares = steps, edges, shares
        if self.reading is not None and self.reading >= len(steps):
            self.read_at(None)
        self.update()

    def set_moment(self, step: int | None) -> None:
        """Stress the row nearest to a mini-batch; None: none."""
        if step != self._moment:
            self._moment = step
            self.update()

    @property
    def row(self) -> int | None:
        """The row of the moment."""
        if self._moment is None or not len(self._steps):
            return None
        return int(np.abs(self._steps - self._moment).argmin())

    def _on_theme(self) -> None:
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return plot_area(self, _LEFT, _TOP, _RIGHT, _FOOT)

    def _base(self, row: int, area: QRectF) -> float:
        """The pixel on which a row stands, or of its middle in a heat map."""
        count = len(self._steps)
        if self._heat:
            return area.top() + (row + 0.5) / max(count, 1) * area.height()
        first = area.top() + area.height() * (_ABOVE if count > 1 else 1.0)
        return first + row / max(count - 1, 1) * (area.bottom() - first)

    def row_at(self, y: float) -> int | None:
        """The row nearest to a pixel."""
        count = len(self._steps)
        if not count:
            return None
        area = self._area()
        first, last = self._base(0, area), self._base(count - 1, area)
        share = (y - first) / max(last - first, 1)
        return min(max(round(share * (count - 1)), 0), count - 1)

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows, axes, and where it is read."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        if len(self._steps):
            if self._heat:
                self._paint_heat(painter, area)
            self._paint_axes(painter, area)
            if not self._heat:
                self._paint_ridges(painter, area)
        focus_ring(painter, self)

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme = themes().theme
        metrics = painter.fontMetrics()
        low, high = float(self._edges[0]), float(self._edges[-1])
        for x in round_numbers(low, high, max(int(area.width() / 70), 2)):
            at = area.left() + (x - low) / (high - low) * area.width()
            painter.setPen(QPen(QColor(theme.quiet if x == 0 else theme.line), 1))
            top = area.bottom() if self._heat else area.top()
            painter.drawLine(QPointF(at, top), QPointF(at, area.bottom() + 3))
            painter.setPen(QColor(theme.quiet))
            box = QRectF(at - 40, area.bottom() + 4, 80, _FOOT - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, number_text(x))
        free = -1e9
        stressed = [row for row in (self.reading, self.row) if row is not None]
        for row in [*stressed, *range(len(self._steps) - 1, -1, -1)]:
            y = self._base(row, area)
            special = row in stressed
            clear = all(abs(y - self._base(s, area)) > metrics.height() for s in stressed)
            if not special and (not clear or abs(y - free) < 1.6 * metrics.height()):
                continue
            free = free if special else y
            painter.setPen(QColor(theme.text if special else theme.quiet))
            box = QRectF(0, y - metrics.height() / 2, _LEFT - 6, metrics.height())
            middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, middle, f"{self._steps[row]:,}")

    def _paint_ridges(self, painter: QPainter, area: QRectF) -> None:
        theme = themes().theme
        count = len(self._steps)
        tops = np.sort(self._shares.max(axis=1))
        most = float(tops[min(int(_USUAL * count), count - 1)]) or 1.0
        apart = (area.height() * (1 - _ABOVE)) / max(count - 1, 1)
        reach = min(_REACH * apart, area.height() * _ABOVE) if count > 1 else area.height() * 0.9
        middles = (self._edges[:-1] + self._edges[1:]) / 2
        low, high = float(self._edges[0]), float(self._edges[-1])
        xs = area.left() + (middles - low) / (high - low) * area.width()
        for row in range(count):
            base = self._base(row, area)
            ys = base - np.minimum(self._shares[row] / most, 1.05) * reach
            line = [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
            shown = row == self.row
            colour = mixed(theme.quiet, theme.curves[0], row / max(count - 1, 1))
            colour = theme.curves[1] if shown else theme.text if row == self.reading else colour
            painter.setPen(Qt.PenStyle.NoPen)
            # Opaque, so that a ridge hides what lies behind it.
            painter.setBrush(QColor(mixed(theme.panel, colour, 0.55 if shown else 0.28)))
            painter.drawPolygon(QPolygonF([QPointF(xs[0], base), *line, QPointF(xs[-1], base)]))
            painter.setPen(QPen(QColor(colour), 2 if shown or row == self.reading else 1.2))
            painter.drawPolyline(QPolygonF(line))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_heat(self, painter: QPainter, area: QRectF) -> None:
        # The root, so that rare values can be seen beside the many near zero.
        shares = np.sqrt(self._shares / max(float(self._shares.max()), 1e-12))
        pixels = packed(heat(themes().theme))[(shares * 255).astype(np.uint8)]
        pixels = np.ascontiguousarray(pixels)
        rows, columns = pixels.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        painter.drawImage(area, image)
        for row, colour in ((self.reading, themes().theme.text), (self.row, themes().theme.accent)):
            if row is not None:
                high = max(area.height() / rows, 3)
                box = QRectF(area.left(), self._base(row, area) - high / 2, area.width(), high)
                painter.setPen(QPen(QColor(colour), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box)

    # -- pointer and keys ---------------------------------------------------------------------

    def read_at(self, row: int | None) -> None:
        """Read a row, or none."""
        if row != self.reading:
            self.reading = row
            self.read.emit()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read what is under the pointer."""
        self.read_at(self.row_at(event.position().y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A wish for that moment."""
        row = self.row_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.sought.emit(int(self._steps[row]))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """What happens now."""
        self.sought.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down read, Enter seeks, Escape reads no more."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        last = len(self._steps) - 1
        if key in moves and last >= 0:
            here = self.reading if self.reading is not None else last + 1
            self.read_at(min(max(here + moves[key], 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.reading is not None:
            self.sought.emit(int(self._steps[self.reading]))
        elif key == Qt.Key.Key_Escape and self.reading is not None:
            self.read_at(None)
        else:
            super().keyPressEvent(event)
