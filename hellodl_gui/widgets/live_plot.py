"""Curves that grow while one watches: decimated before drawing, read out under the pointer."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from hellodl_gui.theming.manager import themes

Array = NDArray[np.float64]
_BUCKETS = 700
_LINE = 2


def decimated(xs: Array, ys: Array, buckets: int = _BUCKETS) -> tuple[Array, Array]:
    """At most 2·buckets points with the same outline: smallest and largest of each bucket."""
    if len(xs) <= 2 * buckets:
        return xs, ys
    size = len(xs) // buckets
    whole = size * buckets
    parts = ys[:whole].reshape(buckets, size)
    middles = xs[:whole].reshape(buckets, size)
    out = np.empty(2 * buckets + 1)
    places = np.empty(2 * buckets + 1)
    out[0:-1:2], out[1:-1:2] = parts.min(axis=1), parts.max(axis=1)
    places[0:-1:2], places[1:-1:2] = middles[:, 0], middles[:, -1]
    out[-1], places[-1] = ys[-1], xs[-1]
    return places, out


class LivePlot(QWidget):
    """One plot of named curves over the mini-batch.

    Signals: `hovered_x(float)` the step under the pointer, NaN when there is none.
    """

    hovered_x = Signal(float)

    def __init__(self, title: str, unit: str = "") -> None:
        super().__init__()
        self._title = title
        self._unit = unit
        self._curves: dict[str, pg.PlotDataItem] = {}
        self._labels: dict[str, str] = {}
        self._colours: dict[str, tuple[int, int]] = {}
        self._marks: list[pg.InfiniteLine] = []
        self._head = QLabel()
        self._head.setTextFormat(Qt.TextFormat.RichText)
        self._plot = pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMinimumHeight(90)
        item = self._plot.getPlotItem()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setStyle(maxTickLevel=0, tickLength=-4)
        item.showGrid(x=False, y=True, alpha=0.15)
        item.setDownsampling(auto=False)
        item.setClipToView(False)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        item.addItem(self._cursor, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(2)
        layout.addWidget(self._head)
        layout.addWidget(self._plot, 1)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse)
        themes().changed.connect(self._restyle)
        self._restyle()

    def add_curve(self, key: str, label: str, colour: int, faint: bool = False, points: bool = False) -> None:
        """A curve in the theme's colour number `colour`; `points` also marks every value."""
        curve = pg.PlotDataItem(skipFiniteCheck=True, connect="all")
        self._plot.addItem(curve)
        self._curves[key] = curve
        self._labels[key] = "" if faint else label
        self._colours[key] = colour, (90 if faint else 255)
        if points:
            curve.setSymbol("o")
            curve.setSymbolSize(5)
        self._restyle()

    def set_data(self, key: str, xs: Array, ys: Array) -> None:
        """All points of a curve."""
        self._curves[key].setData(*decimated(xs, ys))

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Vertical lines with a word: at x a knob was turned."""
        for line in self._marks[len(marks) :]:
            self._plot.removeItem(line)
        del self._marks[len(marks) :]
        theme = themes().theme
        for x, text in marks[len(self._marks) :]:
            line = pg.InfiniteLine(
                x,
                angle=90,
                pen=pg.mkPen(theme.quiet, style=Qt.PenStyle.DotLine),
                label=text,
                labelOpts={"position": 0.92, "color": theme.quiet, "anchors": [(0, 0.5), (0, 0.5)]},
            )
            self._plot.addItem(line, ignoreBounds=True)
            self._marks.append(line)

    def set_log(self, on: bool) -> None:
        """A logarithmic value axis, or a linear one."""
        self._plot.setLogMode(y=on)

    def set_range(self, low: float, high: float) -> None:
        """Keep the value axis between two numbers."""
        self._plot.setYRange(low, high, padding=0.02)

    def follow(self) -> None:
        """Show everything again, and what is to come."""
        self._plot.enableAutoRange()

    def show_values(self, values: dict[str, float]) -> None:
        """The line above the plot: its title, and each named curve's value."""
        theme = themes().theme
        parts = [f"<b>{self._title}</b>"]
        for key, value in values.items():
            if self._labels.get(key) and np.isfinite(value):
                colour = theme.curves[self._colours[key][0]]
                shown = f"{value:.2%}" if self._unit == "%" else f"{value:.4f}"
                parts.append(f'<span style="color:{colour}">{self._labels[key]} {shown}</span>')
        self._head.setText(" &nbsp; ".join(parts))
        self.setAccessibleDescription(self._head.text())

    def show_cursor(self, x: float) -> None:
        """A line at x; NaN hides it."""
        self._cursor.setVisible(bool(np.isfinite(x)))
        if np.isfinite(x):
            self._cursor.setValue(x)

    def leaveEvent(self, event: object) -> None:
        """The pointer is gone."""
        self.hovered_x.emit(float("nan"))

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Back to following."""
        self.follow()

    def _on_mouse(self, position: QPointF) -> None:
        view = self._plot.getPlotItem().vb
        if view.sceneBoundingRect().contains(position):
            self.hovered_x.emit(view.mapSceneToView(position).x())

    def _restyle(self) -> None:
        theme = themes().theme
        self._plot.setBackground(theme.panel)
        for side in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))
        self._cursor.setPen(pg.mkPen(theme.quiet))
        for key, curve in self._curves.items():
            number, alpha = self._colours[key]
            colour = pg.mkColor(theme.curves[number])
            colour.setAlpha(alpha)
            curve.setPen(pg.mkPen(colour, width=_LINE if alpha == 255 else 1))
            curve.setSymbolBrush(colour)
            curve.setSymbolPen(None)
        for line in self._marks:
            line.setPen(pg.mkPen(theme.quiet, style=Qt.PenStyle.DotLine))
