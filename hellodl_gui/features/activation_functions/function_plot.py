"""Plot of activation functions and, below it, their derivatives, with a point to drag."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import Dash, DotSeries, LineSeries, Pane, Series, VerticalLine
from hellodl_gui.ui.controls.wheel import NotchCounter

Array = NDArray[np.float64]
_UPPER = 0.6  # of the height belongs to the values
_REACHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_FINE = 200  # arrow-key steps across the plot
_PICK = 14.0  # pixels from a curve that still mean it


@dataclass(frozen=True)
class FunctionCurve:
    """Values and slopes (N,) of a function at places (N,), and its colour and dashes."""

    key: str
    xs: Array
    values: Array
    slopes: Array
    colour: int
    dashed: bool = False


class FunctionPlot(Chart):
    """Curves above, their slopes below. Drag, click or use the arrow keys (Shift: faster) to move
    the point; the wheel or + and − change how far the plot reaches.

    Attributes: `point_at`, where it is; `reach`, the plot goes from −reach to reach; `chosen`, the
    key of the curve that has a tangent.
    Signals: `moved(float)`; `reach_changed(float)`; `chosen_changed(str)` a curve was clicked.
    """

    moved = Signal(float)
    reach_changed = Signal(float)
    chosen_changed = Signal(str)

    def __init__(self) -> None:
        values = Pane(Axis(apart=26), tr("value"), _UPPER)
        slopes = Pane(Axis(apart=26), tr("slope"), 1 - _UPPER)
        name = tr("Plot of functions and their slopes")
        across = Axis("x", apart=44)
        super().__init__(name, across, values, slopes, least=(200, 160), hint=(420, 360))
        self._notches = NotchCounter()
        self.point_at = 1.0
        self.reach = 4.0
        self.chosen = ""
        self._curves: tuple[FunctionCurve, ...] = ()

    def set_curves(self, curves: Sequence[FunctionCurve], chosen: str) -> None:
        """Show these, all at the same places."""
        self._curves, self.chosen = tuple(curves), chosen
        self.across.first, self.across.last = -self.reach, self.reach
        for pane in self.panes if curves else ():
            ys = [one.values if pane is self.panes[0] else one.slopes for one in curves]
            pane.up.first, pane.up.last = _span(np.concatenate(ys))
        self.update()

    # -- drawing ------------------------------------------------------------------------------

    def series(self, pane: Pane) -> Iterable[Series]:
        """The curves, the tangent and the point."""
        theme, at, upper = themes().theme, self.point_at, pane is self.panes[0]
        # The chosen one is thick: drawn first, it hides none that runs along it.
        for curve in sorted(self._curves, key=lambda curve: curve.key != self.chosen):
            thick = 2.5 if curve.key == self.chosen else 1.5
            dash = Dash.DashLine if curve.dashed else Dash.SolidLine
            ys = curve.values if upper else curve.slopes
            yield LineSeries(curve.xs, ys, theme.curves[curve.colour], thick, dash, smooth=True)
        yield VerticalLine(at, theme.text, dash=Dash.DotLine)
        for curve in self._curves:
            value, slope = self.at_point(curve)
            chosen = curve.key == self.chosen
            if chosen and upper:
                ends = np.array([-self.reach, self.reach])
                yield LineSeries(ends, value + slope * (ends - at), theme.text, 1.5)
            radius = (6 if chosen else 3.5) - (0 if upper else 1)
            y = value if upper else slope
            yield DotSeries([at], [y], theme.curves[curve.colour], radius, 1.5)

    def at_point(self, curve: FunctionCurve) -> tuple[float, float]:
        """Value and slope of a curve at the sample nearest to the point."""
        nearest = int(np.abs(curve.xs - self.point_at).argmin())
        return float(curve.values[nearest]), float(curve.slopes[nearest])

    # -- pointer and keys ---------------------------------------------------------------------

    def move_to(self, x: float) -> None:
        """Bring the point here."""
        self.point_at = min(max(x, -self.reach), self.reach)
        self.update()
        self.moved.emit(self.point_at)

    def read_at(self, reading: float | None) -> None:
        """What is read is where the point is."""

    def take(self, position: QPointF) -> bool:
        """Bring the point here, and choose the curve that was meant."""
        self.drag(position)
        pane = int(position.y() > self.panes[0].area.bottom())
        up = self.panes[pane].up
        far = [
            (abs(up.x_of(self.at_point(curve)[pane]) - position.y()), curve.key)
            for curve in self._curves
        ]
        distance, nearest = min(far, default=(np.inf, ""))
        if distance <= _PICK and nearest != self.chosen:
            self.chosen = nearest
            self.chosen_changed.emit(nearest)
        return True

    def drag(self, position: QPointF) -> None:
        """Drag the point."""
        self.move_to(self.across.value_at(position.x()))

    def step(self, by: int) -> None:
        """Move the point a little."""
        self.move_to(self.point_at + by * 2 * self.reach / _FINE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Reach farther, or less far."""
        if turned := self._notches.add(event):
            self._reach(-turned)
        event.accept()

    def _reach(self, by: int) -> None:
        here = _REACHES.index(self.reach)
        there = min(max(here + by, 0), len(_REACHES) - 1)
        if there != here:
            self.reach = _REACHES[there]
            self.point_at = min(max(self.point_at, -self.reach), self.reach)
            self.reach_changed.emit(self.reach)

    def zoom(self, factor: float, around: QPointF) -> bool:
        """Reach less or more far."""
        self._reach(-1 if factor < 1 else 1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home moves the point to 0."""
        if event.key() == Qt.Key.Key_Home:
            self.move_to(0.0)
        else:
            super().keyPressEvent(event)


def _span(ys: Array) -> tuple[float, float]:
    """From the lowest to the highest with a little air; never nothing."""
    low, high = float(ys.min()), float(ys.max())
    air = max((high - low) * 0.06, 0.05)
    return low - air, high + air
