"""Curves that grow while one watches: decimated before drawing, read out under the pointer."""

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.formatting import format_fixed, format_number
from core.train.history import smoothed
from hellodl_gui.theming.manager import themes
from hellodl_gui.widgets.plot_marks import Marks
from hellodl_gui.widgets.still_plot import StillPlot
from hellodl_gui.widgets.value_line import ValueLine

Array = NDArray[np.float64]
_BUCKETS = 800
_LINE = 2
_FAINT = 70
_MOST_DOTS = 80
_KEY_STEPS = 100
_ZOOM = 0.8


def _stride(count: int, buckets: int) -> int:
    """The power of two that leaves at most 2·buckets of `count` points."""
    return 1 if count <= 2 * buckets else 2 ** math.ceil(math.log2(count / buckets))


def decimated(xs: Array, ys: Array, buckets: int = _BUCKETS) -> tuple[Array, Array]:
    """At most 2·buckets points with the same outline: smallest and largest of each bucket.

    Buckets hold a power of two of points, counted from the first, so that a growing curve keeps
    the ones it has and does not flicker. First and last x are kept.
    """
    size = _stride(len(xs), buckets)
    if size == 1:
        return xs, ys
    starts = np.arange(0, len(xs), size)
    ends = np.minimum(starts + size, len(xs)) - 1
    places = np.stack([xs[starts], xs[ends]], axis=1)
    heights = np.stack([np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)], axis=1)
    return places.reshape(-1), heights.reshape(-1)


def _same(one: Array, other: Array) -> bool:
    return len(one) == len(other) and np.array_equal(one, other, equal_nan=True)


def _short(value: float) -> str:
    """Four decimals, or fewer where the number is large."""
    if abs(value) < 100:
        return format_fixed(value, 4)
    return format_fixed(value, 1) if abs(value) < 1e6 else format_number(value, 3)


class _Axis(pg.AxisItem):
    """An axis in percent if asked; logarithmic labels leave each other room: 1, 2 and 5."""

    def __init__(self, side: str, percent: bool = False) -> None:
        super().__init__(side)
        self._percent = percent

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Text of each tick."""
        if self._percent and not self.logMode:
            return [f"{format_number(100 * value, 3)}%" for value in values]
        return super().tickStrings(values, scale, spacing)

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Text of each tick, empty for the crowded ones."""
        strings = super().logTickStrings(values, scale, spacing)
        first = [round(10 ** (value - math.floor(value + 1e-9))) for value in values]
        return [
            text if digit in (1, 2, 5) else "" for text, digit in zip(strings, first, strict=True)
        ]


class LivePlot(QWidget):
    """One plot of named curves over the mini-batch.

    The wheel or +/− zooms in time while the values keep fitting, a drag pans, double click or Home
    follows again; the arrow keys move the read-out.

    Signals: `hovered_x(float)` the step to read out, NaN when there is none.
    """

    hovered_x = Signal(float)

    def __init__(self, title: str, unit: str = "") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self._unit = unit
        self._curves: dict[str, pg.PlotDataItem] = {}
        self._data: dict[str, tuple[Array, Array]] = {}
        self._windows: dict[str, int] = {}
        self._given: dict[str, tuple[Array, Array, int]] = {}
        self._labels: dict[str, str] = {}
        self._colours: dict[str, tuple[int, int]] = {}
        self._dotted: set[str] = set()
        self._ghosts: set[str] = set()
        self._log = False
        self._values: dict[str, float] = {}
        self._head = ValueLine(title)
        axes = {"left": _Axis("left", percent=unit == "%"), "bottom": _Axis("bottom")}
        self._plot = StillPlot(axes)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMinimumHeight(64)
        item = self._plot.getPlotItem()
        self._view: pg.ViewBox = item.getViewBox()
        for axis in axes.values():
            axis.setStyle(maxTickLevel=0, tickLength=-4)
        # As wide in every plot, so that plots below each other share their time axis.
        axes["left"].setWidth(self.fontMetrics().horizontalAdvance("0.0001"))
        item.showGrid(x=False, y=True, alpha=0.15)
        item.setDownsampling(auto=False)
        item.setClipToView(False)
        self._view.setMouseEnabled(x=True, y=False)
        self._view.setLimits(xMin=0)
        self._view.sigXRangeChanged.connect(self._redraw)
        self._marks = Marks()
        item.addItem(self._marks, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(2)
        layout.addWidget(self._head)
        layout.addWidget(self._plot, 1)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse)
        self._plot.viewport().installEventFilter(self)
        themes().changed.connect(self._restyle)
        self._restyle()

    def add_curve(
        self,
        key: str,
        label: str,
        colour: int,
        faint: bool = False,
        points: bool = False,
        ghost: bool = False,
    ) -> None:
        """A curve in the theme's colour number `colour`; `points` also dots values while few.

        A `ghost` is dashed, lies behind the others and goes with `drop_ghosts`.
        """
        curve = pg.PlotDataItem(skipFiniteCheck=True, connect="all")
        self._plot.addItem(curve)
        if ghost:
            curve.setZValue(-1)
            self._ghosts.add(key)
        self._curves[key] = curve
        self._labels[key] = "" if faint else label
        self._colours[key] = colour, (_FAINT if faint else 255)
        if points:
            self._dotted.add(key)
            curve.setSymbolSize(5)
        self._restyle()

    def drop_ghosts(self) -> None:
        """Only the own curves again."""
        for key in self._ghosts:
            self._plot.removeItem(self._curves.pop(key))
            self._labels.pop(key)
            self._colours.pop(key)
            self._data.pop(key, None)
            self._windows.pop(key, None)
            self._given.pop(key, None)
        self._plot.look_again()
        self._dotted -= self._ghosts
        self._ghosts.clear()

    def set_data(self, key: str, xs: Array, ys: Array, window: int = 1) -> None:
        """All points of a curve, by ascending x. What is not finite is left out.

        With a `window` each point shown is the mean of as many points up to it.
        """
        given = self._given.get(key)
        if given is not None and given[2] == window and _same(given[0], xs) and _same(given[1], ys):
            return  # nothing was added; drawing is dear
        self._given[key] = xs, ys, window
        finite = np.isfinite(ys)
        self._data[key] = (xs, ys) if finite.all() else (xs[finite], ys[finite])
        self._windows[key] = window
        self._draw(key)

    def _draw(self, key: str) -> None:
        """The part of a curve that can be seen: all of it while the plot follows."""
        xs, ys = self._data[key]
        first, last = 0, len(xs)
        if not self._view.autoRangeEnabled()[0]:
            low, high = self._view.viewRange()[0]
            first = max(int(np.searchsorted(xs, low)) - 1, 0)
            last = min(int(np.searchsorted(xs, high)) + 1, last)
        if self._windows[key] > 1 and last > first:
            at = np.arange(first, last, _stride(last - first, _BUCKETS))
            if at[-1] != last - 1:
                at = np.append(at, last - 1)
            xs, ys = xs[at], smoothed(ys, self._windows[key], at)
        else:
            xs, ys = decimated(xs[first:last], ys[first:last])
        if self._log:
            xs, ys = xs[ys > 0], ys[ys > 0]
        dots = "o" if key in self._dotted and len(xs) <= _MOST_DOTS else None
        self._curves[key].setData(xs, ys, symbol=dots)
        self._plot.look_again()

    def _redraw(self, *_: object) -> None:
        if not self._view.autoRangeEnabled()[0]:
            for key in self._data:
                self._draw(key)

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Vertical lines with a word: at x a knob was turned."""
        self._marks.set_marks(marks)
        self._plot.look_again()

    def set_log(self, on: bool) -> None:
        """A logarithmic value axis, or a linear one."""
        self._log = on
        self._plot.setLogMode(y=on)
        for key in self._data:
            self._draw(key)

    def follow(self) -> None:
        """Show everything again, and what is to come."""
        self._view.enableAutoRange()
        for key in self._data:
            self._draw(key)

    def show_values(self, values: dict[str, float]) -> None:
        """The line above the plot: its title, and each named curve's value."""
        self._values = values
        theme, said = themes().theme, []
        for key, value in values.items():
            if self._labels.get(key) and np.isfinite(value):
                shown = f"{value:.2%}" if self._unit == "%" else _short(value)
                colour = theme.curves[self._colours[key][0]]
                said.append((f"{self._labels[key]} {shown}", colour))
        self._head.say(said)
        self.setAccessibleDescription(", ".join(words for words, _ in said))

    def show_cursor(self, x: float) -> None:
        """A line at x; NaN hides it."""
        self._plot.set_place(x if np.isfinite(x) else None)

    def _restyle(self) -> None:
        theme = themes().theme
        self._plot.setBackground(theme.panel)
        for side in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))
        self._plot.set_colour(theme.quiet)
        self._marks.set_colour(theme.quiet)
        # A plot's pens count device pixels.
        thick = _LINE * self.devicePixelRatioF()
        for key, curve in self._curves.items():
            number, alpha = self._colours[key]
            colour = pg.mkColor(theme.curves[number])
            colour.setAlpha(alpha)
            style = Qt.PenStyle.DashLine if key in self._ghosts else Qt.PenStyle.SolidLine
            curve.setPen(pg.mkPen(colour, width=thick if alpha == 255 else 1, style=style))
            curve.setSymbolBrush(colour)
            curve.setSymbolPen(None)
        self.show_values(self._values)

    def event(self, event: QEvent) -> bool:
        """Another screen, another thickness of lines."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._restyle()
        return super().event(event)

    # -- pointer and keys ---------------------------------------------------------------------

    def _on_mouse(self, position: QPointF) -> None:
        if self._view.sceneBoundingRect().contains(position):
            self.hovered_x.emit(self._view.mapSceneToView(position).x())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click on the plot follows again."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.follow()
            return True
        return super().eventFilter(watched, event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.hovered_x.emit(math.nan)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the read-out, + and − zoom around it, Home follows, Escape reads no more."""
        low, high = self._view.viewRange()[0]
        here = (low + high) / 2 if self._plot.place is None else self._plot.place
        step = (high - low) / _KEY_STEPS
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self.hovered_x.emit(max(here - step, low))
            case Qt.Key.Key_Right:
                self.hovered_x.emit(min(here + step, high))
            case Qt.Key.Key_Plus:
                self._view.scaleBy(x=_ZOOM, center=(here, 0))
            case Qt.Key.Key_Minus:
                self._view.scaleBy(x=1 / _ZOOM, center=(here, 0))
            case Qt.Key.Key_Home:
                self.follow()
            case Qt.Key.Key_Escape if self._plot.place is not None:
                self.hovered_x.emit(math.nan)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ring says where the keys go."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(themes().theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 0.5, -2.5, -0.5), 6, 6)


def _demo() -> None:
    from hellodl_gui.widgets.demo import show

    rng = np.random.default_rng(0)
    losses: list[float] = []

    def make() -> LivePlot:
        shown = LivePlot("Loss")
        shown.add_curve("raw", "", 0, faint=True)
        shown.add_curve("smooth", "training", 0)
        return shown

    def live(shown: QWidget) -> None:
        assert isinstance(shown, LivePlot)
        for _ in range(50):
            losses.append(2.3 * math.exp(-len(losses) / 2000) + rng.gamma(1.5, 0.06))
        xs, ys = np.arange(float(len(losses))), np.array(losses)
        shown.set_data("raw", xs, ys)
        shown.set_data("smooth", xs, ys, 50)

    show(make, live)


if __name__ == "__main__":
    _demo()
