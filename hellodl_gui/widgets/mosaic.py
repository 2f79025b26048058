"""The mosaic: weights, kernels or pictures as tiles of one image, with hover, keys and a close look."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.manager import themes
from hellodl_gui.theming.palette import Lut, diverging
from hellodl_gui.widgets.atlas import GUTTER, Grid, best_columns

_GROW, _SHRINK = 1.0, 0.02
_NUMBERS_UP_TO = 12
_CAPTION = 15


class Mosaic(QWidget):
    """Tiles (N, h, w) of numbers as one picture.

    With `symmetric` the colours run from −level to level and the level follows the largest
    magnitude: up at once, down slowly, so that nothing flickers. Otherwise they run from 0 to 1.
    Arrow keys move a highlighted tile, Enter or a click enlarges it, Escape closes.

    Signals: `hovered(str)` what lies under the pointer, empty when nothing; `picked(int)` a tile
    was clicked or entered.
    """

    hovered = Signal(str)
    picked = Signal(int)

    def __init__(self, symmetric: bool = True, enlarges: bool = True) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(64, 64)
        self.setAccessibleName(self.tr("Mosaic of pictures"))
        self.one = self.tr("tile")
        self.enlarged: int | None = None
        self.current: int | None = None
        self._symmetric = symmetric
        self._enlarges = enlarges
        self._fixed_columns = 0
        self._tiles: NDArray[np.float32] = np.zeros((0, 1, 1), np.float32)
        self._captions: list[tuple[str, QColor | None]] = []
        self._grid = Grid(0, 1, 1, 1)
        self._canvas = np.zeros((1, 1), np.float32)
        self._image = QImage()
        self._level = 0.0
        self._lut: Lut | None = None
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(360, 300)

    @property
    def level(self) -> float:
        """The magnitude that gets the full colour."""
        return self._level

    def set_lut(self, lut: Lut | None) -> None:
        """Colours for this mosaic; None for the theme's diverging ones."""
        self._lut = lut
        self._render()

    def set_tiles(
        self,
        tiles: NDArray[np.float32],
        columns: int = 0,
        captions: list[tuple[str, QColor | None]] | None = None,
    ) -> None:
        """Show tiles (N, h, w); `columns` of them in a row, or as many as fit best."""
        if tiles.shape != self._tiles.shape or columns != self._fixed_columns:
            self._level = 0.0
            self.enlarged = None if len(tiles) != len(self._tiles) else self.enlarged
            self._tiles = tiles
            self._fixed_columns = columns
            self._captions = captions or []
            self._arrange()
        self._tiles = tiles
        self._captions = captions or []
        self._render()

    def forget_level(self) -> None:
        """Let the colours find their range anew."""
        self._level = 0.0

    # -- drawing ------------------------------------------------------------------------------

    def _arrange(self) -> None:
        count, height, width = self._tiles.shape
        aspect = max(self.width(), 1) / max(self.height(), 1)
        columns = self._fixed_columns or best_columns(count, height, width, aspect)
        self._grid = Grid(count, height, width, max(1, columns))
        self._canvas = np.zeros(self._grid.shape, np.float32)

    def _render(self) -> None:
        if not len(self._tiles):
            self._image = QImage()
            self.update()
            return
        if self._symmetric:
            peak = float(np.abs(self._tiles).max(initial=0.0))
            peak = peak if np.isfinite(peak) else 1.0
            pull = _GROW if peak > self._level else _SHRINK
            self._level += pull * (peak - self._level)
            low, span = -self._level, 2 * self._level or 1.0
            lut = diverging(themes().theme) if self._lut is None else self._lut
        else:
            low, span = 0.0, 1.0
            lut = diverging(themes().theme) if self._lut is None else self._lut
        self._grid.paint(self._tiles, self._canvas)
        scaled = np.nan_to_num((self._canvas - np.float32(low)) * np.float32(255.99 / span))
        indices = np.clip(scaled, 0, 255).astype(np.uint8)
        colours = lut[indices]
        self._frame(colours)
        height, width = indices.shape
        self._image = QImage(
            colours.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888
        ).copy()
        self.update()

    def _frame(self, colours: NDArray[np.uint8]) -> None:
        """Gutters in the window's colour, so that tiles stand apart even where they are zero."""
        gutter = QColor(themes().theme.window)
        rgba = (gutter.red(), gutter.green(), gutter.blue(), 255)
        colours[:: self._grid.height + GUTTER] = rgba
        colours[:, :: self._grid.width + GUTTER] = rgba

    def _on_theme(self) -> None:
        self._render()

    def _area(self) -> QRectF:
        """Where the mosaic is drawn: as large as fits, in whole pixels a cell where that is possible."""
        rows, columns = self._grid.shape
        footer = _CAPTION * self._grid.rows if self._captions else 0
        scale = min(self.width() / columns, (self.height() - footer) / rows)
        if scale >= 2:
            scale = float(int(scale))
        width, height = columns * scale, rows * scale
        return QRectF((self.width() - width) / 2, max(0, (self.height() - height) / 2), width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image, the highlight, and the enlarged tile over it."""
        painter = QPainter(self)
        if self._image.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._area().width() < self._image.width())
        if self.enlarged is not None and self.enlarged < self._grid.count:
            self._paint_enlarged(painter, self.enlarged)
            return
        painter.drawImage(self._area(), self._image)
        self._paint_captions(painter)
        if self.current is not None and self.current < self._grid.count and self.hasFocus():
            painter.setPen(QPen(QColor(themes().theme.accent), 2))
            painter.drawRect(self._tile_rect(self.current))

    def _tile_rect(self, index: int) -> QRectF:
        area = self._area()
        scale = area.width() / self._grid.shape[1]
        top, left = self._grid.origin(index)
        return QRectF(
            area.x() + left * scale,
            area.y() + top * scale,
            self._grid.width * scale,
            self._grid.height * scale,
        )

    def _paint_captions(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        for index, (text, colour) in enumerate(self._captions[: self._grid.count]):
            rect = self._tile_rect(index)
            painter.fillRect(
                QRectF(rect.x(), rect.bottom() - _CAPTION, rect.width(), _CAPTION),
                QColor(themes().theme.panel),
            )
            painter.setPen(colour or QColor(themes().theme.text))
            painter.drawText(
                QRectF(rect.x(), rect.bottom() - _CAPTION, rect.width(), _CAPTION),
                Qt.AlignmentFlag.AlignCenter,
                text,
            )

    def _paint_enlarged(self, painter: QPainter, index: int) -> None:
        height, width = self._grid.height, self._grid.width
        top, left = self._grid.origin(index)
        cell = min((self.width() - 16) / width, (self.height() - 40) / height)
        cell = float(int(cell)) if cell >= 2 else cell
        area = QRectF((self.width() - cell * width) / 2, 32, cell * width, cell * height)
        painter.drawImage(area, self._image, QRectF(left, top, width, height))
        theme = themes().theme
        painter.setPen(QColor(theme.text))
        title = self.tr("{one} {number} of {count} · Esc goes back").format(
            one=self.one, number=index + 1, count=self._grid.count
        )
        painter.drawText(QRectF(8, 4, self.width() - 16, 24), Qt.AlignmentFlag.AlignCenter, title)
        if max(height, width) <= _NUMBERS_UP_TO and cell >= 34:
            font = QFont(self.font())
            font.setPixelSize(int(min(cell / 3.6, 20)))
            painter.setFont(font)
            values = self._tiles[index]
            for row in range(height):
                for column in range(width):
                    value = float(values[row, column])
                    strong = self._symmetric and abs(value) > 0.55 * self._level
                    painter.setPen(QColor(theme.window if strong else theme.text))
                    painter.drawText(
                        QRectF(area.x() + column * cell, area.y() + row * cell, cell, cell),
                        Qt.AlignmentFlag.AlignCenter,
                        f"{value:.2f}",
                    )

    # -- pointer and keys ---------------------------------------------------------------------

    def _at(self, position: QPointF) -> tuple[int, int, int] | None:
        area = self._area()
        scale = area.width() / self._grid.shape[1]
        return self._grid.at((position.x() - area.x()) / scale, (position.y() - area.y()) / scale)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what lies under the pointer."""
        place = None if self.enlarged is not None else self._at(event.position())
        if place is None:
            self.hovered.emit("")
            return
        index, row, column = place
        self.hovered.emit(
            self.tr("{one} {number} · row {row}, column {column} · {value}").format(
                one=self.one,
                number=index + 1,
                row=row,
                column=column,
                value=f"{float(self._tiles[index, row, column]):+.4f}",
            )
        )

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the pointer."""
        self.hovered.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click picks and enlarges a tile, another one goes back."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self.enlarged is not None:
            self._enlarge(None)
            return
        place = self._at(event.position())
        if place is not None:
            self._pick(place[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Enter, Escape."""
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._grid.columns,
            Qt.Key.Key_Down: self._grid.columns,
        }
        key = Qt.Key(event.key())
        if key in moves and self._grid.count:
            at = 0 if self.current is None else self.current + moves[key]
            self.current = min(max(at, 0), self._grid.count - 1)
            if self.enlarged is not None:
                self._enlarge(self.current)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self._pick(self.current)
        elif key == Qt.Key.Key_Escape and self.enlarged is not None:
            self._enlarge(None)
        else:
            super().keyPressEvent(event)

    def _pick(self, index: int) -> None:
        self.current = index
        self.picked.emit(index)
        if self._enlarges:
            self._enlarge(index)
        self.update()

    def _enlarge(self, index: int | None) -> None:
        self.enlarged = index
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other sizes, other columns."""
        if len(self._tiles) and not self._fixed_columns:
            self._arrange()
            self._render()
        super().resizeEvent(event)
