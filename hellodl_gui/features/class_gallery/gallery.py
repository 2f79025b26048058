"""Gallery of one class: as many images as fit, in one composed picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.palette import colour_words, ink, packed, rgb, words_image
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import arrow_step

SCALES = (0.5, 1.0, 2.0, 3.0)
"""Widget pixels for each pixel of a picture."""


class ClassGallery(QWidget):
    """Shows the first `capacity` of the pictures it was given; framed ones have a red edge.

    Arrow keys walk over the pictures, Enter or a click picks one; a letter or digit typed is told.
    Attributes: `current`, the picture with the ring; `scale`, one of `SCALES`.
    Signals: `over(int)` the picture under the pointer or reached by a key, -1 for none;
    `picked(int)`; `typed(str)`; `resized()` there is room for more pictures, or for fewer.
    """

    over = Signal(int)
    picked = Signal(int)
    typed = Signal(str)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 90)
        self.setAccessibleName(tr("Poster of pictures"))
        self.current: int | None = None
        self.scale = 1.0
        self._pictures: NDArray[np.uint8] = np.zeros((0, 28, 28), np.uint8)
        self._framed: NDArray[np.bool_] = np.zeros(0, bool)
        self._image = QImage()
        themes().changed.connect(self._compose)

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(480, 360)

    @property
    def count(self) -> int:
        """How many pictures are on the wall."""
        return len(self._pictures)

    def capacity(self, height: int, width: int) -> int:
        """How many pictures of so many pixels there is room for."""
        across, down = self._room(height, width)
        return across * down

    def set_scale(self, scale: float) -> None:
        """Larger pictures, fewer of them."""
        self.scale = scale
        self._compose()
        self.resized.emit()

    def set_pictures(self, pictures: NDArray[np.uint8], framed: NDArray[np.bool_]) -> None:
        """Show (N, h, w) levels or (N, 3, h, w); `framed` (N,) says which get an edge."""
        self._pictures, self._framed = pictures, framed
        if self.current is not None and self.current >= len(pictures):
            self.current = None
        self._compose()

    # -- places -------------------------------------------------------------------------------

    def _edge(self) -> int:
        return 1 if self.scale < 1 else 2

    def _pitch(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of a picture with its edges."""
        edges = 2 * self._edge()
        return int(height * self.scale) + edges, int(width * self.scale) + edges

    def _room(self, height: int, width: int) -> tuple[int, int]:
        high, wide = self._pitch(height, width)
        return max(self.width() // wide, 1), max(self.height() // high, 1)

    def _grid(self) -> tuple[int, int, int, int, int]:
        """Columns, height and width of a picture with its edges, and where the first one lies."""
        high, wide = self._pitch(*self._pictures.shape[-2:])
        across, down = self._room(*self._pictures.shape[-2:])
        left, top = (self.width() - across * wide) // 2, (self.height() - down * high) // 2
        return across, high, wide, max(left, 0), max(top, 0)

    def tile_rect(self, index: int) -> QRectF:
        """Where a picture is drawn, edges and all."""
        across, high, wide, left, top = self._grid()
        row, column = divmod(index, across)
        return QRectF(left + column * wide, top + row * high, wide, high)

    def _at(self, position: QPointF) -> int:
        across, high, wide, left, top = self._grid()
        column, row = (position.x() - left) // wide, (position.y() - top) // high
        index = int(row * across + column)
        return index if 0 <= column < across and row >= 0 and index < self.count else -1

    # -- drawing ------------------------------------------------------------------------------

    def _compose(self, *_: object) -> None:
        """All pictures and edges in one image."""
        self.update()
        if not self.count:
            self._image = QImage()
            return
        theme = themes().theme
        across, high, wide, *_place = self._grid()
        down = -(-self.count // across)
        paper, bad = (colour_words(np.array(rgb(name))) for name in (theme.panel, theme.bad))
        cells = np.full((down * across, high, wide), paper, np.uint32)
        cells[: self.count][self._framed] = bad
        edge = self._edge()
        levels = self._scaled()
        coloured = levels.ndim == 4
        tiles = colour_words(levels.swapaxes(0, 1)) if coloured else packed(ink())[levels]
        cells[: self.count, edge : edge + tiles.shape[1], edge : edge + tiles.shape[2]] = tiles
        words = cells.reshape(down, across, high, wide).swapaxes(1, 2)
        self._image = words_image(words.reshape(down * high, across * wide))

    def _scaled(self) -> NDArray[np.uint8]:
        tiles = self._pictures
        if self.scale >= 1:
            times = int(self.scale)
            return tiles.repeat(times, axis=-2).repeat(times, axis=-1) if times > 1 else tiles
        high, wide = tiles.shape[-2] // 2, tiles.shape[-1] // 2
        even = tiles[..., : 2 * high, : 2 * wide]
        fours = even.reshape(*tiles.shape[:-2], high, 2, wide, 2)
        return fours.mean(axis=(-3, -1)).astype(np.uint8)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """The image and the ring."""
        if self._image.isNull():
            return
        painter = QPainter(self)
        _, _, _, left, top = self._grid()
        painter.drawImage(left, top, self._image)
        if self.current is not None:
            painter.setPen(QPen(QColor(themes().theme.accent), 2))
            painter.drawRect(self.tile_rect(self.current).adjusted(1, 1, -1, -1))

    # -- pointer and keys ---------------------------------------------------------------------

    def _light(self, index: int) -> None:
        current = index if index >= 0 else None
        if current != self.current:
            self.current = current
            self.over.emit(index)
            self.update()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """The ring follows the pointer."""
        self._light(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._light(-1)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Pick a picture."""
        index = self._at(event.position())
        if index >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._light(index)
            self.picked.emit(index)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows walk, Enter picks, a letter or digit is told."""
        key, step = event.key(), arrow_step(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if step is not None and self.count:
            there = step[0] * self._grid()[0] + step[1]
            there = 0 if self.current is None else self.current + there
            if 0 <= there < self.count:
                self._light(there)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.picked.emit(self.current)
        elif plain and event.text().isalnum():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """There may be room for more."""
        super().resizeEvent(event)
        self._compose()
        self.resized.emit()


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _make() -> ClassGallery:
        rng = np.random.default_rng(0)
        shown = ClassGallery()
        shown.set_pictures(
            rng.integers(0, 256, (800, 28, 28)).astype(np.uint8), rng.random(800) < 0.1
        )
        return shown

    show(_make)
