"""Log–log scatter plot of numbers before and after, with the diagonal."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import LineSeries, Pane, Series

Array = NDArray[np.float32]
_POINT = 2  # pixels
_CUT = 0.5  # per cent of the points on either side that need not be seen


@dataclass(frozen=True)
class PointCloud:
    """Points (N,) as one picture: thousands of single ones take too long to paint."""

    xs: Array
    ys: Array
    colour: str

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Squares in pixels of the device."""
        area, grain = pane.area, painter.device().devicePixelRatio()
        high, wide = round(area.height() * grain), round(area.width() * grain)
        big = round(_POINT * grain)
        xs = (across.xs_of(self.xs) - area.left()) / area.width() * (wide - big)
        ys = (pane.up.xs_of(self.ys) - area.top()) / area.height() * (high - big)
        seen = (xs >= 0) & (xs <= wide - big) & (ys >= 0) & (ys <= high - big)
        right, down = xs[seen].astype(np.intp), ys[seen].astype(np.intp)
        pixels = np.zeros(high * wide, np.uint32)
        for dy, dx in np.ndindex(big, big):
            pixels[down * wide + right + (dy * wide + dx)] = QColor(self.colour).rgba()
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(area, image)


class LogScatter(Chart):
    """Points below the diagonal have shrunk. Both axes have the same range."""

    def __init__(self, title: str, across: str) -> None:
        ends = 1e-6, 1.0
        self._up = Axis(apart=26, ends=ends, logarithmic=True)
        bottom = Axis(across, apart=40, ends=ends, logarithmic=True)
        super().__init__(title, bottom, Pane(self._up, title), least=(150, 64), hint=(260, 260))
        self._before = self._after = np.empty(0, np.float32)

    def set_points(self, before: Array, after: Array, up: str) -> None:
        """Show positive numbers (N,) each; `up` names those after, on the vertical axis."""
        self.panes[0].title = up
        self._before, self._after = before, after
        if len(before):
            both = np.log10(np.concatenate([before, after]), dtype=np.float64)
            low, high = np.percentile(both, [_CUT, 100])
            for axis in self.zoomed_axes():
                axis.first, axis.last = float(10**low), float(10 ** max(high, low + 1))
        shrunk = float(np.mean(after < before)) if len(before) else 0.0
        self.setAccessibleDescription(
            tr("{share} of the points lie below the diagonal").format(share=f"{shrunk:.0%}")
        )
        self.setToolTip(
            tr(
                "Each point is a weight (at most {count}); {share} lie below the "
                "diagonal: their square is smaller than at the start"
            ).format(count=f"{len(before):,}", share=f"{shrunk:.0%}")
        )
        self.update()

    def zoomed_axes(self) -> tuple[Axis, ...]:
        """Both."""
        return self.across, self._up

    def read_at(self, reading: float | None) -> None:
        """Points are not read singly."""

    def series(self, pane: Pane) -> Iterable[Series]:
        """Points and diagonal."""
        yield PointCloud(self._before, self._after, themes().theme.curves[1])
        ends = np.array([self._up.first, self._up.last])
        yield LineSeries(ends, ends, themes().theme.text, 1.4)
