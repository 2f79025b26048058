"""Texts of a font, laid out once: to measure or paint one anew takes several times as long."""

from functools import lru_cache
from math import floor

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QStaticText, QTransform

_MOST = 2000


class TextLayouts:
    """Measures and paints short texts in one line."""

    def __init__(self, font: QFont) -> None:
        self._font = font
        self._metrics = QFontMetrics(font)
        self._known: dict[str, tuple[QStaticText, float, int]] = {}

    def _laid_out(self, text: str) -> tuple[QStaticText, float, int]:
        """The layout, how much room it takes, and how far the next letter is from the first."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            layout = QStaticText(text)
            layout.setTextFormat(Qt.TextFormat.PlainText)
            layout.prepare(QTransform(), self._font)
            advance = self._metrics.horizontalAdvance(text)
            known = self._known[text] = layout, layout.size().width(), advance
        return known

    def width(self, text: str) -> int:
        """In whole pixels, as `QFontMetrics.horizontalAdvance`."""
        return self._laid_out(text)[2]

    def paint(self, painter: QPainter, x: float, top: float, text: str, left: float = 0.0) -> None:
        """So much of its width `left` of x: 0 begins there, 0.5 has its middle, 1 ends there."""
        layout, width, _ = self._laid_out(text)
        # As `drawText` places it: in 64ths of a pixel.
        painter.drawStaticText(QPointF(floor((x - left * width) * 64) / 64, top), layout)


@lru_cache(maxsize=8)
def text_layouts(font: QFont) -> TextLayouts:
    """Those of a font, shared by whoever paints in it."""
    return TextLayouts(font)
