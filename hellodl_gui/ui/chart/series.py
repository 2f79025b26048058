"""Series of a chart: lines, bars, dots, zones and upright lines, painted where the axes say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.plot_data import decimated
from hellodl_gui.ui.chart.text_layouts import text_layouts

Array = NDArray[np.float64]
Colour = QColor | str
Dash = Qt.PenStyle
_OVERHANG = 4  # pixels that a text may be wider than its bar
_BEYOND = 10  # pixels to either side that are drawn too


class Pane:
    """A part of a chart below its `title`, over an axis that points up. It gets its share of the
    height; what is not `numbered` has no numbers beside it.
    Attributes: `area`, where it is; `ticks`, the numbers of its axis.
    """

    def __init__(
        self, up: Axis, title: str = "", share: float = 1.0, numbered: bool = True
    ) -> None:
        self.up, self.title, self.share, self.numbered = up, title, share, numbered
        self.area = QRectF()
        self.ticks: list[tuple[float, str]] = []


class Series(Protocol):
    """Whatever can be drawn in a pane."""

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Paint it."""


def points(xs: Array, ys: Array, *more: QPointF) -> QPolygonF:
    """Those at pixels (N,) each, and more after them."""
    found: QPolygonF = arrayToQPolygonF(xs, ys) if len(xs) else QPolygonF()
    for point in more:
        found.append(point)
    return found


def faint(colour: Colour, alpha: int) -> QColor:
    """A colour that lets through what is behind it: 0 to 255."""
    made = QColor(colour)
    made.setAlpha(alpha)
    return made


def runs(known: NDArray[np.bool_]) -> list[slice]:
    """The stretches that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [slice(*pair) for pair in edges.reshape(-1, 2).tolist()]


@dataclass(frozen=True)
class LineSeries:
    """Points (N,) by ascending x; what is not finite, or has no place, is a gap.

    What is `smooth` goes through all its points, else at most about two a pixel are drawn. `fill`
    is the colour of the ground below the line; a point between two gaps is a dot. With a `name` it
    stands in the legend.
    """

    xs: NDArray[np.generic]
    ys: Array
    colour: Colour
    width: float = 1.6
    dash: Dash = Dash.SolidLine
    fill: QColor | None = None
    name: str = ""
    smooth: bool = False

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Only what can be seen."""
        area = pane.area
        xs = across.xs_of(self.xs)
        first = max(int(np.searchsorted(xs, area.left() - _BEYOND)) - 1, 0)
        seen = slice(first, int(np.searchsorted(xs, area.right() + _BEYOND)) + 1)
        xs, ys = xs[seen], pane.up.xs_of(self.ys[seen])
        buckets = len(xs) if self.smooth else max(int(area.width() / 2), 1)
        for run in runs(np.isfinite(xs) & np.isfinite(ys)):
            line = decimated(xs[run], ys[run], buckets)
            if self.fill is not None:
                ends = (QPointF(line[0][at], area.bottom()) for at in (-1, 0))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.fill)
                painter.drawPolygon(points(*line, *ends))
            painter.setPen(QPen(QColor(self.colour), self.width, self.dash))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if len(line[0]) > 1:
                painter.drawPolyline(points(*line))
            else:
                painter.setBrush(QColor(self.colour))
                painter.drawEllipse(QPointF(line[0][0], line[1][0]), 2, 2)


@dataclass(frozen=True)
class PathSeries:
    """A line through points (N,) in any order."""

    xs: Array
    ys: Array
    colour: Colour
    width: float = 1.6

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """As it comes."""
        painter.setPen(QPen(QColor(self.colour), self.width))
        painter.drawPolyline(points(across.xs_of(self.xs), pane.up.xs_of(self.ys)))


@dataclass(frozen=True)
class BarSeries:
    """Bars from `floor` to `tops` (B,), between `left` and `right` (B,), in one colour or one each.

    What is not finite has no bar. `gap` pixels stay free at its right. `rims` are the colours of
    lines around bars; `texts` stand above those that are wide enough.
    """

    left: Array
    right: Array
    tops: Array
    colour: Colour | Sequence[Colour]
    floor: Array | float = 0.0
    gap: float = 0.0
    rims: Sequence[Colour] = ()
    texts: Sequence[str] = ()

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Sharp, at least half a pixel high where there is anything."""
        left, right = across.xs_of(np.array([self.left, self.right]))
        tops, bases = pane.up.xs_of(self.tops), pane.up.xs_of(np.asarray(self.floor))
        wide = right - left
        high = np.maximum(np.abs(tops - bases), 0.5)
        upper = np.where(tops <= bases, bases - high, bases)
        widths = np.maximum(wide - self.gap, np.minimum(wide, 1))
        boxes = np.array([left, upper, widths, high]).T
        one = QColor(self.colour) if isinstance(self.colour, (QColor, str)) else None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = np.flatnonzero(np.isfinite(self.tops) & (self.tops != self.floor))
        for number, box in zip(shown.tolist(), boxes[shown].tolist(), strict=True):
            bar = QRectF(*box)
            painter.fillRect(bar, one or QColor(self.colour[number]))  # type: ignore[index]
            if self.rims:
                painter.setPen(QColor(self.rims[number]))
                painter.drawRect(bar)
        layouts, above = text_layouts(painter.font()), painter.fontMetrics().height() + 1
        painter.setPen(QColor(themes().theme.quiet))
        middles, upper = ((left + right) / 2).tolist(), (tops - above).tolist()
        for number, text in enumerate(self.texts):
            if layouts.width(text) <= wide[number] + _OVERHANG:
                layouts.paint(painter, middles[number], upper[number], text, left=0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)


@dataclass(frozen=True)
class DotSeries:
    """Discs at points (N,), with a rim in the colour of the ground."""

    xs: Array | Sequence[float]
    ys: Array | Sequence[float]
    colour: Colour
    radius: float = 3.5
    rim: float = 1.0

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Those that have a place."""
        pen = QPen(QColor(themes().theme.panel), self.rim)
        painter.setPen(pen if self.rim else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour))
        xs, ys = across.xs_of(np.array(self.xs, float)), pane.up.xs_of(np.array(self.ys, float))
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            if np.isfinite(x) and np.isfinite(y):
                painter.drawEllipse(QPointF(x, y), self.radius, self.radius)


@dataclass(frozen=True)
class VerticalLine:
    """A line, or one at each x, from the top of a pane to its bottom."""

    x: float | Array
    colour: Colour
    width: float = 1.0
    dash: Dash = Dash.SolidLine

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Wherever it is."""
        top, bottom = pane.area.top(), pane.area.bottom()
        painter.setPen(QPen(QColor(self.colour), self.width, self.dash))
        for x in across.xs_of(np.atleast_1d(self.x)).tolist():
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))


@dataclass(frozen=True)
class Zone:
    """The whole height of a pane between two values, or a line around it."""

    low: float
    high: float
    colour: Colour
    framed: bool = False

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """At least two pixels wide."""
        left, right = across.x_of(self.low), across.x_of(self.high)
        area = pane.area
        box = QRectF(left, area.top(), max(right - left, 2), area.height())
        if self.framed:
            painter.setPen(QColor(self.colour))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 3, 3)
        else:
            painter.fillRect(box, QColor(self.colour))
