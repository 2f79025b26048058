"""Histograms over time: a ridgeline plot or a heat map."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen

from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.palette import heat, packed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import Pane, Series, points

Array = NDArray[np.float64]
_ABOVE = 0.22  # of the height belongs to the oldest ridge
_REACH = 4.0  # rows that a ridge may cover
_USUAL = 0.95  # of the ridges are not cut off at the top
_APART = 18  # pixels between two steps


class RowAxis(Axis):
    """Rows from above, at values 0, −1, −2 …, with the steps they were taken after."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: NDArray[np.int64] = np.empty(0, np.int64)
        self.stressed: tuple[int, ...] = ()

    def marks(self) -> list[tuple[float, str]]:
        """Those that are stressed, and as many of the others as there is room for."""
        chosen: list[int] = []
        ys = self.xs_of(-np.arange(len(self.steps))).tolist()
        for row in (*self.stressed, *range(len(ys) - 1, -1, -1)):
            if all(abs(ys[row] - ys[other]) >= _APART for other in chosen):
                chosen.append(row)
        return [(-row, f"{self.steps[row]:,}") for row in chosen]


class HistogramOverTimePlot(Chart):
    """Rows from the oldest, at the top, to the newest; values from left to right.

    A click, or Enter, seeks the moment of a row; a double click goes back to what happens now; the
    up and down keys move the read-out.
    Attributes: `reading`, the number of the row that is read, or None.
    Signals: `sought(int | None)`, None for what happens now.
    """

    sought = Signal(object)

    def __init__(self, title: str) -> None:
        self._rows = RowAxis()
        across = Axis(tr("value"), apart=70)
        super().__init__(title, across, Pane(self._rows, tr("mini-batch")), hint=(420, 320))
        self._heat = False
        self._edges: Array = np.array([0.0, 1.0])
        self._shares: Array = np.empty((0, 1))
        self._moment: int | None = None

    def set_heat(self, on: bool) -> None:
        """A heat map, or ridges."""
        self._heat = on
        self.set_spread(self._rows.steps, self._edges, self._shares)

    def set_spread(self, steps: NDArray[np.int64], edges: Array, shares: Array) -> None:
        """Histograms `shares` (T, B) over `edges` (B+1,), after mini-batches `steps`."""
        rows, last = self._rows, len(steps) - 1
        rows.steps, self._edges, self._shares = steps, edges, shares
        self.across.first, self.across.last = float(edges[0]), float(edges[-1])
        # A ridge stands on its row, a row of the heat map has it in its middle.
        above = 0.5 if self._heat else max(last, 1) * _ABOVE / (1 - _ABOVE)
        rows.first, rows.last = -last - 0.5 * self._heat, above
        if self.reading is not None and self.reading > last:
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
        if self._moment is None or not len(self._rows.steps):
            return None
        return int(np.abs(self._rows.steps - self._moment).argmin())

    # -- drawing ------------------------------------------------------------------------------

    def lay_out(self) -> QRectF:
        """The rows that are stressed have their numbers."""
        self._rows.stressed = tuple(
            int(row) for row in (self.reading, self.row) if row is not None
        )  # fmt: skip
        return super().lay_out()

    def series(self, pane: Pane) -> Iterable[Series]:
        """The histograms."""
        if len(self._rows.steps):
            yield self

    def _cursor(self) -> Iterable[Series]:
        return ()

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Rows of colours, or ridges."""
        if self._heat:
            self._paint_heat(painter, pane)
        else:
            self._paint_ridges(painter, pane)

    def _paint_ridges(self, painter: QPainter, pane: Pane) -> None:
        theme, area, count = themes().theme, pane.area, len(self._rows.steps)
        tops = np.sort(self._shares.max(axis=1))
        most = float(tops[min(int(_USUAL * count), count - 1)]) or 1.0
        apart = area.height() * (1 - _ABOVE) / max(count - 1, 1)
        reach = min(_REACH * apart, area.height() * _ABOVE) if count > 1 else area.height() * 0.9
        xs = self.across.xs_of((self._edges[:-1] + self._edges[1:]) / 2)
        for row in range(count):
            base = pane.up.x_of(-row)
            line = xs, base - np.minimum(self._shares[row] / most, 1.05) * reach
            shown = row == self.row
            colour = mixed(theme.quiet, theme.curves[0], row / max(count - 1, 1))
            colour = theme.curves[1] if shown else theme.text if row == self.reading else colour
            painter.setPen(Qt.PenStyle.NoPen)
            # Opaque, so that a ridge hides what lies behind it.
            painter.setBrush(QColor(mixed(theme.panel, colour, 0.55 if shown else 0.28)))
            painter.drawPolygon(points(*line, QPointF(xs[-1], base), QPointF(xs[0], base)))
            painter.setPen(QPen(QColor(colour), 2 if shown or row == self.reading else 1.2))
            painter.drawPolyline(points(*line))

    def _paint_heat(self, painter: QPainter, pane: Pane) -> None:
        # The root, so that rare values can be seen beside the many near zero.
        shares = np.sqrt(self._shares / max(float(self._shares.max()), 1e-12))
        pixels = np.ascontiguousarray(packed(heat(themes().theme))[(shares * 255).astype(np.uint8)])
        rows, columns = pixels.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        area = pane.area
        left, right = self.across.xs_of(self._edges[[0, -1]])
        painter.drawImage(QRectF(left, area.top(), right - left, area.height()), image)
        high = max(area.height() / rows, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, colour in ((self.reading, themes().theme.text), (self.row, themes().theme.accent)):
            if row is not None:
                painter.setPen(QPen(QColor(colour), 1.5))
                y = pane.up.x_of(-row)
                painter.drawRect(QRectF(area.left(), y - high / 2, area.width(), high))

    # -- pointer and keys ---------------------------------------------------------------------

    def reading_at(self, position: QPointF) -> float | None:
        """The row nearest to a pixel."""
        self.lay_out()
        if not len(self._rows.steps):
            return None
        return min(max(round(-self._rows.value_at(position.y())), 0), len(self._rows.steps) - 1)

    def step(self, by: int) -> None:
        """So many rows further down."""
        if last := len(self._rows.steps):
            here = last if self.reading is None else self.reading
            self.read_at(min(max(here + by, 0), last - 1))

    def choose(self, reading: float) -> None:
        """A wish for that moment."""
        self.sought.emit(int(self._rows.steps[int(reading)]))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Everything, and what happens now."""
        super().mouseDoubleClickEvent(event)
        self.sought.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down read too."""
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if (key := Qt.Key(event.key())) in ways:
            self.step(ways[key])
        else:
            super().keyPressEvent(event)
