"""Pixel histograms one above the other, each with its mean and standard deviation."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_number
from core.inspect.data.pixel_histograms import PixelHistogram
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes

_SIDE, _HEAD, _FOOT, _GAP = 14, 22, 20, 8


class PixelHistogramView(QWidget):
    """All stand over the same axis of numbers; heights are logarithmic, for paper outweighs ink by
    far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(180, 150)
        self.setAccessibleName(tr("Histograms of pixels"))
        self._shown: list[tuple[str, PixelHistogram]] = []
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(420, 280)

    def set_levels(self, shown: list[tuple[str, PixelHistogram]]) -> None:
        """Titles and histograms, from above."""
        self._shown = shown
        self.setAccessibleDescription("; ".join(title for title, _ in shown))
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, axis, the mean as a line, one deviation to both sides as a band."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = (self.height() - _GAP) / max(len(self._shown), 1)
        for place, (title, levels) in enumerate(self._shown):
            box = QRectF(_SIDE, place * high + _GAP, self.width() - 2 * _SIDE, high - _GAP)
            self._paint(painter, box, title, levels)

    def _paint(self, painter: QPainter, box: QRectF, title: str, levels: PixelHistogram) -> None:
        theme = themes().theme
        area = box.adjusted(0, _HEAD, 0, -_FOOT)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            QRectF(box.x(), box.y(), box.width(), _HEAD),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(box.width())),
        )
        low = min(float(one.edges[0]) for _, one in self._shown)
        top = max(float(one.edges[-1]) for _, one in self._shown)

        def x_of(number: float) -> float:
            share = (number - low) / (top - low)
            return area.x() + min(max(share, 0.0), 1.0) * area.width()

        near = QRectF(
            QPointF(x_of(levels.mean - levels.std), area.top()),
            QPointF(x_of(levels.mean + levels.std), area.bottom()),
        )
        band = QColor(theme.curves[1])
        band.setAlpha(50)
        painter.fillRect(near, band)
        heights = np.log1p(levels.counts)
        heights = heights / max(float(heights.max()), 1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.curves[0]))
        for left, right, height in zip(levels.edges, levels.edges[1:], heights, strict=False):
            x, tall = x_of(float(left)), float(height) * area.height()
            bar = QRectF(x, area.bottom() - tall, max(x_of(float(right)) - x - 1, 1), tall)
            painter.drawRect(bar)
        painter.setPen(QPen(QColor(theme.curves[1]), 2))
        middle = x_of(levels.mean)
        painter.drawLine(QPointF(middle, area.top()), QPointF(middle, area.bottom()))
        painter.setPen(QColor(theme.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(theme.quiet))
        step = 0.5 if top - low < 6 else 10.0 ** np.ceil(np.log10((top - low) / 6))
        for number in np.arange(np.ceil(low / step), np.floor(top / step) + 1) * step:
            at = x_of(float(number))
            text = format_number(number, 6)
            wide = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(at - wide / 2, 0), self.width() - wide)
            painter.drawText(QPointF(left, area.bottom() + _FOOT - 5), text)
