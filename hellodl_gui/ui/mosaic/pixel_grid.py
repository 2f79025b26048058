"""Grid of one image's pixels, each with its level."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme_manager import themes

_MARGIN = 8
_NUMBERS_FROM = 16  # pixels of a square that hold three figures


class PixelGrid(QWidget):
    """Shows a picture (h, w) or (3, h, w) of bytes. Arrow keys walk over its pixels.

    Signals: `hovered(str)` row, column and level under the pointer, empty for nothing;
    `closed()` Escape was pressed.
    """

    hovered = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAccessibleName(tr("The picture's pixels"))
        self.current: tuple[int, int] | None = None
        self._picture: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Large enough for numbers."""
        return QSize(480, 480)

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show these levels, from 0 (paper) to 255 (ink)."""
        self._picture = picture
        self.current = None
        self.update()

    def _on_theme(self) -> None:
        self.update()

    @property
    def readable(self) -> bool:
        """Whether every pixel has room for its number."""
        shown = bool(self._picture.size) and self._picture.ndim == 2
        return shown and self.cell_rect(0, 0).width() >= _NUMBERS_FROM

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a pixel is drawn."""
        high, wide = self._picture.shape[-2:]
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
        high, wide = self._picture.shape[-2:]
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
        frame = self.cell_rect(0, 0).united(self.cell_rect(high - 1, wide - 1))
        painter.setPen(QColor(theme.line))
        painter.drawRect(frame)
        if self.current is not None:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(self.cell_rect(*self.current))

    def _colour(self, row: int, column: int) -> QColor:
        if self._picture.ndim == 3:
            red, green, blue = (int(level) for level in self._picture[:, row, column])
            return QColor(red, green, blue)
        level = int(self._picture[row, column])
        return QColor(level, level, level)

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        if not self._picture.size:
            return None
        first = self.cell_rect(0, 0)
        row = int((position.y() - first.y()) // first.height())
        column = int((position.x() - first.x()) // first.width())
        high, wide = self._picture.shape[-2:]
        return (row, column) if 0 <= row < high and 0 <= column < wide else None

    def _move_to(self, place: tuple[int, int] | None) -> None:
        if place == self.current:
            return
        self.current = place
        self.update()
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

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what lies under the pointer."""
        self._move_to(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._move_to(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Escape closes."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key = Qt.Key(event.key())
        if key in steps and self._picture.size:
            high, wide = self._picture.shape[-2:]
            row, column = self.current or (0, 0)
            if self.current is not None:
                row, column = row + steps[key][0], column + steps[key][1]
            self._move_to((min(max(row, 0), high - 1), min(max(column, 0), wide - 1)))
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _demo() -> None:
    from hellodl_gui.ui.demo import show

    def make() -> PixelGrid:
        shown = PixelGrid()
        x, y = np.meshgrid(np.arange(28), np.arange(28))
        ring = 255 * np.exp(-((np.hypot(x - 13.5, y - 13.5) - 8) ** 2) / 4)
        shown.set_picture(ring.astype(np.uint8))
        return shown

    show(make)


if __name__ == "__main__":
    _demo()
