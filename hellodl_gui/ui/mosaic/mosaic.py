"""Mosaic: weights, kernels or images as tiles of one image; hover, keys, close-up."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QMarginsF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_fixed, format_number
from core.translation import tr
from hellodl_gui.theming.palette import Lut, diverging, packed, text_on, words_image
from hellodl_gui.theming.render_mode import Rendered
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import arrow_step
from hellodl_gui.ui.mosaic.atlas import TileLayout, pack_tiles
from hellodl_gui.ui.mosaic.captions import caption_for
from hellodl_gui.ui.mosaic.lookup_table import max_per_tile, robust_max, to_levels

_SHRINK = 0.02
_NUMBERS_UP_TO = 12
_SMALLEST_NUMBER_CELL = 34
_MARGIN, _HEAD = 8, 32
_CAPTION = 16

Caption = tuple[str, QColor | None]


class Mosaic(QWidget, Rendered):
    """Tiles (N, h, w) of numbers as one picture.

    With `symmetric` the colours run from −level to level and the level is the largest magnitude,
    so that the same numbers always have the same colours; or, where it is `calm`, it sinks slowly
    for numbers that jump about; or it is the one that is `fixed`, or with `each` that of every
    tile by itself. Otherwise they run from 0 to 1. `stretched` colours
    bring out small numbers. Tiles are counted from 0; `marked` ones have an outline.
    Arrow keys move a highlighted tile, Enter or a click enlarges it, Escape closes.

    Signals: `hovered(str)` what lies under the pointer, empty when nothing; `pointed(int, int,
    int)` the tile, row and column there, three times -1 for none; `picked(int)` a tile was clicked
    or entered.
    """

    hovered = Signal(str)
    pointed = Signal(int, int, int)
    picked = Signal(int)

    def __init__(self, symmetric: bool = True, enlarges: bool = True) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(64, 64)
        self.setAccessibleName(tr("Mosaic of pictures"))
        self.one = tr("tile")
        self.enlarged: int | None = None
        self.current: int | None = None
        self.fixed: float | None = None
        self.each = self.stretched = self.calm = False
        self.marked = range(0)
        self._symmetric = symmetric
        self._enlarges = enlarges
        self._fixed_columns = 0
        self._tiles: NDArray[np.float32] = np.zeros((0, 1, 1), np.float32)
        self._captions: list[Caption] = []
        self._tiling = TileLayout.fit((0, 1, 1), (1, 1))
        self._frames = QPainterPath()
        self._indices: NDArray[np.uint8] = np.zeros((1, 1), np.uint8)
        self._shades: NDArray[np.uint8] = np.zeros((0, 1, 1), np.uint8)
        self._across = 1
        self._image = QImage()
        self._level = 0.0
        self._lut: Lut | None = None
        self._pointer: QPointF | None = None
        self._on_screen = True
        themes().changed.connect(self._colour)

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
        self._colour()

    def set_tiles(
        self,
        tiles: NDArray[np.float32],
        columns: int = 0,
        captions: list[Caption] | None = None,
    ) -> None:
        """Show tiles (N, h, w); `columns` of them in a row, or as many as fit best."""
        captions = captions or []
        other = tiles.shape != self._tiles.shape
        moved = other or columns != self._fixed_columns or bool(captions) != bool(self._captions)
        if other:
            self._level = 0.0
            self.enlarged = self.enlarged if len(tiles) == len(self._tiles) else None
        self._tiles, self._captions, self._fixed_columns = tiles, captions, columns
        if moved:
            self._arrange()
        self._measure()
        self._colour()
        if self._pointer is not None:
            self._say_hovered()

    def forget_level(self) -> None:
        """Let the colours find their range anew."""
        self._level = 0.0

    # -- drawing ------------------------------------------------------------------------------

    def _arrange(self) -> None:
        tile = len(self._tiles), self._tiles.shape[1], self._tiles.shape[2]
        area = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        caption = _CAPTION if self._captions else 0
        self._tiling = self._fit(tile, area, caption, 1 / self.devicePixelRatioF())
        self._frames = QPainterPath()

    def _fit(
        self, tile: tuple[int, int, int], area: tuple[int, int], caption: int, grain: float
    ) -> TileLayout:
        """How tiles (count, height, width) lie in an area (width, height)."""
        return TileLayout.fit(tile, area, self._fixed_columns, caption, grain)

    def _measure(self) -> None:
        """From numbers to 256 levels."""
        if self._symmetric:
            shares = self._tiles / self._levels()
        else:
            shares = self._tiles * np.float32(2) - np.float32(1)
        self._shades = to_levels(shares, self.stretched and self._symmetric)
        self._indices, self._across = pack_tiles(self._shades)

    def _levels(self) -> NDArray[np.float32]:
        """What gets the full colour, of all tiles () or of each (N, 1, 1)."""
        peak = robust_max(self._tiles) if self.fixed is None else self.fixed
        if self.fixed is not None:
            self._level = peak
        elif np.isfinite(peak):
            pull = _SHRINK if self.calm and peak < self._level else 1.0
            self._level += pull * (peak - self._level)
        levels = max_per_tile(self._tiles)[:, None, None] if self.each else np.array(self._level)
        return np.where(levels > 0, levels, 1).astype(np.float32)

    def _colour(self) -> None:
        """From levels to a picture."""
        if len(self._tiles):
            lut = diverging(themes().theme) if self._lut is None else self._lut
            self._image = words_image(packed(lut)[self._indices])
        else:
            self._image = QImage()
        self.update()

    def _source(self, index: int) -> QRectF:
        """Where a tile lies in the packed image."""
        row, column = divmod(index, self._across)
        height, width = self._tiling.height, self._tiling.width
        return QRectF(column * width, row * height, width, height)

    def tile_rect(self, index: int) -> QRectF:
        """Where a tile is drawn."""
        left, top = self._tiling.origin(index)
        wide, high = self._tiling.size
        return QRectF(left + _MARGIN, top + _MARGIN, wide, high)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the tiles and the highlight, or one of them enlarged."""
        if self._image.isNull():
            return
        painter = QPainter(self)
        if self.enlarged is not None:
            self._paint_enlarged(painter, self.enlarged)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._tiling.crisp)
        self._paint_tiles(painter)
        self._paint_captions(painter)
        painter.setPen(QPen(QColor(themes().theme.accent), 2))
        self._paint_marked(painter)
        if self.current is not None and self.current < len(self._tiles) and self.hasFocus():
            painter.drawRect(self.tile_rect(self.current).adjusted(-1, -1, 1, 1))

    def _paint_marked(self, painter: QPainter) -> None:
        for index in self.marked:
            if index < len(self._tiles):
                painter.drawRect(self.tile_rect(index).adjusted(-1, -1, 1, 1))

    def _paint_tiles(self, painter: QPainter) -> None:
        for index in range(len(self._tiles)):
            painter.drawImage(self.tile_rect(index), self._image, self._source(index))
        if self._symmetric:
            # Zero has the panel's colour: a hairline says where a tile ends.
            painter.setPen(QColor(themes().theme.line))
            if self._frames.isEmpty():
                edge = QMarginsF(0.5, 0.5, 0.5, 0.5)
                for index in range(len(self._tiles)):
                    self._frames.addRect(self.tile_rect(index) + edge)
            painter.drawPath(self._frames)  # drawRects of a list can crash in PySide

    def _paint_captions(self, painter: QPainter) -> None:
        plain = QColor(themes().theme.text)
        font = painter.font()
        font.setPixelSize(int(min(max(self._tiling.size[0] / 5, 9), 12)))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        for index, (text, colour) in enumerate(self._captions[: len(self._tiles)]):
            rect = self.tile_rect(index)
            place = QRectF(rect.x(), rect.bottom(), rect.width(), self._tiling.caption)
            painter.setPen(colour or plain)
            words = caption_for(text, rect.width(), metrics)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_enlarged(self, painter: QPainter, index: int) -> None:
        height, width = self._tiling.height, self._tiling.width
        free = self.width() - 2 * _MARGIN, self.height() - _HEAD - _MARGIN
        close = TileLayout.fit((1, height, width), free, grain=1 / self.devicePixelRatioF())
        left, top = close.left + _MARGIN, close.top + _HEAD
        theme, cell = themes().theme, close.scale
        area = QRectF(left, top, *close.size)
        painter.fillRect(area.adjusted(-1, -1, 1, 1), QColor(theme.line))
        painter.drawImage(area, self._image, self._source(index))
        painter.setPen(QColor(theme.text))
        title = self._name(index)
        if self._on_screen:
            title = tr("{name} · Esc goes back").format(name=title)
        head = QRectF(_MARGIN, 4, self.width() - 2 * _MARGIN, _HEAD - 8)
        painter.drawText(head, Qt.AlignmentFlag.AlignCenter, title)
        if max(height, width) <= _NUMBERS_UP_TO and cell >= _SMALLEST_NUMBER_CELL:
            self._paint_numbers(painter, index, area, cell)

    @contextmanager
    def rendered(self, scale: float) -> Iterator[None]:
        """Without a word about keys."""
        self._on_screen = False
        try:
            yield
        finally:
            self._on_screen = True

    def _paint_numbers(self, painter: QPainter, index: int, area: QRectF, cell: float) -> None:
        font = painter.font()
        font.setPixelSize(int(min(cell / 3.6, 20)))
        painter.setFont(font)
        source = self._source(index).topLeft().toPoint()
        for (row, column), value in np.ndenumerate(self._tiles[index]):
            x, y = area.x() + column * cell, area.y() + row * cell
            painter.setPen(text_on(self._image.pixelColor(source.x() + column, source.y() + row)))
            painter.drawText(
                QRectF(x, y, cell, cell),
                Qt.AlignmentFlag.AlignCenter,
                format_fixed(value, 2, signed=True),
            )

    # -- pointer and keys ---------------------------------------------------------------------

    def _name(self, index: int, short: bool = False) -> str:
        """What a tile is called; not `short`: and of how many it is one."""
        number = f"{self.one} {index}"
        if short:
            return number
        return tr("{number} of {count}").format(number=number, count=len(self._tiles))

    def _at(self, position: QPointF) -> tuple[int, int, int] | None:
        return self._tiling.at(position.x() - _MARGIN, position.y() - _MARGIN)

    def _hovered(self) -> tuple[int, int, int] | None:
        """Tile, row and column under the pointer."""
        if self.enlarged is not None or self._pointer is None:
            return None
        return self._at(self._pointer)

    def _say_hovered(self) -> None:
        place = self._hovered()
        if place is None:
            self.hovered.emit("")
            self.pointed.emit(-1, -1, -1)
            return
        index, row, column = place
        self.pointed.emit(index, row, column)
        self.hovered.emit(
            tr("{name} · row {row}, column {column} · {value}").format(
                name=self._name(index, short=True),
                row=row,
                column=column,
                value=format_number(self._tiles[index, row, column], signed=True, zeros=True),
            )
        )

    def _say_current(self, index: int) -> None:
        tile = self._tiles[index]
        text = tr("{name} · {low} to {high}").format(
            name=self._name(index),
            low=format_number(float(tile.min()), 3, signed=True, zeros=True),
            high=format_number(float(tile.max()), 3, signed=True, zeros=True),
        )
        self.setAccessibleDescription(text)
        self.hovered.emit(text)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Say what lies under the pointer."""
        self._pointer = event.position()
        self._say_hovered()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._pointer = None
        self.hovered.emit("")
        self.pointed.emit(-1, -1, -1)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """A click picks and enlarges a tile, another one goes back."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self.enlarged is not None:
            self._enlarge(None)
            return
        place = self._at(event.position())
        if place is not None:
            self._pick(place[0])

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows, Enter, Escape."""
        key = event.key()
        if len(self._tiles) and (step := arrow_step(key)) is not None:
            self._move(step[0] * self._tiling.columns + step[1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self._pick(self.current)
        elif key == Qt.Key.Key_Escape and self.enlarged is not None:
            self._enlarge(None)
        else:
            super().keyPressEvent(event)

    def _move(self, by: int) -> None:
        """Highlight another tile; the first one to begin with; never off the edge."""
        last = len(self._tiles) - 1
        here = self.current
        there = 0 if here is None else here + by
        self.current = there if 0 <= there <= last else min(here or 0, last)
        if self.enlarged is not None:
            self._enlarge(self.current)
        self._say_current(self.current)
        self.update()

    def _pick(self, index: int) -> None:
        self.current = index
        self.picked.emit(index)
        if self._enlarges:
            self._enlarge(index)
        self.update()

    def _enlarge(self, index: int | None) -> None:
        self.enlarged = index
        self.update()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Other sizes, other columns."""
        self._arrange()
        super().resizeEvent(event)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    rng = np.random.default_rng(0)
    weights = rng.normal(size=(128, 28, 28)).astype(np.float32)

    def _live(shown: QWidget) -> None:
        assert isinstance(shown, Mosaic)
        weights[:] = 0.98 * weights + 0.2 * rng.normal(size=weights.shape)
        shown.set_tiles(weights)

    show(Mosaic, _live)
