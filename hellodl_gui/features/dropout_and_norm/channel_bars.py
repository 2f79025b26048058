"""Bar chart of one value per channel."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Pane, Series


class ChannelBars(Chart):
    """Point at a bar, or use the arrow keys, to read its channel: `reading`, or None."""

    grid = False

    def __init__(self, title: str, tip: str) -> None:
        self._up = Axis(apart=26)
        super().__init__(title, Axis(), Pane(self._up, title), least=(140, 56), hint=(360, 110))
        self.setToolTip(tip)
        self.has_foot = False
        self._values: NDArray[np.float32] = np.zeros(0, np.float32)

    def set_values(self, values: NDArray[np.float32]) -> None:
        """Show these (C,)."""
        self._values = values
        self.bins = np.arange(len(values) + 1.0)
        self.across.last = float(max(len(values), 1))
        finite = values[np.isfinite(values)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        self._up.first, self._up.last = low, high if high > low else low + 1.0
        if self.reading is not None and self.reading >= len(values):
            self.read_at(None)
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Above and below zero."""
        theme, left = themes().theme, np.arange(len(self._values), dtype=np.float64)
        colours = [theme.positive if value > 0 else theme.negative for value in self._values]
        gap = 1 if self.across.width > 4 * len(left) else 0
        yield BarSeries(left, left + 1, self._values.astype(np.float64), colours, gap=gap)
