"""Prediction card: one image, large, beside its top classes and probabilities."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.formatting import format_probability
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.samples.picture_image import picture_image

_TOP = 3
_ROW, _GAP, _APART = 22, 4, 12
_FIGURE = 56
_HIGHEST = 120


class PredictionCard(QWidget):
    """The right class is green, a wrong guess red; without chances there are no bars yet."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(170, _TOP * _ROW + 2 * _GAP)
        self.setMaximumHeight(_HIGHEST)
        self.setAccessibleName(tr("Picture and most likely classes"))
        self._picture = QImage()
        self._probs: NDArray[np.float32] | None = None
        self._classes: tuple[str, ...] = ()
        self._true = 0
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(300, 100)

    def show_reading(
        self,
        picture: NDArray[np.uint8],
        true: int,
        classes: tuple[str, ...],
        probs: NDArray[np.float32] | None,
    ) -> None:
        """A picture (h, w) or (3, h, w), its label, and a probability for each class (C,)."""
        self._picture = picture_image(picture)
        self._true, self._classes, self._probs = true, classes, probs
        self.setAccessibleDescription(", ".join(f"{name} {share}" for name, share in self.rows()))
        self.update()

    def rows(self) -> list[tuple[str, str]]:
        """The likeliest classes and their probabilities as written, likeliest first."""
        if self._probs is None:
            return []
        best = np.argsort(-self._probs, kind="stable")[:_TOP]
        return [(self._classes[k], format_probability(float(self._probs[k]))) for k in best]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture left, the bars right of it."""
        if self._picture.isNull():
            return
        painter, theme = QPainter(self), themes().theme
        side = min(self.height(), self.width() * 0.4)
        top = (self.height() - side) / 2
        painter.drawImage(QRectF(0, top, side, side), self._picture)
        if self._probs is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(13)
        painter.setFont(font)
        best = np.argsort(-self._probs, kind="stable")[:_TOP]
        high = min(_ROW, (self.height() - _GAP * (len(best) - 1)) / len(best))
        begin = (self.height() - high * len(best) - _GAP * (len(best) - 1)) / 2
        left = side + _APART
        names = [self._classes[k] for k in best]
        wide = max(painter.fontMetrics().horizontalAdvance(name) for name in names) + 8
        wide = min(wide, self.width() // 4)
        room = max(self.width() - left - wide - _FIGURE, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, label in enumerate(best):
            y = begin + row * (high + _GAP)
            right = label == self._true
            colour = theme.good if right else theme.bad if row == 0 else theme.quiet
            painter.setPen(QColor(theme.good if right else theme.text))
            painter.drawText(QRectF(left, y, wide, high), middle, names[row])
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(left + wide, y + 3, room, high - 6)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(bar, 3, 3)
            bar.setWidth(max(room * float(self._probs[label]), 2))
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(QColor(theme.text))
            place = QRectF(self.width() - _FIGURE, y, _FIGURE, high)
            shown = middle | Qt.AlignmentFlag.AlignRight
            painter.drawText(place, shown, format_probability(float(self._probs[label])))
