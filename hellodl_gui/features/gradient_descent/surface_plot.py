"""Plot of a function of one variable with optimizers as balls and their paths."""

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
from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line, vertical_line
from hellodl_gui.ui.chart.ticks import number_text, round_numbers
from hellodl_gui.ui.controls.wheel import wheel_notches

Array = NDArray[np.float64]
_LEFT, _RIGHT, _FOOT, _HEAD = 40, 14, 22, 26
_RADIUS, _DOT = 8.5, 2.5
_AIR = 0.1  # of the height above and below the hill
_FAINT = 0.45
_POLE = 20.0  # a hill so many times higher than most of it is cut off
_ZOOM = 1.25
_NARROWEST, _FARTHEST = 1e-3, 1e4
_FINE = 100  # arrow-key steps across the hill


@dataclass(frozen=True)
class OptimizerPath:
    """Where a ball was, newest last: `xs` and `ys` (N,). `sign` is one letter, `colour` #rrggbb."""

    xs: Array
    ys: Array
    sign: str
    colour: str


class SurfacePlot(QWidget):
    """Click or drag to choose where the balls start; the wheel or + and − see more or less of the
    hill, a double click all that it began with. Left and Right step, with Shift they move the
    start; Space plays, Home resets.

    Signals: `start_wanted(float)`; `stretch_wanted(float, float)` low and high; `all_wanted()`;
    `stepped(int)` by so many; `play_wanted()`; `reset_wanted()`.
    """

    start_wanted = Signal(float)
    stretch_wanted = Signal(float, float)
    all_wanted = Signal()
    stepped = Signal(int)
    play_wanted = Signal()
    reset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(220, 100)
        self.setAccessibleName(tr("Hill with balls stepping down"))
        self.setToolTip(
            tr(
                "Click or drag: set the start. Wheel: zoom, double click: reset the "
                "view. Left and Right step, Shift+Left and Shift+Right move the start, "
                "Space plays"
            )
        )
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._title = self._corner = ""
        self._xs = self._ys = np.zeros(2)
        self._start = 0.0
        self._low, self._high = 0.0, 1.0
        self._bottom, self._top = 0.0, 1.0
        self._balls: tuple[OptimizerPath, ...] = ()
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(480, 300)

    def set_hill(self, xs: Array, ys: Array, title: str) -> None:
        """The hill (N,), from the first to the last of `xs`; NaN where there is none."""
        self._xs, self._ys, self._title = xs, ys, title
        self._low, self._high = float(xs[0]), float(xs[-1])
        self._bottom, self._top = _span(ys)
        self.update()

    def set_balls(self, balls: Sequence[OptimizerPath], start: float, corner: str) -> None:
        """The balls, where they started, and a word for the upper right corner."""
        self._balls, self._start, self._corner = tuple(balls), start, corner
        self.update()

    def _on_theme(self) -> None:
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        return QRectF(
            _LEFT, _HEAD, self.width() - _LEFT - _RIGHT, self.height() - _HEAD - _FOOT
        )  # fmt: skip

    def place(self, x: float, y: float) -> QPointF:
        """The pixel of a point of the hill."""
        area = self._area()
        return QPointF(
            area.x() + (x - self._low) / (self._high - self._low) * area.width(),
            area.bottom() - (y - self._bottom) / (self._top - self._bottom) * area.height(),
        )

    def _x_at(self, pixel: float) -> float:
        area = self._area()
        return self._low + (pixel - area.x()) / area.width() * (self._high - self._low)

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, the hill, and the balls with their paths."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter)
        area = self._area()
        painter.save()
        painter.setClipRect(area.adjusted(-_RADIUS, -_HEAD / 2, _RADIUS, 0))
        self._paint_hill(painter)
        on_hill = [ball for ball in self._balls if np.isfinite(ball.ys).all()]
        for ball in on_hill:
            self._paint_path(painter, ball)
        for place, ball in enumerate(on_hill):
            self._paint_ball(painter, ball, _RADIUS - place * 0.5)
        painter.restore()
        self._paint_words(painter)
        focus_ring(painter, self)

    def _paint_axes(self, painter: QPainter) -> None:
        area = self._area()
        for y in round_numbers(self._bottom, self._top, max(int(area.height() / 40), 2)):
            at = self.place(self._low, y).y()
            horizontal_line(painter, area, at, number_text(y), apart=6)
        for x in round_numbers(self._low, self._high, max(int(area.width() / 60), 2)):
            at = self.place(x, self._bottom).x()
            vertical_line(painter, area, at, number_text(x))

    def _paint_hill(self, painter: QPainter) -> None:
        """The line, and the ground below it; gaps where there is no number."""
        theme = themes().theme
        ground = QColor(theme.quiet)
        ground.setAlphaF(0.16)
        floor = self._area().bottom()
        for run in _runs(np.isfinite(self._ys)):
            points = [
                self.place(float(x), float(y))
                for x, y in zip(self._xs[run], self._ys[run], strict=True)
            ]
            ends = [QPointF(points[-1].x(), floor), QPointF(points[0].x(), floor)]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawPolygon(QPolygonF([*points, *ends]))
            painter.setPen(QPen(QColor(theme.quiet), 2))
            painter.drawPolyline(QPolygonF(points))

    def _paint_path(self, painter: QPainter, ball: OptimizerPath) -> None:
        colour = QColor(ball.colour)
        points = [
            self.place(float(x), float(y)) for x, y in zip(ball.xs, ball.ys, strict=True)
        ]  # fmt: skip
        faint = QColor(colour)
        faint.setAlphaF(_FAINT)  # the last step is the clearest
        painter.setPen(QPen(faint, 1.5))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(colour, 2))
        painter.drawPolyline(QPolygonF(points[-2:]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for point in points:
            painter.drawEllipse(point, _DOT, _DOT)

    def _paint_ball(self, painter: QPainter, ball: OptimizerPath, radius: float) -> None:
        colour = QColor(ball.colour)
        at = self.place(float(ball.xs[-1]), float(ball.ys[-1]))
        painter.setPen(QPen(QColor(themes().theme.panel), 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(at, radius, radius)
        font = painter.font()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(text_on(colour))
        box = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, ball.sign)

    def _paint_words(self, painter: QPainter) -> None:
        theme = themes().theme
        area = self._area()
        head = QRectF(area.x(), 0, area.width(), _HEAD - 4)
        bottom_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        font = self.font()
        painter.setFont(font)
        painter.setPen(QColor(theme.quiet))
        painter.drawText(
            head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._corner
        )
        free = head.width() - painter.fontMetrics().horizontalAdvance(self._corner) - 12
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        title = painter.fontMetrics().elidedText(
            self._title, Qt.TextElideMode.ElideRight, int(free)
        )
        painter.drawText(head, bottom_left, title)
        start = self.place(self._start, self._bottom)
        if area.left() <= start.x() <= area.right():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.text))
            above = [start + QPointF(x, y) for x, y in ((0, -8), (-5, 0), (5, 0))]
            painter.drawPolygon(QPolygonF(above))

    # -- pointer and keys ---------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The balls start here."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.start_wanted.emit(self._x_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the start."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.start_wanted.emit(self._x_at(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the stretch that the hill began with."""
        self.all_wanted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """See more or less of the hill; what is under the pointer stays there."""
        if turned := wheel_notches(event):
            self._zoom(_ZOOM**-turned, self._x_at(event.position().x()))
        event.accept()

    def _zoom(self, factor: float, about: float) -> None:
        low = about + (self._low - about) * factor
        high = about + (self._high - about) * factor
        if high - low >= _NARROWEST and max(abs(low), abs(high)) <= _FARTHEST:
            self.stretch_wanted.emit(low, high)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        by = (self._high - self._low) / _FINE
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self.start_wanted.emit(self._start - by) if shift else self.stepped.emit(-1)
            case Qt.Key.Key_Right:
                self.start_wanted.emit(self._start + by) if shift else self.stepped.emit(1)
            case Qt.Key.Key_Home:
                self.reset_wanted.emit()
            case Qt.Key.Key_Space:
                self.play_wanted.emit()
            case Qt.Key.Key_Plus:
                self._zoom(1 / _ZOOM, (self._low + self._high) / 2)
            case Qt.Key.Key_Minus:
                self._zoom(_ZOOM, (self._low + self._high) / 2)
            case _:
                super().keyPressEvent(event)


def _span(ys: Array) -> tuple[float, float]:
    """From the lowest to the highest with some air; of a pole only its foot."""
    whole = ys[np.isfinite(ys)]
    if not len(whole):
        return -1.0, 1.0
    low, high = float(whole.min()), float(whole.max())
    most_low, most_high = np.percentile(whole, (5, 95))
    if high - low > _POLE * max(most_high - most_low, 1e-9) > 0 and most_high > most_low:
        low, high = float(most_low), float(most_high)
    air = max((high - low) * _AIR, 1e-6 * max(abs(low), abs(high), 1.0))
    return low - air, high + air


def _runs(whole: NDArray[np.bool_]) -> list[slice]:
    """The stretches of two or more that are all True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], whole, [False]]).astype(np.int8)))
    return [
        slice(begin, end)
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if end - begin > 1
    ]
