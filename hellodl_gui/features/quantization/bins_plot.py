"""Histogram of weights with the bins of a quantizer."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.formatting import format_fixed
from core.inspect.weights.quantization_eval import BinHistogram
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Dash, Pane, Series, VerticalLine, Zone

_TICK = 5
_APART = 3.0  # pixels between two cut lines that can still be told apart


class BinsPlot(Chart):
    """Bars of a histogram, lines where the weights are cut, ticks at what stands for each bin.

    What was pruned is an empty band around zero. Point at a bin, or use the arrow keys, to read it.
    """

    grid = False

    def __init__(self) -> None:
        self._up = Axis()
        name = tr("Histogram of weights with their bins")
        pane = Pane(self._up, numbered=False)
        super().__init__(name, Axis(tr("weight")), pane, least=(120, 90), hint=(420, 180))
        self._picture: BinHistogram | None = None

    def set_picture(self, picture: BinHistogram | None) -> None:
        """Show another; None for none."""
        self._picture, self.has_foot = picture, picture is not None
        if picture is not None:
            low, high = picture.ends
            self.across.first, self.across.last = low, high if high > low else low + 1.0
            self._up.last = max(int(picture.counts.max(initial=0)), 1)
            self.bins = np.asarray(picture.edges, np.float64)
            if self.reading is not None and self.reading >= len(picture.values):
                self.read_at(None)
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Every second bin a shade darker, bars, cuts, the edges of what was pruned."""
        shown, theme = self._picture, themes().theme
        if shown is None:
            return
        xs = self.across.xs_of(shown.edges)
        wide = np.diff(xs) >= 1
        shade = mixed(theme.panel, theme.text, 0.07)
        for number, (left, right) in enumerate(pairwise(shown.edges.tolist())):
            if number % 2 and wide[number]:
                yield Zone(left, right, shade)
        edges = np.linspace(*shown.ends, len(shown.counts) + 1)
        yield BarSeries(edges[:-1], edges[1:], shown.counts.astype(np.float64), theme.curves[0])
        for x in _hole(shown):
            yield VerticalLine(x, theme.quiet, dash=Dash.DotLine)
        yield VerticalLine(shown.edges[1:-1][_apart(xs[1:-1])], theme.curves[1])

    def paint_over(self, painter: QPainter) -> None:
        """What stands for each bin, and what was pruned."""
        shown, theme, area = self._picture, themes().theme, self.panes[0].area
        if shown is None:
            return
        painter.setPen(QPen(QColor(theme.text), 2))
        left, right, foot = area.left(), area.right(), area.bottom()
        for x in self.across.xs_of(shown.values).tolist():
            if left <= x <= right:
                painter.drawLine(QPointF(x, foot), QPointF(x, foot + _TICK))
        if hole := _hole(shown):
            left, right = self.across.xs_of(np.array(hole))
            if right - left > painter.fontMetrics().horizontalAdvance(tr("pruned")) + 4:
                painter.setPen(QColor(theme.quiet))
                place = QRectF(left, area.top(), right - left, 18)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tr("pruned"))

    def sentence(self) -> str:
        """The ends of a bin, and what its weights become."""
        if self._picture is None or self.reading is None:
            return ""
        shown, here = self._picture, int(self.reading)
        low, high = (format_fixed(x, 4, signed=True) for x in shown.edges[here : here + 2])
        return tr("bin {number} of {count}: {low} to {high} become {value}").format(
            number=here + 1, count=shown.bins, low=low, high=high,
            value=format_fixed(shown.values[here], 4, signed=True),
        )  # fmt: skip


def _hole(shown: BinHistogram) -> tuple[float, ...]:
    """The ends of what was pruned; none where nothing was."""
    low, high = shown.ends
    return (max(-shown.hole, low), min(shown.hole, high)) if shown.hole > 0 else ()


def _apart(xs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which of ascending pixels can be told from the one before."""
    kept, last = [], -np.inf
    for number, x in enumerate(xs.tolist()):
        if x - last >= _APART:
            kept.append(number)
            last = x
    return np.array(kept, np.intp)
