"""Reliability diagram: accuracy and number of predictions by confidence."""

from collections.abc import Iterable

import numpy as np

from core.formatting import format_count, format_fixed
from core.inspect.calibration import ReliabilityDiagram
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Dash, LineSeries, Pane, Series, VerticalLine
from hellodl_gui.ui.chart.ticks import share_text

_COUNTS = 0.2  # of the height belongs to the counts
_HEADROOM = 1.6  # above the counts, for figures
_GAP = 4


class ReliabilityPlot(Chart):
    """Bars are accuracies; on the dashed diagonal they would be as high as the mean confidence.
    Below them stand the counts. Left and right move from bin to bin.
    """

    grid = False

    def __init__(self) -> None:
        across = Axis(
            tr("x: confidence, y: accuracy · red: overconfident, green: underconfident"), share_text
        )
        accuracies = Pane(Axis(text=share_text, apart=28), share=1 - _COUNTS)
        self._below = Pane(Axis(ends=(0, _HEADROOM)), share=_COUNTS, numbered=False)
        name = tr("Reliability diagram")
        super().__init__(name, across, accuracies, self._below, least=(170, 96), hint=(340, 320))
        self._found: ReliabilityDiagram | None = None
        self._threshold = 0.0

    def set_reliability(self, found: ReliabilityDiagram) -> None:
        """Show this one."""
        self._found = found
        self.bins = np.asarray(found.edges, np.float64)
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """From where on is answered."""
        self._threshold = threshold
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Bars, their gaps to the confidence and the diagonal, or counts; the threshold."""
        if self._found is None:
            return
        theme, found, edges = themes().theme, self._found, np.asarray(self._found.edges, float)
        left, right = edges[:-1], edges[1:]
        if pane is self._below:
            # The root, so that few answers are seen beside many.
            high = np.sqrt(found.counts / max(int(found.counts.max(initial=1)), 1))
            texts = [_short(count) for count in found.counts.tolist()]
            yield BarSeries(left, right, high, theme.quiet, gap=_GAP, texts=texts)
        else:
            yield BarSeries(left, right, found.accuracy, theme.accent, gap=_GAP)
            over = (found.confidence > found.accuracy).tolist()
            bad, good = mixed(theme.panel, theme.bad, 0.45), mixed(theme.accent, theme.good, 0.45)
            rims = [theme.bad if one else theme.good for one in over]
            fills = [bad if one else good for one in over]
            sure = np.where(np.isnan(found.accuracy), np.nan, found.confidence)
            yield BarSeries(left, right, sure, fills, found.accuracy, _GAP, rims)
            yield LineSeries(edges[[0, -1]], edges[[0, -1]], theme.text, 1.2, Dash.DashLine)
        if self._threshold > 0:
            yield VerticalLine(self._threshold, theme.doubt, 2)

    def sentence(self) -> str:
        """What a bin holds."""
        if self._found is None:
            return ""
        found, number = self._found, int(self.reading or 0)
        low, high, count = found.edges[number], found.edges[number + 1], int(found.counts[number])
        if not count:
            return tr("No predictions with confidence {low:.0%} to {high:.0%}").format(
                low=low, high=high
            )
        shape = tr(
            "{count:,} predictions with confidence {low:.0%} to {high:.0%}: mean "
            "confidence {sure:.1%}, accuracy {right:.1%}"
        )
        return shape.format(
            count=count, low=low, high=high, sure=found.confidence[number],
            right=found.accuracy[number],
        )  # fmt: skip


def _short(count: int) -> str:
    return format_count(count) if count < 10_000 else f"{format_fixed(count / 1000, 0)}k"
