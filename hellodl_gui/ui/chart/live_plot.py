"""Live plot: decimated curves over the mini-batch, with a readout at the pointer."""

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.training.series import moving_average
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.annotations import OffscaleCurve, PlotAnnotations, offscale_curves
from hellodl_gui.ui.chart.axes import StepAxis, ValueAxis
from hellodl_gui.ui.chart.cached_plot import CachedPlot
from hellodl_gui.ui.chart.plot_data import (
    arrays_equal,
    decimated,
    finite_or_nan,
    isolated_as_dashes,
    sample_indices,
    value_text,
)
from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.chart.readout_line import ReadoutLine
from hellodl_gui.ui.chart.robust_range import (
    RobustRange,
    fraction_range,
    log_range,
    robust_range,
    steady,
    step_axis_end,
)

Array = NDArray[np.float64]
_LINE, _THIN = 2, 1
_FAINT = 0.45  # of its colour; the rest is the ground
_MOST_DOTS = 80
_KEY_STEPS = 100
_ZOOM = 0.8
_DOT = 0.004  # of the width: how long a point that stands alone is drawn


@dataclass
class LiveCurve:
    """A curve of a plot in the theme's colour number `colour`: its points `xs`, `ys` by ascending
    x, the `window` they are averaged over, and what of them can be seen.

    `points` dots its values while there are few; `dotted`, whether there are few now.
    """

    item: pg.PlotDataItem
    colour: int
    faint: bool
    points: bool
    ghost: bool
    dotted: bool = False
    data: tuple[Array, Array] | None = None
    window: int = 1
    shown: tuple[Array, Array] | None = None


class LivePlot(QWidget):
    """One plot of named curves over the mini-batch.

    The wheel or +/− zooms in time while the values keep fitting, a drag pans, double click or Home
    follows again; the arrow keys move the read-out. A spike is cut off, with a word on how high it
    goes; what is not finite, or not above zero on a logarithmic axis, leaves a gap.

    Attributes: `follows`, whether it shows everything and what is to come; `least`, the mini-batch
    that its time reaches at least, so that plots beside it may agree; `labels`, what the
    curves are called above it, empty for those that are not read out.
    Signals: `hovered_x(float)` the step to read out, NaN when there is none; `looked(object)` a
    person wants to see (first, last), or with None everything again.
    """

    hovered_x = Signal(float)
    looked = Signal(object)

    def __init__(self, title: str, unit: str = "") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.follows = True
        self.least = 0.0
        self._percent = unit == "%"
        self._curves: dict[str, LiveCurve] = {}
        self.labels: dict[str, str] = {}
        self._log = False
        self._range = RobustRange(0.0, 1.0)
        self._values: dict[str, float] = {}
        self._place = ""
        self._head = ReadoutLine(title)
        self._plot = CachedPlot(ValueAxis(self._percent), StepAxis(tr("mini-batch")))
        self._view: pg.ViewBox = self._plot.getViewBox()
        self._view.sigRangeChangedManually.connect(self._on_looked)
        self._notes = PlotAnnotations()
        self._plot.addItem(self._notes, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(2)
        layout.addWidget(self._head)
        layout.addWidget(self._plot, 1)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse)
        self._plot.viewport().installEventFilter(self)
        themes().changed.connect(self._restyle)
        self._restyle()
        self._fit()

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
        item = pg.PlotDataItem(skipFiniteCheck=True, connect="all", symbolSize=6)
        self._plot.addItem(item, ignoreBounds=True)
        if ghost:
            item.setZValue(-1)
        self._curves[key] = LiveCurve(item, colour, faint, points, ghost)
        self.labels[key] = label
        self._restyle()

    def drop_ghosts(self) -> None:
        """Only the own curves again."""
        for key in [key for key, curve in self._curves.items() if curve.ghost]:
            self._plot.removeItem(self._curves.pop(key).item)
            del self.labels[key]
        self._plot.look_again()

    def set_data(self, key: str, xs: Array, ys: Array, window: int = 1) -> None:
        """All points of a curve, by ascending x. What is not finite is a gap.

        With a `window` each point shown is the mean of about as many points around it.
        """
        curve = self._curves[key]
        given = curve.data
        if (
            given is not None and curve.window == window
            and arrays_equal(given[0], xs) and arrays_equal(given[1], ys)
        ):  # fmt: skip
            return  # nothing was added; drawing is dear
        curve.data, curve.window = (xs, ys), window
        self._draw(curve)

    def _draw(self, curve: LiveCurve) -> None:
        """The part of a curve that can be seen: all of it while the plot follows."""
        if curve.data is None:
            return
        xs, ys = curve.data
        first, last = 0, len(xs)
        if not self.follows:
            low, high = self._view.viewRange()[0]
            first = max(int(np.searchsorted(xs, low)) - 1, 0)
            last = min(int(np.searchsorted(xs, high)) + 1, last)
        if curve.window > 1 and last > first:
            at = sample_indices(first, last)
            xs, ys = xs[at], moving_average(ys, curve.window, at)
        else:
            xs, ys = xs[first:last], ys[first:last]
            xs, ys = decimated(xs, np.where(np.isfinite(ys), ys, np.nan))
        curve.shown = xs, finite_or_nan(ys)
        self._fit()
        self._put(curve)

    def _put(self, curve: LiveCurve) -> None:
        """Give the plot what is to be drawn of a curve."""
        if curve.shown is None:
            return
        xs, ys = curve.shown
        if self._log:
            with np.errstate(divide="ignore", invalid="ignore"):
                ys = np.where(ys > 0, np.log10(ys), np.nan)
        dots = curve.points and len(xs) <= _MOST_DOTS
        if dots != curve.dotted:
            curve.dotted = dots
            self._style(curve)
        if dots and len(xs) > 1 and xs[0] == 0:
            # A line from before the first mini-batch to the first look would look like learning.
            xs, ys = np.insert(xs, 1, xs[0]), np.insert(ys, 1, np.nan)
        elif not dots and len(xs):
            low, high = self._view.viewRange()[0]
            xs, ys = isolated_as_dashes(xs, ys, (high - low) * _DOT)
        known = np.isfinite(ys)
        if not known.any():  # dots of nothing but NaN raise while they are painted
            xs, ys = xs[:0], ys[:0]
        whole = bool(known.all())
        curve.item.setData(
            xs, ys, symbol="o" if dots else None,
            connect="all" if whole else "finite", skipFiniteCheck=whole,
        )  # fmt: skip
        self._plot.look_again()

    def _seen(self) -> list[tuple[LiveCurve, Array, Array]]:
        """The curves that have something to show, with it."""
        return [(c, *c.shown) for c in self._curves.values() if c.shown is not None]

    def _fit(self) -> None:
        """Have the axes reach over what is shown."""
        seen = self._seen()
        if self.follows:
            last = max((xs[-1] for _, xs, _ in seen if len(xs)), default=1.0)
            last = max(last, self.least)
            first = min((xs[0] for _, xs, _ in seen if len(xs)), default=0.0)
            low = first if first > last / 2 else 0.0
            self._show_range(x=(low, step_axis_end(last)))
        sentence = ""
        if self._log:
            decades = log_range(self._ranged())
            if decades is None and any(np.isfinite(ys).any() for _, _, ys in seen):
                sentence = tr("A logarithmic axis cannot show values of zero or below.")
            self._range = decades or RobustRange(-3.0, 0.0)
        else:
            self._range = (fraction_range if self._percent else robust_range)(self._ranged())
        self._show_range(y=(self._range.low, self._range.high))
        self._notes.set_notes(self._leaving(), sentence)

    def _show_range(
        self, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None
    ) -> None:
        now = self._view.viewRange()
        if x is not None and list(x) != list(now[0]):
            self._view.setXRange(*x, padding=0)
        if y is not None and list(y) != list(now[1]):
            self._view.setYRange(*y, padding=0)

    def _ranged(self) -> list[Array]:
        """The curves that the value axis is to reach over. Of shares: those of single mini-batches
        only where they are steady, the test set only once something was trained.
        """
        seen = self._seen()
        if not self._percent:
            ranged = [ys for curve, _, ys in seen if curve.window == 1 or curve.ghost]
        else:
            ranged = [
                ys[xs > 0] if curve.points else steady(ys, curve.window) for curve, xs, ys in seen
            ]
        return [ys for ys in ranged if len(ys)] or [ys for _, _, ys in seen]

    def _leaving(self) -> tuple[OffscaleCurve, ...]:
        if not self._range.cut:
            return ()
        curves = [
            (xs, ys, themes().theme.curves[curve.colour])
            for curve, xs, ys in self._seen()
            if self._percent or curve.window == 1 or curve.ghost
        ]
        return offscale_curves(curves, self._range.low, self._range.high, self._percent)

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Vertical lines with a word: at x a knob was turned."""
        self._notes.set_marks(marks)
        self._plot.look_again()

    def set_log(self, on: bool) -> None:
        """A logarithmic value axis, or a linear one."""
        self._log = on
        self._plot.getAxis("left").setLogMode(on)
        self._fit()
        for curve in self._curves.values():
            self._put(curve)

    def follow(self) -> None:
        """Show everything again, and what is to come."""
        self.look_at(None)
        self.looked.emit(None)

    def look_at(self, stretch: tuple[float, float] | None) -> None:
        """Show mini-batches (first, last), or with None all of them, without saying so."""
        self.follows = stretch is None
        if stretch is not None:
            self._show_range(x=stretch)
        for curve in self._curves.values():
            self._draw(curve)

    def _on_looked(self, *_: object) -> None:
        low, high = self._view.viewRange()[0]
        self.look_at((low, high))
        self.looked.emit((low, high))

    def show_values(self, values: dict[str, float], place: str = "") -> None:
        """The line above the plot: its title, the `place` that is read, each curve's value."""
        self._values, self._place = values, place
        theme = themes().theme
        said = [(place, theme.quiet)] if place else []
        for key, value in values.items():
            if self.labels.get(key) and np.isfinite(value):
                colour = theme.curves[self._curves[key].colour]
                said.append((f"{self.labels[key]} {value_text(value, self._percent)}", colour))
        self._head.say(said)
        self.setAccessibleDescription(", ".join(words for words, _ in said))

    def set_hint(self, words: str) -> None:
        """What the line above the plot says to who points at it."""
        self._head.setToolTip(words)

    def show_cursor(self, x: float) -> None:
        """A line at x; NaN hides it."""
        self._plot.set_place(x if np.isfinite(x) else None)

    def _restyle(self) -> None:
        theme = themes().theme
        self._plot.restyle(theme)
        self._notes.set_colours(theme.quiet, theme.panel)
        for curve in self._curves.values():
            self._style(curve)
        self._fit()
        self.show_values(self._values, self._place)

    def _style(self, curve: LiveCurve) -> None:
        colour, ground = themes().theme.curves[curve.colour], themes().theme.panel
        # Mixed with the ground, not transparent: a transparent line is several times as dear.
        faint = curve.faint or curve.dotted
        style = Qt.PenStyle.DashLine if curve.ghost else Qt.PenStyle.SolidLine
        # A plot's pens count device pixels.
        thick = _LINE * self.devicePixelRatioF() if not faint else _THIN
        shade = mixed(ground, colour, _FAINT) if faint else colour
        curve.item.setPen(pg.mkPen(shade, width=thick, style=style))
        curve.item.setSymbolBrush(colour)
        curve.item.setSymbolPen(None)

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
                self._zoom(_ZOOM, here)
            case Qt.Key.Key_Minus:
                self._zoom(1 / _ZOOM, here)
            case Qt.Key.Key_Home:
                self.follow()
            case Qt.Key.Key_Escape if self._plot.place is not None:
                self.hovered_x.emit(math.nan)
            case _:
                super().keyPressEvent(event)

    def _zoom(self, factor: float, around: float) -> None:
        self._view.scaleBy(x=factor, center=(around, 0))
        self._on_looked()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ring says where the keys go."""
        focus_ring(QPainter(self), self)
