"""Line chart of fractions, 0 to 100 %, over an amount."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis, NameAxis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import Dash, DotSeries, LineSeries, Pane, Series
from hellodl_gui.ui.chart.ticks import share_text


@dataclass(frozen=True)
class ChartLine:
    """Points (x, fraction) in ascending order of x, with a name, a colour's number and dashes."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: int
    dashed: bool = False


class LineChart(Chart):
    """`places` are the x there may be; `labels` name them below the axis. They stand at equal
    distances. Point at one, or use the arrow keys, to read it.
    """

    grid = False

    def __init__(self, title: str, places: Sequence[float], labels: Sequence[str]) -> None:
        pane = Pane(Axis(text=share_text, apart=24), title)
        across = NameAxis(labels, at=0.5, room=30)
        super().__init__(title, across, pane, least=(170, 110), hint=(360, 220))
        self.bins = np.arange(len(places) + 1, dtype=np.float64)
        self._places = tuple(places)
        self._lines: tuple[ChartLine, ...] = ()

    def set_lines(self, lines: Sequence[ChartLine]) -> None:
        """Show these."""
        self._lines = tuple(lines)
        self.update()

    def values(self) -> list[tuple[ChartLine, float]]:
        """What the lines say at the place that is read."""
        if self.reading is None:
            return []
        x = self._places[int(self.reading)]
        return [(line, dict(line.points)[x]) for line in self._lines if x in dict(line.points)]

    def series(self, pane: Pane) -> Iterable[Series]:
        """Each line, and its points."""
        for line in self._lines:
            colour = themes().theme.curves[line.colour]
            xs = np.array([self._places.index(x) + 0.5 for x, _ in line.points])
            ys = np.array([fraction for _, fraction in line.points])
            dash = Dash.DashLine if line.dashed else Dash.SolidLine
            yield LineSeries(xs, ys, colour, 2, dash, smooth=True)
            yield DotSeries(xs, ys, colour, rim=0)
