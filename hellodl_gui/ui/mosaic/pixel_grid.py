"""Grid of one image's pixels, each with its level."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen

from core.translation import tr
from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import Place
from hellodl_gui.ui.mosaic.grid_widget import GridWidget

_MARGIN = 8
_NUMBERS_FROM = 16  # pixels of a square that hold three figures


class PixelGrid(GridWidget):
    """Shows a picture (h, w) or (3, h, w) of bytes. Arrow keys walk over its pixels.

    Signals: `hovered(str)` row, column and level under the pointer, empty for nothing;
    `closed()` Escape was pressed.
    """

    hovered = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__(tr("The picture's pixels"))
        self.setMinimumSize(120, 120)
        self._picture: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)

    def sizeHint(self) -> QSize:
        """Large enough for numbers."""
        return QSize(480, 480)

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show these levels, from 0 (paper) to 255 (ink)."""
        self._picture = picture
        self.current = None
        self.update()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        return self._picture.shape[-2], self._picture.shape[-1]

    @property
    def readable(self) -> bool:
        """Whether every pixel has room for its number."""
        shown = bool(self._picture.size) and self._picture.ndim == 2
        return shown and self.cell_rect(0, 0).width() >= _NUMBERS_FROM

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a pixel is drawn."""
        high, wide = self.shape
        room = min((self.width() - 2 * _MARGIN) / wide, (self.height() - 2 * _MARGIN) / high)
        # Whole pixels where they are large: squares of uneven sizes would look like a pattern.
        cell = float(int(room)) if room >= 4 else room
        left, top = (self.width() - cell * wide) / 2, (self.height() - cell * high) / 2
        return QRectF(round(left) + column * cell, round(top) + row * cell, cell, cell)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Squares, their numbers where they can be read, and the one under the pointer."""
        if not self._picture.size:
            return
        painter = QPainter(self)
        theme = themes().theme
        high, wide = self.shape
        cell = self.cell_rect(0, 0).width()
        font = painter.font()
        font.setPixelSize(max(int(cell * 0.5), 7))
        painter.setFont(font)
        center = Qt.AlignmentFlag.AlignCenter
        numbers = self.readable
        for row in range(high):
            for column in range(wide):
                rect = self.cell_rect(row, column)
                colour = self._colour(row, column)
                painter.fillRect(rect, colour)
                if numbers:
                    level = int(self._picture[row, column])
                    shade = text_on(colour)
                    shade.setAlpha(255 if level else 110)  # paper is many zeros: they stay calm
                    painter.setPen(shade)
                    painter.drawText(rect, center, str(level))
        painter.setPen(QColor(theme.line))
        painter.drawRect(self.area_rect(0, 0, high, wide))
        if self.current is not None:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(self.cell_rect(*self.current))

    def _colour(self, row: int, column: int) -> QColor:
        if self._picture.ndim == 3:
            red, green, blue = (int(level) for level in self._picture[:, row, column])
            return QColor(red, green, blue)
        level = int(self._picture[row, column])
        return QColor(level, level, level)

    def tell(self, place: Place | None) -> None:
        """Where it is, and its level."""
        if place is None:
            self.hovered.emit("")
            return
        row, column = place
        levels = np.atleast_1d(self._picture[..., row, column])
        value = ", ".join(str(int(level)) for level in levels)
        shape = (
            tr("row {row}, column {column}: {value} of 255")
            if len(levels) == 1
            else tr("row {row}, column {column}: red, green, blue {value} of 255")
        )
        self.hovered.emit(shape.format(row=row, column=column, value=value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _make() -> PixelGrid:
        shown = PixelGrid()
        x, y = np.meshgrid(np.arange(28), np.arange(28))
        ring = 255 * np.exp(-((np.hypot(x - 13.5, y - 13.5) - 8) ** 2) / 4)
        shown.set_picture(ring.astype(np.uint8))
        return shown

    show(_make)
