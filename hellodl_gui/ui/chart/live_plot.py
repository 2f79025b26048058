"""Live plot: decimated curves over the mini-batch, with a readout at the pointer."""

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.training.series import moving_average
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.annotations import OffscaleCurve, PlotAnnotations, offscale_curves
from hellodl_gui.ui.chart.axes import StepAxis, ValueAxis
from hellodl_gui.ui.chart.axis_marks import AxisMarks
from hellodl_gui.ui.chart.cached_plot import CachedPlot
from hellodl_gui.ui.chart.plot_data import (
    arrays_equal,
    decimated,
    finite_or_nan,
    isolated_as_dashes,
    sample_indices,
    value_text,
)
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


class LivePlot(QWidget):
    """One plot of named curves over the mini-batch.

    The wheel or +/− zooms in time while the values keep fitting, a drag pans, double click or Home
    follows again; the arrow keys move the read-out. A spike is cut off, with a word on how high it
    goes; what is not finite, or not above zero on a logarithmic axis, leaves a gap.

    Attributes: `follows`, whether it shows everything and what is to come; `labels`, what the
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
        self._percent = unit == "%"
        self._curves: dict[str, pg.PlotDataItem] = {}
        self._data: dict[str, tuple[Array, Array]] = {}
        self._windows: dict[str, int] = {}
        self._shown: dict[str, tuple[Array, Array]] = {}
        self.labels: dict[str, str] = {}
        self._colours: dict[str, tuple[int, bool]] = {}
        self._dotted: dict[str, bool] = {}
        self._ghosts: set[str] = set()
        self._log = False
        self._range = RobustRange(0.0, 1.0)
        self._values: dict[str, float] = {}
        self._place = ""
        self._head = ReadoutLine(title)
        left = ValueAxis(self._percent)
        bottom = StepAxis(tr("mini-batch"))
        self._plot = CachedPlot({"left": left, "bottom": bottom})
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMinimumHeight(64)
        item = self._plot.getPlotItem()
        item.layout.setContentsMargins(1, 7, 1, 1)  # half a number above the axis
        self._view: pg.ViewBox = item.getViewBox()
        for axis in (left, bottom):
            axis.setStyle(maxTickLevel=0, tickLength=-4)
        # As wide in every plot, so that plots below each other share their time axis.
        left.setWidth(self.fontMetrics().horizontalAdvance("0.00001"))
        item.showGrid(x=False, y=True, alpha=0.15)
        item.setDownsampling(auto=False)
        item.setClipToView(False)
        self._view.disableAutoRange()
        self._view.setMouseEnabled(x=True, y=False)
        self._view.setLimits(xMin=0)
        self._view.sigRangeChangedManually.connect(self._on_looked)
        self._marks = AxisMarks()
        item.addItem(self._marks, ignoreBounds=True)
        self._notes = PlotAnnotations()
        item.addItem(self._notes, ignoreBounds=True)
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
        curve = pg.PlotDataItem(skipFiniteCheck=True, connect="all")
        self._plot.addItem(curve, ignoreBounds=True)
        if ghost:
            curve.setZValue(-1)
            self._ghosts.add(key)
        self._curves[key] = curve
        self.labels[key] = label
        self._colours[key] = colour, faint
        if points:
            self._dotted[key] = False
            curve.setSymbolSize(6)
        self._restyle()

    def drop_ghosts(self) -> None:
        """Only the own curves again."""
        for key in self._ghosts:
            self._plot.removeItem(self._curves.pop(key))
            for kept in (self.labels, self._colours, self._data, self._windows, self._shown,
                         self._dotted):  # fmt: skip
                kept.pop(key, None)
        self._plot.look_again()
        self._ghosts.clear()

    def set_data(self, key: str, xs: Array, ys: Array, window: int = 1) -> None:
        """All points of a curve, by ascending x. What is not finite is a gap.

        With a `window` each point shown is the mean of about as many points around it.
        """
        given = self._data.get(key)
        if (
            given is not None and self._windows[key] == window
            and arrays_equal(given[0], xs) and arrays_equal(given[1], ys)
        ):  # fmt: skip
            return  # nothing was added; drawing is dear
        self._data[key] = xs, ys
        self._windows[key] = window
        self._draw(key)

    def _draw(self, key: str) -> None:
        """The part of a curve that can be seen: all of it while the plot follows."""
        xs, ys = self._data[key]
        first, last = 0, len(xs)
        if not self.follows:
            low, high = self._view.viewRange()[0]
            first = max(int(np.searchsorted(xs, low)) - 1, 0)
            last = min(int(np.searchsorted(xs, high)) + 1, last)
        if self._windows[key] > 1 and last > first:
            at = sample_indices(first, last)
            xs, ys = xs[at], moving_average(ys, self._windows[key], at)
        else:
            xs, ys = xs[first:last], ys[first:last]
            xs, ys = decimated(xs, np.where(np.isfinite(ys), ys, np.nan))
        self._shown[key] = xs, finite_or_nan(ys)
        self._fit()
        self._put(key)

    def _put(self, key: str) -> None:
        """Give the plot what is to be drawn of a curve."""
        xs, ys = self._shown[key]
        if self._log:
            with np.errstate(divide="ignore", invalid="ignore"):
                ys = np.where(ys > 0, np.log10(ys), np.nan)
        dots = key in self._dotted and len(xs) <= _MOST_DOTS
        if key in self._dotted and dots != self._dotted[key]:
            self._dotted[key] = dots
            self._style(key)
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
        self._curves[key].setData(
            xs, ys, symbol="o" if dots else None,
            connect="all" if whole else "finite", skipFiniteCheck=whole,
        )  # fmt: skip
        self._plot.look_again()

    def _fit(self) -> None:
        """Have the axes reach over what is shown."""
        ends = [xs[-1] for xs, _ in self._shown.values() if len(xs)]
        begins = [xs[0] for xs, _ in self._shown.values() if len(xs)]
        if self.follows:
            last = max(ends, default=1.0)
            first = min(begins, default=0.0)
            low = first if first > last / 2 else 0.0
            self._show_range(x=(low, step_axis_end(last)))
        sentence = ""
        if self._log:
            decades = log_range(self._ranged())
            if decades is None and any(np.isfinite(ys).any() for _, ys in self._shown.values()):
                sentence = tr("A logarithmic axis cannot show values of zero or below.")
            self._range = decades or RobustRange(-3.0, 0.0)
        else:
            self._range = (fraction_range if self._percent else robust_range)(self._ranged())
        self._show_range(y=(self._range.low, self._range.high))
        leaving = self._leaving()
        self._notes.set_notes(leaving, sentence)
        self._marks.leave_first_row(any(one.up for one in leaving))

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
        if not self._percent:
            ranged = [
                ys
                for key, (_, ys) in self._shown.items()
                if self._windows[key] == 1 or key in self._ghosts
            ]
        else:
            ranged = [
                ys[xs > 0] if key in self._dotted else steady(ys, self._windows[key])
                for key, (xs, ys) in self._shown.items()
            ]
        return [ys for ys in ranged if len(ys)] or [ys for _, ys in self._shown.values()]

    def _leaving(self) -> tuple[OffscaleCurve, ...]:
        if not self._range.cut:
            return ()
        curves = [
            (*self._shown[key], themes().theme.curves[self._colours[key][0]])
            for key in self._shown
            if self._percent or self._windows[key] == 1 or key in self._ghosts
        ]
        return offscale_curves(curves, self._range.low, self._range.high, self._percent)

    def _redraw(self) -> None:
        for key in self._data:
            self._draw(key)

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Vertical lines with a word: at x a knob was turned."""
        self._marks.set_marks(marks)
        self._plot.look_again()

    def set_log(self, on: bool) -> None:
        """A logarithmic value axis, or a linear one."""
        self._log = on
        self._plot.getPlotItem().getAxis("left").setLogMode(on)
        self._fit()
        for key in self._shown:
            self._put(key)

    def follow(self) -> None:
        """Show everything again, and what is to come."""
        self.look_at(None)
        self.looked.emit(None)

    def look_at(self, stretch: tuple[float, float] | None) -> None:
        """Show mini-batches (first, last), or with None all of them, without saying so."""
        self.follows = stretch is None
        if stretch is not None:
            self._show_range(x=stretch)
        self._redraw()

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
                colour = theme.curves[self._colours[key][0]]
                said.append((f"{self.labels[key]} {value_text(value, self._percent)}", colour))
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
        self._notes.set_colours(theme.quiet, theme.panel)
        for key in self._curves:
            self._style(key)
        self._fit()
        self.show_values(self._values, self._place)

    def _style(self, key: str) -> None:
        curve, (number, faint) = self._curves[key], self._colours[key]
        colour = pg.mkColor(themes().theme.curves[number])
        dots = self._dotted.get(key, False)
        # Mixed with the ground, not transparent: a transparent line is several times as dear.
        faint = faint or dots
        ground = themes().theme.panel
        shade = pg.mkColor(mixed(ground, colour.name(), _FAINT)) if faint else colour
        style = Qt.PenStyle.DashLine if key in self._ghosts else Qt.PenStyle.SolidLine
        # A plot's pens count device pixels.
        thick = _LINE * self.devicePixelRatioF() if not faint else _THIN
        curve.setPen(pg.mkPen(shade, width=thick, style=style))
        curve.setSymbolBrush(colour)
        curve.setSymbolPen(None)

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
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(themes().theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 0.5, -2.5, -0.5), 6, 6)
