"""Log–log scatter plot of numbers before and after, with the diagonal."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import horizontal_line, plot_area, vertical_line
from hellodl_gui.ui.chart.ticks import power_text, powers_of_ten

_LEFT, _RIGHT, _TOP, _FOOT = 44, 12, 28, 20
_TITLE = 14
_POINT = 2  # pixels
_CUT = 0.5  # per cent of the points on either side that need not be seen


class LogScatter(QWidget):
    """Points below the diagonal have shrunk. Both axes have the same range."""

    def __init__(self, title: str, across: str) -> None:
        super().__init__()
        self.setMinimumSize(150, 64)
        self.setAccessibleName(title)
        self._across, self._up = across, ""
        self._xs: NDArray[np.float64] = np.empty(0)
        self._ys: NDArray[np.float64] = np.empty(0)
        self._low, self._high = -6.0, 0.0
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Square."""
        return QSize(260, 260)

    def set_points(self, before: NDArray[np.float32], after: NDArray[np.float32], up: str) -> None:
        """Show positive numbers (N,) each; `up` names those after, on the vertical axis."""
        self._up = up
        self._xs = np.log10(before, dtype=np.float64)
        self._ys = np.log10(after, dtype=np.float64)
        if len(before):
            both = np.concatenate([self._xs, self._ys])
            low, high = np.percentile(both, [_CUT, 100])
            self._low, self._high = float(low), float(max(high, low + 1))
        shrunk = float(np.mean(self._ys < self._xs)) if len(before) else 0.0
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

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        return plot_area(self, _LEFT, _TOP, _RIGHT, _FOOT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, points, diagonal."""
        painter = QPainter(self)
        theme, area = themes().theme, self._area()
        span = self._high - self._low
        self._paint_axes(painter, area, span)
        painter.drawImage(area, self._drawn(area, span))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.text), 1.4))
        painter.drawLine(area.bottomLeft(), area.topRight())

    def _drawn(self, area: QRectF, span: float) -> QImage:
        """All points as one picture: thousands of single ones take too long to paint."""
        grain = self.devicePixelRatioF()
        high, wide = round(area.height() * grain), round(area.width() * grain)
        big = round(_POINT * grain)
        xs = ((self._xs - self._low) / span * (wide - big)).astype(np.intp)
        ys = ((self._high - self._ys) / span * (high - big)).astype(np.intp)
        seen = (self._xs >= self._low) & (self._ys >= self._low)
        xs, ys = xs[seen], ys[seen]
        pixels = np.zeros((high, wide), np.uint32)
        colour = QColor(themes().theme.curves[1]).rgba()
        for down in range(big):
            for right in range(big):
                pixels[ys + down, xs + right] = colour
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32)
        return image.copy()

    def _paint_axes(self, painter: QPainter, area: QRectF, span: float) -> None:
        theme, metrics = themes().theme, painter.fontMetrics()
        most = max(int(min(area.width(), area.height() * 1.6) / 40), 2)
        for power in powers_of_ten(10**self._low, 10**self._high, most):
            share = (np.log10(power) - self._low) / span
            x, y = area.left() + share * area.width(), area.bottom() - share * area.height()
            vertical_line(painter, area, x, power_text(power))
            horizontal_line(painter, area, y, power_text(power))
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(8, _TITLE), self._up)
        wide = metrics.horizontalAdvance(self._across)
        painter.drawText(QPointF(area.right() - wide - 4, area.bottom() - 5), self._across)
