"""Canvas of one zoom level: a display list, and the places to zoom into."""

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from hellodl_gui.features.zoom.zoom_style import (
    best_columns,
    coloured_pixels,
    largest_magnitude,
    paint_numbers,
    role_colour,
    to_pixels,
)
from hellodl_gui.theming.theme_manager import themes

Array = NDArray[np.floating]

_LEGIBLE = 7.0  # screen pixels: smaller text is not drawn
_GAP = 0.12
_MOST_ROWS = 30_000  # Qt's painter counts pixels of an image in 16 bits
_SLACK = 0.95  # letters are whole pixels high
_SMALLEST = 0.66  # how small text may get to have room


@dataclass(frozen=True)
class CellGrid:
    """A grid of places that can be gone into: `keys` row by row, None for none."""

    rect: QRectF
    rows: int
    columns: int
    keys: tuple[Hashable, ...]

    def cell(self, number: int) -> QRectF:
        """Where one of them lies."""
        row, column = divmod(number, self.columns)
        wide, high = self.rect.width() / self.columns, self.rect.height() / self.rows
        return QRectF(self.rect.x() + column * wide, self.rect.y() + row * high, wide, high)

    def at(self, point: QPointF) -> int | None:
        """Which one lies under a point."""
        if not self.rect.contains(point):
            return None
        column = int((point.x() - self.rect.x()) / self.rect.width() * self.columns)
        row = int((point.y() - self.rect.y()) / self.rect.height() * self.rows)
        number = min(row, self.rows - 1) * self.columns + min(column, self.columns - 1)
        return number if number < len(self.keys) and self.keys[number] is not None else None


Paint = Callable[[QPainter, QFont, QRectF, float], None]
"""Paints one thing, with a font to change, of which so much is seen, where so many screen pixels
are one of its own.
"""


def _colour(name: str) -> str:
    """A colour, or that of a role in a formula."""
    return name if len(name) > 1 else role_colour(themes().theme, name)


@dataclass
class ZoomCanvas:
    """What is painted in a rectangle of `size`, in its own pixels, and where one can go deeper.

    `words` describes it for those who cannot see it; `links` tells what else belongs to a place.
    """

    size: QSizeF
    text: float
    cells: list[CellGrid] = field(default_factory=list)
    words: str = ""
    links: Callable[[Hashable], list[QRectF]] | None = None
    _things: list[tuple[QRectF, Paint]] = field(default_factory=list)

    @property
    def area(self) -> QRectF:
        """What is inside its margins."""
        return QRectF(QPointF(), self.size).adjusted(10, 6, -10, -6)

    # -- what is on it ------------------------------------------------------------------------

    def box(
        self, rect: QRectF, line: str, fill: str = "", width: float = 1.0, rounded: float = 4.0
    ) -> None:
        """A frame, perhaps filled; colours, here and below, may be roles in a formula."""
        line, fill = _colour(line), fill and _colour(fill)

        def paint(painter: QPainter, font: QFont, seen: QRectF, scale: float) -> None:
            painter.setPen(QPen(QColor(line), width))
            painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, rounded, rounded)

        self._add(rect, paint)

    def line(self, points: list[QPointF], colour: str, width: float = 1.5) -> None:
        """A line from point to point."""
        colour = _colour(colour)

        def paint(painter: QPainter, font: QFont, seen: QRectF, scale: float) -> None:
            painter.setPen(QPen(QColor(colour), width))
            painter.drawPolyline(points)

        self._add(QPolygonF(points).boundingRect().adjusted(-2, -2, 2, 2), paint)

    def say(
        self,
        rect: QRectF,
        text: str,
        colour: str = "",
        scale: float = 1.0,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
        bold: bool = False,
    ) -> None:
        """Text, cut with “…” where the rectangle ends; `scale` is relative to usual text."""
        colour, pixels = _colour(colour), self.text * scale

        def paint(painter: QPainter, font: QFont, seen: QRectF, scale: float) -> None:
            if pixels * scale < _LEGIBLE:
                return
            font.setPixelSize(max(round(pixels), 1))
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            cut = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, math.ceil(rect.width()) + 1
            )
            painter.drawText(rect, align, cut)

        self._add(rect, paint)

    def fit(self, text: str, room: float, scale: float, bold: bool = True) -> float:
        """The scale at which a text has room, within reason."""
        return min(scale, max(_SLACK * room / max(self.wide(text, bold=bold), 1.0), _SMALLEST))

    def wide(self, text: str, scale: float = 1.0, bold: bool = False) -> float:
        """How much room a text takes."""
        font = QFont()
        font.setPixelSize(100)
        font.setBold(bold)
        return QFontMetricsF(font).horizontalAdvance(text) * self.text * scale / 100

    def maps(self, values: Array, rect: QRectF, picture: bool = False) -> list[QRectF]:
        """Maps (C, H, W) beside each other, all on one scale; where each of them lies."""
        count, high, wide = values.shape
        image = to_pixels(values.reshape(count * high, wide), largest_magnitude(values), picture)
        across = best_columns(count, high / wide, rect)
        down = -(-count // across)
        gap = _GAP if count > 1 else 0.0
        one = min(
            rect.width() / (across + gap * (across - 1)),
            rect.height() / (down + gap * (down - 1)) * wide / high,
        )
        tall = one * high / wide
        left = rect.center().x() - (across + gap * (across - 1)) * one / 2
        top = rect.center().y() - (down + gap * (down - 1)) * tall / 2
        places = []
        for number in range(count):
            row, column = divmod(number, across)
            place = QRectF(left + column * one * (1 + gap), top + row * tall * (1 + gap), one, tall)
            self._image(place, image, QRectF(0, number * high, wide, high))
            places.append(place)
        return places

    def joined(self, values: Array, rect: QRectF, picture: bool = False) -> None:
        """Maps (C, H, W) as one image, for those that nobody needs one by one."""
        self.joined_all(values[None], [rect], picture)

    def coloured(self, values: Array, rect: QRectF) -> None:
        """A picture (3, H, W) in its colours."""
        _, high, wide = values.shape
        one = min(rect.width() / wide, rect.height() / high)
        place = QRectF(0, 0, one * wide, one * high)
        place.moveCenter(rect.center())
        self._image(place, coloured_pixels(values), QRectF(0, 0, wide, high))

    def joined_all(self, values: Array, rects: list[QRectF], picture: bool = False) -> None:
        """The same for many units (U, C, H, W), a rectangle each, all on one scale."""
        units, count, high, wide = values.shape
        if not units:
            return
        across = best_columns(count, high / wide, rects[0])
        down = -(-count // across)
        if count == 1:
            grid = values[:, 0]
        else:
            made = np.zeros((units, down * across, high + 1, wide + 1), values.dtype)
            made[:, :count, :high, :wide] = values
            made = made.reshape(units, down, across, high + 1, wide + 1).swapaxes(2, 3)
            grid = made.reshape(units, down * (high + 1), across * (wide + 1))[:, :-1, :-1]
        tall, broad = grid.shape[1:]
        level = largest_magnitude(values)
        at_once = max(_MOST_ROWS // tall, 1)
        for begin in range(0, units, at_once):
            some = grid[begin : begin + at_once]
            image = to_pixels(some.reshape(-1, broad), level, picture)
            for number in range(len(some)):
                rect = rects[begin + number]
                one = min(rect.width() / broad, rect.height() / tall)
                place = QRectF(0, 0, one * broad, one * tall)
                place.moveCenter(rect.center())
                self._image(place, image, QRectF(0, number * tall, broad, tall))

    def numbers(self, values: Array, rect: QRectF, picture: bool = False) -> QRectF:
        """A matrix (h, w) as squares with their numbers where there is room; where it lies.

        What belongs to a `picture` is grey, as in the data.
        """
        high, wide = values.shape
        cell = min(rect.width() / wide, rect.height() / high)
        place = QRectF(0, 0, cell * wide, cell * high)
        place.moveCenter(rect.center())
        level = largest_magnitude(values)
        self._add(
            place,
            lambda painter, font, seen, scale: paint_numbers(
                painter, values, place, level, seen, scale, picture
            ),
        )
        return place

    def places(
        self, rect: QRectF, rows: int, columns: int, keys: Iterable[Hashable] | None = None
    ) -> CellGrid:
        """These can be gone into: numbers from 0 on, unless `keys` say otherwise."""
        self.cells.append(CellGrid(rect, rows, columns, tuple(keys or range(rows * columns))))
        return self.cells[-1]

    def _add(self, rect: QRectF, paint: Paint) -> None:
        self._things.append((rect, paint))

    def _image(self, rect: QRectF, image: QImage, source: QRectF) -> None:
        self._add(rect, lambda painter, *_: painter.drawImage(rect, image, source))

    # -- going in -----------------------------------------------------------------------------

    def key_at(self, point: QPointF) -> Hashable | None:
        """What lies under a point."""
        for cells in self.cells:
            if (number := cells.at(point)) is not None:
                return cells.keys[number]
        return None

    def nearest(self, point: QPointF) -> Hashable | None:
        """What lies under a point, or else next to it."""
        found = self.key_at(point)
        if found is not None:
            return found

        def far(key: Hashable) -> float:
            centre = self.rect_of(key).center() - point
            return math.hypot(centre.x(), centre.y())

        return min(self.inside(), key=far, default=None)

    def inside(self) -> list[Hashable]:
        """All there are, in order."""
        return [key for cells in self.cells for key in cells.keys if key is not None]

    def rect_of(self, key: Hashable) -> QRectF:
        """Where one lies; the middle of all where it is not here."""
        for cells in self.cells:
            if key in cells.keys:
                return cells.cell(cells.keys.index(key))
        middle = QRectF(0, 0, self.size.width() / 3, self.size.height() / 3)
        middle.moveCenter(QPointF(self.size.width() / 2, self.size.height() / 2))
        return middle

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        """Paint what lies in `seen`; `scale` screen pixels are one of its own."""
        font = QFont(painter.font())
        for rect, paint in self._things:
            if rect.intersects(seen) or (rect.isEmpty() and seen.contains(rect.center())):
                paint(painter, font, seen, scale)
