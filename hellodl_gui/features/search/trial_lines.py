"""Parallel coordinates of the trials of a search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.parallel_coordinates import ParallelAxis, ParallelCoordinates

_FADED = 40  # of 255
_CROSS = 4.0
_LINE = 1.4
_STRONG = 230


class TrialLines(ParallelCoordinates):
    """Finished runs as in `ParallelCoordinates`, the best one thick; runs stopped early are dotted,
    failed ones dashed with a cross at their end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.states: tuple[str, ...] = ()
        self.best: int | None = None

    def set_trials(
        self,
        axes: Sequence[ParallelAxis],
        states: Sequence[str],
        best: int | None,
        better_high: bool,
    ) -> None:
        """Show runs with these states; `best` is the place of one among them, or None."""
        self.states, self.best = tuple(states), best
        self.set_axes(axes, better_high)

    def pen(self, number: int, kept: bool, thick: float) -> QPen:
        """Solid, dotted or dashed; the best one thick."""
        theme, state = themes().theme, self._state(number)
        if state == "done":
            return super().pen(number, kept, max(thick, 3.0) if number == self.best else thick)
        roles = {"failed": theme.bad, "pruned": theme.quiet}
        styles = {"failed": Qt.PenStyle.DashLine, "pruned": Qt.PenStyle.DotLine}
        colour = QColor(roles.get(state, theme.accent))
        colour.setAlpha(_STRONG if kept else _FADED)
        return QPen(colour, thick, styles.get(state, Qt.PenStyle.SolidLine))

    def _draw_line(
        self, painter: QPainter, line: NDArray[np.float64], number: int, kept: bool,
        thick: float = _LINE,
    ) -> None:  # fmt: skip
        super()._draw_line(painter, line, number, kept, thick)
        points = [QPointF(x, y) for x, y in line if np.isfinite(y)]
        if self._state(number) == "failed" and points:
            painter.setPen(QPen(painter.pen().color(), 2))
            for dx in (-_CROSS, _CROSS):
                away = QPointF(dx, _CROSS)
                painter.drawLine(points[-1] - away, points[-1] + away)

    def _state(self, number: int) -> str:
        return self.states[number] if number < len(self.states) else "done"
