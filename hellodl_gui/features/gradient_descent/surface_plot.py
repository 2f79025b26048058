"""Plot of a function of one variable with optimizers as balls and their paths."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from core.formatting import format_number
from core.translation import tr
from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import DotSeries, LineSeries, Pane, PathSeries, Series, faint

Array = NDArray[np.float64]
_RADIUS, _DOT = 8.5, 2.5
_AIR = 0.1  # of the height above and below the hill
_FAINT, _GROUND = 115, 41  # of 255
_POLE = 20.0  # a hill so many times higher than most of it is cut off
_NARROWEST, _FARTHEST = 1e-3, 1e4
_FINE = 100  # arrow-key steps across the hill


@dataclass(frozen=True)
class OptimizerPath:
    """Where a ball was, newest last: `xs` and `ys` (N,). `sign` is one letter, `colour` #rrggbb."""

    xs: Array
    ys: Array
    sign: str
    colour: str


@dataclass(frozen=True)
class Ball:
    """The end of a path: a disc with its sign."""

    path: OptimizerPath
    radius: float

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """A small letter fits into it."""
        colour, radius, path = QColor(self.path.colour), self.radius, self.path
        at = QPointF(across.x_of(float(path.xs[-1])), pane.up.x_of(float(path.ys[-1])))
        painter.setPen(QPen(QColor(themes().theme.panel), 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(at, radius, radius)
        font = painter.font()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(text_on(colour))
        box = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, path.sign)


class SurfacePlot(Chart):
    """Click or drag to choose where the balls start; the wheel or + and − see more or less of the
    hill, a double click all that it began with. Left and Right step, with Shift they move the
    start; Space plays, Home resets. Point at the hill to read it.

    Signals: `start_wanted(float)`; `stretch_wanted(float, float)` low and high; `all_wanted()`;
    `stepped(int)` by so many; `play_wanted()`; `reset_wanted()`.
    """

    start_wanted = Signal(float)
    stretch_wanted = Signal(float, float)
    all_wanted = Signal()
    stepped = Signal(int)
    play_wanted = Signal()
    reset_wanted = Signal()
    tells = True

    def __init__(self) -> None:
        name = tr("Hill with balls stepping down")
        pane = Pane(Axis(apart=40))
        super().__init__(name, Axis("x"), pane, least=(220, 100), hint=(480, 300))
        self.setToolTip(
            tr(
                "Click or drag: set the start. Wheel: zoom, double click: reset the "
                "view. Left and Right step, Shift+Left and Shift+Right move the start, "
                "Space plays"
            )
        )
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._title = ""
        self._xs = self._ys = np.zeros(2)
        self._start = 0.0
        self._balls: tuple[OptimizerPath, ...] = ()

    def set_hill(self, xs: Array, ys: Array, title: str) -> None:
        """The hill (N,), from the first to the last of `xs`; NaN where there is none."""
        self._xs, self._ys, self._title = xs, ys, title
        self.across.first, self.across.last = float(xs[0]), float(xs[-1])
        up = self.panes[0].up
        up.first, up.last = _span(ys)
        self.update()

    def set_balls(self, balls: Sequence[OptimizerPath], start: float, words: str) -> None:
        """The balls, where they started, and a word for the line above."""
        self._balls, self._start = tuple(balls), start
        self.panes[0].title = " · ".join(filter(None, (self._title, words)))
        self.update()

    # -- drawing ------------------------------------------------------------------------------

    def series(self, pane: Pane) -> Iterable[Series]:
        """The hill, and the balls with their paths; the last step of each is the clearest."""
        ground = themes().theme.quiet
        yield LineSeries(self._xs, self._ys, ground, 2, fill=faint(ground, _GROUND), smooth=True)
        on_hill = [ball for ball in self._balls if np.isfinite(ball.ys).all()]
        for ball in on_hill:
            yield PathSeries(ball.xs, ball.ys, faint(ball.colour, _FAINT), 1.5)
            yield PathSeries(ball.xs[-2:], ball.ys[-2:], ball.colour, 2)
            yield DotSeries(ball.xs, ball.ys, ball.colour, _DOT, rim=0)
        for place, ball in enumerate(on_hill):
            yield Ball(ball, _RADIUS - place * 0.5)

    def paint_over(self, painter: QPainter) -> None:
        """A sign where the balls start."""
        area = self.panes[0].area
        start = QPointF(self.across.x_of(self._start), area.bottom())
        if area.left() <= start.x() <= area.right():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(themes().theme.text))
            above = [start + QPointF(x, y) for x, y in ((0, -8), (-5, 0), (5, 0))]
            painter.drawPolygon(QPolygonF(above))

    def sentence(self) -> str:
        """The hill where it is read."""
        if self.reading is None:
            return ""
        y = float(np.interp(self.reading, self._xs, self._ys))
        return f"x = {format_number(self.reading, 3)}, y = {format_number(y, 3)}"

    # -- pointer and keys ---------------------------------------------------------------------

    def take(self, position: QPointF) -> bool:
        """The balls start here."""
        self.drag(position)
        return True

    def drag(self, position: QPointF) -> None:
        """Drag the start."""
        self.start_wanted.emit(self.across.value_at(position.x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the stretch that the hill began with."""
        self.all_wanted.emit()

    def zoom(self, factor: float, around: QPointF) -> bool:
        """See more or less of the hill; what is around there stays."""
        axis, about = self.across, self.across.value_at(around.x())
        low, high = (about + (end - about) * factor for end in (axis.first, axis.last))
        if high - low >= _NARROWEST and max(abs(low), abs(high)) <= _FARTHEST:
            self.stretch_wanted.emit(low, high)
        return True

    def step(self, by: int) -> None:
        """A step of the balls, or with Shift one of the start."""
        if abs(by) == 1:
            self.stepped.emit(by)
        else:
            far = (self.across.last - self.across.first) / _FINE
            self.start_wanted.emit(self._start + np.sign(by) * far)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home resets, Space plays."""
        match Qt.Key(event.key()):
            case Qt.Key.Key_Home:
                self.reset_wanted.emit()
            case Qt.Key.Key_Space:
                self.play_wanted.emit()
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
