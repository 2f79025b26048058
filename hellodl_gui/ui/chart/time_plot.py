"""Line plot over the mini-batch with the moment shown: read, zoom, click to seek."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.annotations import offscale_curves
from hellodl_gui.ui.chart.plot_data import decimated
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line
from hellodl_gui.ui.chart.time_axis import TimeAxis
from hellodl_gui.ui.chart.value_axis import TargetBand, TimeSeries, ValueScale
from hellodl_gui.ui.controls.wheel import wheel_notches

_LEFT, _RIGHT, _HEAD, _FOOT = 48, 12, 20, 20
_APART = 64  # pixels between two steps on the axis
_ZOOM, _KEY_SHARE = 0.8, 0.01
_FADED = 60  # of 255, where another line is meant


class TimePlot(QWidget):
    """One plot. Several may share an `axis`: who changes its view says so by `viewed`.

    The wheel, + and − zoom in time, a drag moves what is seen, Home shows all. The arrow keys
    move the read-out. A click, or Enter, seeks; a double click goes back to what happens now.
    Attributes: `reading`, the mini-batch that is read, or None; `meant`, the only line that is
    drawn strongly, or None; `lines`; `has_times`, whether steps are written below.
    Signals: `read()`; `sought(int | None)`, None for what happens now; `viewed()`.
    """

    read = Signal()
    sought = Signal(object)
    viewed = Signal()

    def __init__(self, title: str, axis: TimeAxis | None = None) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 84)
        self.setAccessibleName(title)
        self.axis = axis or TimeAxis()
        self._shares = axis is not None
        self._left = _LEFT
        self.reading: float | None = None
        self.meant: int | None = None
        self.has_times = True
        self._title = title
        self.lines: tuple[TimeSeries, ...] = ()
        self._moment: int | None = None
        self._scale = ValueScale()
        self._grabbed: float | None = None
        self._moved = False
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(480, 200)

    def set_title(self, title: str) -> None:
        """Above the plot."""
        self._title = title
        self.setAccessibleName(title)
        self.update()

    def set_log(self, on: bool, band: TargetBand | None = None) -> None:
        """A logarithmic value axis, or a linear one; and where values ought to lie."""
        self._scale.log, self._scale.band = on, band
        self.set_lines(self.lines)

    def set_lines(self, lines: Sequence[TimeSeries]) -> None:
        """Show these; the axis reaches over all of them."""
        self.lines = tuple(lines)
        ends = [line.xs for line in lines if len(line.xs)]
        if ends:
            self.axis.first = float(min(xs[0] for xs in ends))
            self.axis.last = float(max(xs[-1] for xs in ends))
        self._scale.fit(self.lines, self.axis)
        self.update()

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

    def _on_theme(self) -> None:
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        foot = _FOOT if self.has_times else 6
        area = QRectF(
            self._left,
            _HEAD,
            self.width() - self._left - _RIGHT,
            max(self.height() - _HEAD - foot, 1),
        )
        self.axis.left, self.axis.width = area.left(), max(area.width(), 1)
        return area

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, lines, the moment, and what is read."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = themes().theme
        if not self._shares:  # plots that share an axis begin at the same pixel
            texts = [text for _, text in self._scale.marks(self.height() - _HEAD - _FOOT)]
            widths = [painter.fontMetrics().horizontalAdvance(text) for text in texts]
            self._left = max([_LEFT, *(width + 12 for width in widths)])
        area = self._area()
        painter.setPen(QColor(theme.text))
        title = QRectF(10, 0, self.width() - 20, _HEAD)
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, self._title)
        self._paint_axes(painter, area)
        painter.save()
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        for number, line in enumerate(self.lines):
            if number != self.meant:
                self._paint_line(painter, area, line, self.meant is None)
        if self.meant is not None and self.meant < len(self.lines):
            self._paint_line(painter, area, self.lines[self.meant], True)
        self._paint_steps(painter, area)
        painter.restore()
        self._paint_notes(painter, area)
        focus_ring(painter, self)

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme = themes().theme
        metrics = painter.fontMetrics()
        band = self._scale.band
        if band is not None and self._scale.log:
            top, bottom = self._scale.pixels(np.array([band.high, band.low]), area)
            colour = QColor(theme.good)
            colour.setAlpha(34)
            painter.fillRect(QRectF(area.left(), top, area.width(), bottom - top), colour)
            painter.setPen(QColor(theme.good))
            box = QRectF(area.left() + 6, top + 1, area.width() - 12, bottom - top)
            if box.height() >= metrics.height():
                painter.drawText(box, Qt.AlignmentFlag.AlignRight, band.words)
        marks = self._scale.marks(area.height())
        for (y, text), at in zip(
            marks, self._scale.pixels(np.array([y for y, _ in marks]), area), strict=True
        ):
            zero = not self._scale.log and y == 0
            horizontal_line(painter, area, float(at), text, apart=6, strong=zero)
        if not self.has_times:
            return
        name = tr("mini-batch")
        end = area.right() - metrics.horizontalAdvance(name)
        painter.setPen(QColor(theme.quiet))
        place = QRectF(0, area.bottom() + 4, area.right(), _FOOT - 4)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight, name)
        for step in self.axis.ticks(_APART):
            at = self.axis.x_of(step)
            if at + metrics.horizontalAdvance(f"{step:,}") / 2 + 8 > end:
                continue
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(at, area.bottom()), QPointF(at, area.bottom() + 4))
            painter.setPen(QColor(theme.quiet))
            left = min(max(at - 40, 0), self.width() - 84)
            box = QRectF(left, area.bottom() + 4, 80, _FOOT - 4)
            side = Qt.AlignmentFlag.AlignRight if left < at - 40 else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(box, side, f"{step:,}")

    def _paint_notes(self, painter: QPainter, area: QRectF) -> None:
        """How high a spike goes that is cut off; or that nothing has a place."""
        if self._scale.empty and any(np.isfinite(line.ys).any() for line in self.lines):
            painter.setPen(QColor(themes().theme.quiet))
            words = tr("A logarithmic axis has no place for values of zero and below.")
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(area, flags, words)
        if not self._scale.cut:
            return
        curves = [(np.asarray(one.xs, np.float64), one.ys, one.colour) for one in self.lines]
        for leaving in offscale_curves(curves, *self._scale.ends, percent=False)[:1]:
            metrics = painter.fontMetrics()
            wide = metrics.horizontalAdvance(leaving.text)
            left = self.axis.x_of(leaving.x) - wide / 2
            left = min(max(left, area.left() + 3), area.right() - wide)
            painter.setPen(QColor(leaving.colour))
            painter.drawText(QPointF(left, area.top() + metrics.ascent()), leaving.text)

    def _paint_line(self, painter: QPainter, area: QRectF, line: TimeSeries, strong: bool) -> None:
        if not len(line.xs):
            return
        colour = QColor(line.colour)
        if not strong:
            colour.setAlpha(_FADED)
        painter.setPen(QPen(colour, 2 if self.meant is not None and strong else 1.6))
        xs, ys = self.axis.xs_of(line.xs), self._scale.pixels(line.ys, area)
        seen = np.isfinite(ys)
        for run in np.split(np.arange(len(ys)), np.flatnonzero(~seen)):
            run = run[seen[run]]
            fine = decimated(xs[run], ys[run], max(int(area.width() / 2), 1))
            points = [QPointF(x, y) for x, y in zip(*(part.tolist() for part in fine), strict=True)]
            if len(points) > 1:
                painter.drawPolyline(QPolygonF(points))
            elif points:
                painter.setBrush(colour)
                painter.drawEllipse(points[0], 2, 2)
                painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        """The moment as a firm line, what is read as a dotted one with a dot on each line."""
        theme = themes().theme
        if self._moment is not None:
            at = self.axis.x_of(self._moment)
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        if self.reading is None:
            return
        at = self.axis.x_of(self.reading)
        painter.setPen(QPen(QColor(theme.quiet), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        values = self._scale.pixels(np.array(self.values_at(self.reading)), area)
        painter.setPen(QPen(QColor(theme.panel), 1))
        for line, y in zip(self.lines, values, strict=True):
            if np.isfinite(y):
                painter.setBrush(QColor(line.colour))
                painter.drawEllipse(QPointF(at, y), 3.5, 3.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # -- pointer and keys ---------------------------------------------------------------------

    def read_at(self, step: float | None) -> None:
        """Read a mini-batch, or none."""
        if step != self.reading:
            self.reading = step
            self.read.emit()
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click seeks, a drag moves what is seen."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed, self._moved = event.position().x(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read, or move what is seen."""
        x = event.position().x()
        if self._grabbed is not None and (self._moved or abs(x - self._grabbed) > 4):
            self._moved = True
            self.axis.pan(self._grabbed - x)
            self._grabbed = x
            self._show_view()
        else:
            self.read_at(self.axis.step_at(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click is a wish for that moment."""
        if self._grabbed is not None and not self._moved:
            self.sought.emit(round(self.axis.step_at(event.position().x())))
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of time again, and what happens now."""
        self._grabbed = None
        self.axis.show_all()
        self._show_view()
        self.sought.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time around the pointer."""
        if turned := wheel_notches(event):
            self.axis.zoom(_ZOOM**turned, event.position().x())
            self._show_view()
            event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows read, Enter seeks, + and − zoom, Home shows all, Escape reads no more."""
        axis = self.axis
        here = self.reading if self.reading is not None else (axis.low + axis.high) / 2
        step = max((axis.high - axis.low) * _KEY_SHARE, 1)
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self.read_at(max(here - step, axis.low))
            case Qt.Key.Key_Right:
                self.read_at(min(here + step, axis.high))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.reading is not None:
                self.sought.emit(round(self.reading))
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                axis.zoom(_ZOOM, axis.x_of(here))
                self._show_view()
            case Qt.Key.Key_Minus:
                axis.zoom(1 / _ZOOM, axis.x_of(here))
                self._show_view()
            case Qt.Key.Key_Home if axis.zoomed:
                axis.show_all()
                self._show_view()
            case Qt.Key.Key_Escape if self.reading is not None:
                self.read_at(None)
            case _:
                super().keyPressEvent(event)

    def _show_view(self) -> None:
        self.look_again()
        self.viewed.emit()
