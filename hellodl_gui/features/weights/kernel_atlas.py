"""Atlas of all kernels of a layer, unit by unit, in any order."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, Qt

from core.formatting import format_number
from core.optim.clip_grad import grad_norm
from core.translation import tr
from hellodl_gui.theming.palette import colour_words, diverging, packed, rgb, words_image
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.atlas import TileLayout, pack_tiles
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_DENSE = 400  # tiles from which all are one picture
_CAPTIONED = 64

Tiles = NDArray[np.float32]


class KernelAtlas(Mosaic):
    """Attributes: `unit`, the marked unit of the layer, None for none.

    Units have one tile each, or a kernel for each input, or a row of a matrix. Colours are those
    of the mosaic; kernels that look at red, green and blue have these colours, grey where they are
    zero. Signals: `unit_picked(int)` a unit was clicked or entered.
    """

    unit_picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Kernels"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing below is painted for it
        self.unit: int | None = None
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._inputs = 1
        self._rows = False
        self._coloured: Tiles | None = None
        self.picked.connect(self._on_picked)

    @property
    def order(self) -> NDArray[np.intp]:
        """The units as they stand, first one first."""
        return self._order

    def set_kernels(self, tiles: Tiles, order: NDArray[np.intp], coloured: bool = False) -> None:
        """Show units in this order: tiles (U, h, w), (U, inputs, h, w), or a matrix (U, inputs).

        With `coloured` tiles (U, 3, h, w) are shown in red, green and blue.
        """
        tiles = np.asarray(tiles, np.float32)
        if not np.array_equal(order, np.arange(len(tiles))):
            tiles = tiles[order]
        rows = tiles.ndim == 2
        inputs = tiles.shape[1] if tiles.ndim == 4 and not coloured else 1
        if (rows, inputs) != (self._rows, self._inputs):
            self._tiles = np.zeros((0, 1, 1), np.float32)  # other blocks have to be arranged
        self._rows, self._inputs, self._order = rows, inputs, order
        self._coloured = tiles if coloured else None
        if rows:
            flat = tiles[None]
        elif coloured:
            flat = tiles.mean(axis=1)
        else:
            flat = tiles.reshape(-1, *tiles.shape[-2:])
        sorted_few = inputs == 1 and 1 < len(flat) <= _CAPTIONED
        sorted_few = sorted_few and not np.array_equal(order, np.arange(len(order)))
        captions = [(str(unit), None) for unit in order] if sorted_few else []
        self._enlarges = not rows
        self.set_tiles(np.ascontiguousarray(flat), captions=[*captions])

    def mark(self, unit: int | None) -> None:
        """Outline a unit."""
        self.unit = unit
        self.update()

    # -- where things are ---------------------------------------------------------------------

    @property
    def _dense(self) -> bool:
        return len(self._tiles) > _DENSE

    def _fit(
        self, tile: tuple[int, int, int], area: tuple[int, int], caption: int, grain: float
    ) -> TileLayout:
        made = TileLayout.fit(tile, area, 0, caption, grain, self._inputs, self._dense)
        if self._inputs > 1 and made.scale < 1:  # whole units in a row would be too small
            made = TileLayout.fit(tile, area, 0, caption, grain, 1, self._dense)
        return made

    def _tiles_of(self, unit: int) -> range:
        """The tiles of a unit; none where it is not shown."""
        found = np.flatnonzero(self._order == unit)
        if not len(found) or self._rows:
            return range(0)
        return range(int(found[0]) * self._inputs, (int(found[0]) + 1) * self._inputs)

    def unit_rect(self, unit: int) -> QRectF:
        """Where a unit's first row of tiles is, or its row of a matrix; empty where nowhere."""
        if self._rows:
            found = np.flatnonzero(self._order == unit)
            if not len(found) or not len(self._tiles):
                return QRectF()
            whole = self.tile_rect(0)
            high = whole.height() / len(self._order)
            return QRectF(whole.x(), whole.y() + high * int(found[0]), whole.width(), high)
        return next(iter(self._unit_rects(unit)), QRectF())

    def _unit_rects(self, unit: int) -> list[QRectF]:
        """A rectangle for each row of tiles that a unit has a share in."""
        rows: dict[int, QRectF] = {}
        for index in self._tiles_of(unit):
            row, rect = index // self._tiling.columns, self.tile_rect(index)
            rows[row] = rows[row].united(rect) if row in rows else rect
        return list(rows.values())

    # -- colours ------------------------------------------------------------------------------

    def _levels(self) -> Tiles:
        levels = super()._levels()
        if self.each and self._rows and self._tiles.size:
            of_rows = np.abs(self._tiles).max(axis=2, keepdims=True)
            return np.where(of_rows > 0, of_rows, 1).astype(np.float32)
        return levels

    def _colour(self) -> None:
        if self._coloured is not None and len(self._coloured):
            self._colour_rgb(self._coloured)
        elif self._dense:
            self._colour_dense()
        else:
            super()._colour()

    def _colour_rgb(self, tiles: Tiles) -> None:
        """Red, green and blue of each place: zero is grey."""
        level = np.abs(tiles).max(axis=(1, 2, 3), keepdims=True) if self.each else self._level
        shares = np.clip(np.nan_to_num(tiles / np.maximum(level, 1e-12)), -1, 1)
        channels = (127.995 * (shares + 1)).astype(np.uint8)
        packs = [pack_tiles(np.ascontiguousarray(channels[:, c]))[0] for c in range(3)]
        self._image = words_image(colour_words(np.stack(packs)))
        self.update()

    def _colour_dense(self) -> None:
        """One picture of all tiles, with lines as wide as their numbers between them."""
        count, high, wide = self._shades.shape
        columns = self._tiling.columns
        down = -(-count // columns)
        theme = themes().theme
        paper = colour_words(np.array(rgb(theme.panel)))
        words = np.full((down, columns, high + 1, wide + 1), paper, np.uint32)
        words.reshape(-1, high + 1, wide + 1)[:count, :high, :wide] = packed(diverging(theme))[
            self._shades
        ]
        merged = words.transpose(0, 2, 1, 3).reshape(down * (high + 1), columns * (wide + 1))
        self._image = words_image(merged)
        self.update()

    def _source(self, index: int) -> QRectF:
        if not self._dense:
            return super()._source(index)
        row, column = divmod(index, self._tiling.columns)
        high, wide = self._tiling.height, self._tiling.width
        return QRectF(column * (wide + 1), row * (high + 1), wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, and the kernels on it."""
        QPainter(self).fillRect(self.rect(), QColor(themes().theme.panel))
        super().paintEvent(event)

    def _paint_tiles(self, painter: QPainter) -> None:
        if not self._dense:
            super()._paint_tiles(painter)
            return
        scale = self._tiling.scale
        size = self._image.width() * scale, self._image.height() * scale
        corner = self.tile_rect(0).topLeft()
        painter.drawImage(QRectF(corner.x(), corner.y(), *size), self._image)
        if self._tiling.columns % self._inputs == 0 and 1 < self._inputs < len(self._tiles):
            self._paint_between(painter)

    def _paint_between(self, painter: QPainter) -> None:
        """Lines between units that stand side by side."""
        painter.setPen(QPen(QColor(themes().theme.line), 1))
        first, last = self.tile_rect(0), self.tile_rect(len(self._tiles) - 1)
        for column in range(self._inputs, self._tiling.columns, self._inputs):
            x = self.tile_rect(column).x() - self._tiling.gap / 2
            painter.drawLine(QPointF(x, first.top()), QPointF(x, last.bottom()))

    def _paint_marked(self, painter: QPainter) -> None:
        if self.unit is None:
            return
        rects = [self.unit_rect(self.unit)] if self._rows else self._unit_rects(self.unit)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rect in rects:
            painter.drawRect(rect.adjusted(-2, -2, 2, 2))

    # -- words --------------------------------------------------------------------------------

    def _name(self, index: int, short: bool = False) -> str:
        place, inner = divmod(index, self._inputs)
        if place >= len(self._order):
            return super()._name(index, short)
        name = f"{self.one} {self._order[place]}"
        if self._inputs > 1:
            name = tr("{name}, input {inner}").format(name=name, inner=inner)
        if short:
            return name
        return tr("{name} of {count}").format(name=name, count=len(self._order))

    def _say_hovered(self) -> None:
        place = self._hovered()
        if place is None:
            self.hovered.emit("")
            return
        index, row, column = place
        shown: Tiles = self._tiles[index]
        if self._rows:
            words = tr("{name} · norm {norm} · {low} to {high} · input {column}: {value}")
            name, shown = f"{self.one} {self._order[row]}", shown[row : row + 1]
        else:
            words = tr("{name} · norm {norm} · {low} to {high} · here {value}")
            name = self._name(index, short=True)
            if self._coloured is not None:
                shown = self._coloured[index]
        self.hovered.emit(
            words.format(
                name=name,
                norm=format_number(grad_norm(shown), 3, zeros=True),
                low=format_number(float(shown.min()), 3, signed=True, zeros=True),
                high=format_number(float(shown.max()), 3, signed=True, zeros=True),
                column=column,
                value=format_number(self._tiles[index, row, column], signed=True, zeros=True),
            )
        )

    def _on_picked(self, index: int) -> None:
        if not self._rows and index // self._inputs < len(self._order):
            self.unit_picked.emit(int(self._order[index // self._inputs]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click into a matrix picks a row."""
        place = self._at(event.position()) if self._rows else None
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self.unit_picked.emit(int(self._order[place[1]]))
            return
        super().mousePressEvent(event)
