"""Risk–coverage plot: accuracy against the share of questions answered."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal

from core.formatting import format_percent
from core.inspect.calibration import SelectiveAccuracy
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import Dash, DotSeries, LineSeries, Pane, Series
from hellodl_gui.ui.chart.ticks import share_text

_NARROWEST = 0.01  # of accuracy, from bottom to top
_STEP = 0.01  # of the answers for an arrow key


class CoveragePlot(Chart):
    """The curve, and a mark where one stands on it.

    Signals: `sought(float)` so much is to be answered: the plot was clicked or dragged on, or an
    arrow key pressed.
    """

    sought = Signal(float)

    def __init__(self) -> None:
        across = Axis(tr("x: share answered (coverage), y: accuracy of the answers"), share_text)
        self._up = Axis(text=share_text, apart=28)
        name = tr("Accuracy against coverage")
        super().__init__(name, across, Pane(self._up), least=(170, 96), hint=(340, 320))
        self.setToolTip(tr("Drag along the curve to choose the coverage"))
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self._covered: NDArray[np.float64] = np.empty(0)
        self._accuracy: NDArray[np.float64] = np.empty(0)
        self._kept: SelectiveAccuracy | None = None

    def set_curve(
        self, covered: NDArray[np.float64], accuracy: NDArray[np.float64], kept: SelectiveAccuracy
    ) -> None:
        """Fractions answered and fractions of these right (M,); the mark stands at `kept`."""
        self._covered, self._accuracy, self._kept = covered, accuracy, kept
        # The very first answers jump about: they are not to set the scale.
        usual = accuracy[covered >= 0.05]
        low = float(usual.min()) if len(usual) else 0.0
        self._up.first = max(0.0, min(low, kept.accuracy) - 0.1 * (1 - low) - _NARROWEST)
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """The curve, the mark with lines to both axes."""
        if self._kept is None:
            return
        theme, x, y = themes().theme, self._kept.coverage, self._kept.accuracy
        yield LineSeries(self._covered, self._accuracy, theme.accent, 2)
        corner = np.array([0.0, x, x]), np.array([y, y, self._up.first])
        yield LineSeries(*corner, theme.doubt, 1.2, Dash.DashLine)
        yield DotSeries([x], [y], theme.doubt, 6, 1.5)

    def sentence(self) -> str:
        """The curve where it is read."""
        if self.reading is None or not len(self._covered):
            return ""
        at = min(int(np.searchsorted(self._covered, self.reading)), len(self._covered) - 1)
        return tr("{coverage} answered, {accuracy} of these correct").format(
            coverage=format_percent(self._covered[at]), accuracy=format_percent(self._accuracy[at])
        )

    def take(self, position: QPointF) -> bool:
        """Stand there."""
        self.drag(position)
        return True

    def drag(self, position: QPointF) -> None:
        """And go along."""
        self.sought.emit(self.across.value_at(position.x()))

    def step(self, by: int) -> None:
        """Stand a little further on."""
        if self._kept is not None:
            self.sought.emit(min(max(self._kept.coverage + by * _STEP, 0.0), 1.0))
