"""Plot of activation functions and, below it, their derivatives, with a point to drag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
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
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line, vertical_line
from hellodl_gui.ui.chart.ticks import number_text, round_numbers
from hellodl_gui.ui.controls.wheel import NotchCounter

Array = NDArray[np.float64]
_LEFT, _RIGHT, _GAP, _FOOT, _HEAD = 34, 10, 8, 20, 18
_UPPER = 0.6  # of the height belongs to the values
_REACHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_FINE = 200  # arrow-key steps across the plot
_PICK = 14.0  # pixels from a curve that still mean it


@dataclass(frozen=True)
class FunctionCurve:
    """Values and slopes (N,) of a function at places (N,), and its colour and dashes."""

    key: str
    xs: Array
    values: Array
    slopes: Array
    colour: int
    dashed: bool = False


class FunctionPlot(QWidget):
    """Curves above, their slopes below. Drag, click or use the arrow keys (Shift: faster) to move
    the point; the wheel or + and − change how far the plot reaches.

    Attributes: `point`, where it is; `reach`, the plot goes from −reach to reach; `chosen`, the
    key of the curve that has a tangent.
    Signals: `moved(float)`; `reach_changed(float)`; `chosen_changed(str)` a curve was clicked.
    """

    moved = Signal(float)
    reach_changed = Signal(float)
    chosen_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._notches = NotchCounter()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 160)
        self.setAccessibleName(tr("Plot of functions and their slopes"))
        self.point = 1.0
        self.reach = 4.0
        self.chosen = ""
        self._curves: tuple[FunctionCurve, ...] = ()
        self._ranges = ((0.0, 1.0), (0.0, 1.0))
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Higher than wide curves need."""
        return QSize(420, 360)

    def set_curves(self, curves: Sequence[FunctionCurve], chosen: str) -> None:
        """Show these, all at the same places."""
        self._curves, self.chosen = tuple(curves), chosen
        if curves:
            self._ranges = (
                _span(np.concatenate([curve.values for curve in curves])),
                _span(np.concatenate([curve.slopes for curve in curves])),
            )
        self.update()

    def set_point(self, x: float) -> None:
        """Move the point."""
        self.point = min(max(x, -self.reach), self.reach)
        self.update()

    def _on_theme(self) -> None:
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _areas(self) -> tuple[QRectF, QRectF]:
        """Where values and slopes are drawn."""
        free = self.height() - 2 * _HEAD - _GAP - _FOOT
        wide, high = self.width() - _LEFT - _RIGHT, free * _UPPER
        lower = _HEAD + high + _GAP + _HEAD
        return QRectF(_LEFT, _HEAD, wide, high), QRectF(_LEFT, lower, wide, free - high)

    def place(self, x: float, y: float, pane: int) -> QPointF:
        """The pixel of a value (pane 0) or a slope (1)."""
        area, (low, high) = self._areas()[pane], self._ranges[pane]
        return QPointF(
            area.x() + (x / self.reach + 1) / 2 * area.width(),
            area.bottom() - (y - low) / (high - low) * area.height(),
        )

    def _x_at(self, pixel: float) -> float:
        area = self._areas()[0]
        return ((pixel - area.x()) / area.width() * 2 - 1) * self.reach

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, curves, the tangent and the point."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pane, title in enumerate((tr("value"), tr("slope"))):
            self._paint_axes(painter, pane, title)
        # The chosen one is thick: drawn first, it hides none that runs along it.
        for curve in sorted(self._curves, key=lambda curve: curve.key != self.chosen):
            self._paint_curve(painter, curve)
        self._paint_point(painter)
        focus_ring(painter, self)

    def _paint_axes(self, painter: QPainter, pane: int, title: str) -> None:
        theme = themes().theme
        area, (low, high) = self._areas()[pane], self._ranges[pane]
        painter.setPen(QColor(theme.quiet))
        painter.drawText(
            QRectF(area.x(), area.y() - _HEAD, area.width(), _HEAD), Qt.AlignmentFlag.AlignLeft,
            title,
        )  # fmt: skip
        for y in round_numbers(low, high, max(int(area.height() / 26), 3)):
            at = self.place(0, y, pane).y()
            horizontal_line(painter, area, at, number_text(y), strong=y == 0)
        for x in round_numbers(-self.reach, self.reach, max(int(area.width() / 44), 2)):
            at = self.place(x, 0, pane).x()
            text = number_text(x) if pane == 1 else ""
            vertical_line(painter, area, at, text, apart=2, strong=x == 0)

    def _pen(self, curve: FunctionCurve) -> QPen:
        thick = 2.5 if curve.key == self.chosen else 1.5
        style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        return QPen(QColor(themes().theme.curves[curve.colour]), thick, style)

    def _paint_curve(self, painter: QPainter, curve: FunctionCurve) -> None:
        painter.setPen(self._pen(curve))
        for pane, ys in enumerate((curve.values, curve.slopes)):
            area, (low, high) = self._areas()[pane], self._ranges[pane]
            across = area.x() + (curve.xs / self.reach + 1) / 2 * area.width()
            down = area.bottom() - (ys - low) / (high - low) * area.height()
            points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
            painter.drawPolyline(QPolygonF(points))

    def _paint_point(self, painter: QPainter) -> None:
        theme = themes().theme
        upper, lower = self._areas()
        at = self.place(self.point, 0, 0).x()
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
        for area in (upper, lower):
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        for curve in self._curves:
            value, slope = self.at_point(curve)
            chosen = curve.key == self.chosen
            colour = QColor(theme.curves[curve.colour])
            if chosen:
                painter.save()
                painter.setClipRect(upper)
                painter.setPen(QPen(QColor(theme.text), 1.5))
                ends = [
                    self.place(x, value + slope * (x - self.point), 0)
                    for x in (-self.reach, self.reach)
                ]
                painter.drawLine(*ends)
                painter.restore()
            painter.setPen(QPen(QColor(theme.panel), 1.5))
            painter.setBrush(colour)
            radius = 6 if chosen else 3.5
            painter.drawEllipse(self.place(self.point, value, 0), radius, radius)
            painter.drawEllipse(self.place(self.point, slope, 1), radius - 1, radius - 1)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def at_point(self, curve: FunctionCurve) -> tuple[float, float]:
        """Value and slope of a curve at the sample nearest to the point."""
        nearest = int(np.abs(curve.xs - self.point).argmin())
        return float(curve.values[nearest]), float(curve.slopes[nearest])

    # -- pointer and keys ---------------------------------------------------------------------

    def _move(self, x: float) -> None:
        self.set_point(x)
        self.moved.emit(self.point)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the point here, and choose the curve that was meant."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._move(self._x_at(event.position().x()))
        upper, _ = self._areas()
        pane = 0 if event.position().y() < upper.bottom() + _GAP else 1
        far = [
            (
                abs(
                    self.place(self.point, self.at_point(c)[pane], pane).y() - event.position().y()
                ),
                c,
            )
            for c in self._curves
        ]
        distance, nearest = min(far, key=lambda one: one[0], default=(np.inf, None))
        if nearest is not None and distance <= _PICK and nearest.key != self.chosen:
            self.chosen = nearest.key
            self.chosen_changed.emit(nearest.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the point."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move(self._x_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Reach farther, or less far."""
        if turned := self._notches.add(event):
            self._reach(-turned)
        event.accept()

    def _reach(self, by: int) -> None:
        here = _REACHES.index(self.reach)
        there = min(max(here + by, 0), len(_REACHES) - 1)
        if there != here:
            self.reach = _REACHES[there]
            self.point = min(max(self.point, -self.reach), self.reach)
            self.reach_changed.emit(self.reach)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the point, Home to 0, + and − reach less or more far."""
        step = 2 * self.reach / _FINE
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= 10
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self._move(self.point - step)
            case Qt.Key.Key_Right:
                self._move(self.point + step)
            case Qt.Key.Key_Home:
                self._move(0.0)
            case Qt.Key.Key_Plus:
                self._reach(-1)
            case Qt.Key.Key_Minus:
                self._reach(1)
            case _:
                super().keyPressEvent(event)


def _span(ys: Array) -> tuple[float, float]:
    """From the lowest to the highest with a little air; never nothing."""
    low, high = float(ys.min()), float(ys.max())
    air = max((high - low) * 0.06, 0.05)
    return low - air, high + air
