"""Pixel histograms one above the other, each with its mean and standard deviation."""

from collections.abc import Iterable

import numpy as np

from core.formatting import format_number
from core.inspect.data.pixel_histograms import PixelHistogram
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Pane, Series, VerticalLine, Zone, faint


class PixelHistogramView(Chart):
    """All stand over the same axis of numbers; heights are logarithmic, for paper outweighs ink by
    far. Point at a number to read how many pixels lie near it.
    """

    grid = False
    tells = True

    def __init__(self) -> None:
        name = tr("Histograms of pixels")
        super().__init__(
            name, Axis(tr("pixel value")), Pane(Axis()), least=(180, 150), hint=(420, 280)
        )
        self._shown: dict[Pane, PixelHistogram] = {}

    def set_levels(self, shown: list[tuple[str, PixelHistogram]]) -> None:
        """Titles and histograms, from above."""
        self._shown = {Pane(Axis(), title, numbered=False): levels for title, levels in shown}
        self.panes = list(self._shown)
        self.across.first = min(float(levels.edges[0]) for _, levels in shown)
        self.across.last = max(float(levels.edges[-1]) for _, levels in shown)
        self.setAccessibleDescription("; ".join(title for title, _ in shown))
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """One deviation to both sides of the mean as a band, bars, the mean as a line."""
        levels, theme = self._shown.get(pane), themes().theme
        if levels is None:
            return
        near = levels.mean - levels.std, levels.mean + levels.std
        yield Zone(*near, faint(theme.curves[1], 50))
        heights = np.log1p(levels.counts)
        heights = heights / max(float(heights.max()), 1.0)
        edges = np.asarray(levels.edges, np.float64)
        yield BarSeries(edges[:-1], edges[1:], heights, theme.curves[0], gap=1)
        yield VerticalLine(levels.mean, theme.curves[1], 2)

    def sentence(self) -> str:
        """The bins at a number, from above."""
        if self.reading is None:
            return ""
        counts = []
        for levels in self._shown.values():
            at = int(np.searchsorted(levels.edges, self.reading, "right")) - 1
            counts.append(int(levels.counts[at]) if 0 <= at < len(levels.counts) else 0)
        return tr("near {number}: {counts} pixels").format(
            number=format_number(self.reading, 3), counts=" · ".join(f"{one:,}" for one in counts)
        )
