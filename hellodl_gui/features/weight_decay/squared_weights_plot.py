"""Histograms, or cumulative counts, of squared weights on a log axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor

from core.inspect.weights.squared_weights import EDGES, SquaredWeights, visible_range
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import LineSeries, Pane, Series, faint
from hellodl_gui.ui.chart.ticks import share_text


@dataclass(frozen=True)
class SquareLine:
    """Squares in the theme's curve colour of this number."""

    name: str
    colour: int
    squares: SquaredWeights


class SquaredWeightsPlot(Chart):
    """Point at a square, or use the arrow keys, to read how many weights lie below.

    Attributes: `reading`, the square that is read, None for none.
    """

    def __init__(self, title: str, cumulative: bool) -> None:
        across = Axis(tr("weight²"), apart=40, ends=(1e-6, 1.0), logarithmic=True)
        self._up = Axis(text=share_text, apart=36)
        pane = Pane(self._up, title)
        super().__init__(title, across, pane, least=(150, 64), hint=(360, 220))
        self._cumulative = cumulative
        self._lines: tuple[SquareLine, ...] = ()

    def set_lines(self, lines: Sequence[SquareLine]) -> None:
        """Show these; the axes reach over all of them."""
        self._lines = tuple(lines)
        low, high = visible_range([line.squares for line in lines])
        self.across.first, self.across.last = 10**low, 10**high
        tops = [float(line.squares.density[1:-1].max(initial=0)) for line in lines]
        self._up.last = 1.0 if self._cumulative else max(tops, default=1.0) or 1.0
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """A line for each, with its ground where it is a histogram."""
        for line in self._lines:
            colour = QColor(themes().theme.curves[line.colour])
            xs, ys, ground = EDGES[1:-1], line.squares.below[1:-1], None
            if not self._cumulative:
                xs, ys = np.repeat(xs, 2)[1:-1], np.repeat(line.squares.density[1:-1], 2)
                ground = faint(colour, 50)
            yield LineSeries(xs, ys, colour, fill=ground, name=line.name)
