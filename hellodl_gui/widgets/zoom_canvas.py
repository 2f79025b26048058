"""One level of the zoom as a list of things to paint, and the places that can be gone into."""

import math
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from core.inspect.written import short
from core.inspect.zoom_source import Role
from hellodl_gui.theming.manager import themes
from hellodl_gui.theming.palette import Lut, diverging, packed, text_on
from hellodl_gui.theming.theme import Theme

Array = NDArray[np.floating]

_LEGIBLE = 7.0  # screen pixels: smaller text is not drawn
_NUMBER_CELL = 25.0  # screen pixels: smaller squares have no number
_SHADE = 0.72  # how far colours go below numbers
_GAP, _FILL = 0.12, 0.92
_MOST_ROWS = 30_000  # Qt's painter counts pixels of an image in 16 bits
_A_LETTER, _SMALLEST = 0.64, 0.64  # usual width of a letter in heights; how small text may get


_MINUS = re.compile(r"-(?=\d)")


def signed(text: str) -> str:
    """Text with a true minus before numbers."""
    return _MINUS.sub("−", text)


def brief(value: float) -> str:
    """A number in few characters, also where it is tiny."""
    if 0 < abs(value) < 0.005:
        mantissa, _, power = f"{value:.0e}".partition("e")
        return signed(f"{mantissa}e{int(power)}")
    return short(value)


def in_brackets(value: float) -> str:
    """The same, so that it may stand behind a sign."""
    text = brief(value)
    return f"({text})" if text.startswith("−") else text


def role_colour(theme: Theme, role: Role) -> str:
    """The colour of a term: in the picture, in the formula and in the source alike."""
    number = {"x": 0, "g": 1, "y": 2, "w": 3, "b": 4}.get(role)
    return theme.text if number is None else theme.curves[number]


@dataclass(frozen=True)
class Cells:
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


@dataclass(frozen=True)
class _Image:
    image: QImage
    source: QRectF
    rect: QRectF


@dataclass(frozen=True)
class _Text:
    rect: QRectF
    text: str
    colour: str
    pixels: float
    align: Qt.AlignmentFlag
    bold: bool


@dataclass(frozen=True)
class _Box:
    rect: QRectF
    line: str
    fill: str
    width: float
    round: float


@dataclass(frozen=True)
class _Line:
    points: tuple[QPointF, ...]
    colour: str
    width: float


@dataclass(frozen=True)
class _Numbers:
    values: Array
    rect: QRectF
    level: float


_Thing = _Image | _Text | _Box | _Line | _Numbers


@dataclass
class Canvas:
    """What is painted in a rectangle of `size`, in its own pixels, and where one can go deeper.

    `words` describes it for those who cannot see it; `links` tells what else belongs to a place.
    """

    size: QSizeF
    text: float
    cells: list[Cells] = field(default_factory=list)
    words: str = ""
    links: Callable[[Hashable], list[QRectF]] | None = None
    _things: list[tuple[QRectF, _Thing]] = field(default_factory=list)

    # -- what is on it ------------------------------------------------------------------------

    def box(
        self, rect: QRectF, line: str, fill: str = "", width: float = 1.0, rounded: float = 4.0
    ) -> None:
        """A frame, perhaps filled."""
        self._add(rect, _Box(rect, line, fill, width, rounded))

    def line(self, points: list[QPointF], colour: str, width: float = 1.5) -> None:
        """A line from point to point."""
        xs, ys = [p.x() for p in points], [p.y() for p in points]
        rect = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
        self._add(rect.adjusted(-2, -2, 2, 2), _Line(tuple(points), colour, width))

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
        colour = colour or themes().theme.text
        text = signed(text)
        self._add(rect, _Text(rect, text, colour, self.text * scale, align, bold))

    def fit(self, text: str, room: float, scale: float) -> float:
        """The scale at which a text has room, within reason."""
        return min(scale, max(room / (_A_LETTER * self.text * max(len(text), 1)), _SMALLEST))

    def maps(
        self, values: Array, rect: QRectF, level: float | None = None, columns: int = 0
    ) -> list[QRectF]:
        """Maps (C, H, W) beside each other, all on one scale; where each of them lies."""
        count, high, wide = values.shape
        level = _level(values) if level is None else level
        image = coloured(values.reshape(count * high, wide), level)
        across = columns or fitting(count, high / wide, rect)
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
            self._add(place, _Image(image, QRectF(0, number * high, wide, high), place))
            places.append(place)
        return places

    def joined(self, values: Array, rect: QRectF) -> None:
        """Maps (C, H, W) as one image, for those that nobody needs one by one."""
        self.joined_all(values[None], [rect])

    def joined_all(self, values: Array, rects: list[QRectF]) -> None:
        """The same for many units (U, C, H, W), a rectangle each, all on one scale."""
        units, count, high, wide = values.shape
        if not units:
            return
        across = fitting(count, high / wide, rects[0])
        down = -(-count // across)
        if count == 1:
            grid = values[:, 0]
        else:
            made = np.zeros((units, down * across, high + 1, wide + 1), values.dtype)
            made[:, :count, :high, :wide] = values
            made = made.reshape(units, down, across, high + 1, wide + 1).swapaxes(2, 3)
            grid = made.reshape(units, down * (high + 1), across * (wide + 1))[:, :-1, :-1]
        tall, broad = grid.shape[1:]
        level = _level(values)
        at_once = max(_MOST_ROWS // tall, 1)
        for begin in range(0, units, at_once):
            some = grid[begin : begin + at_once]
            image = coloured(some.reshape(-1, broad), level)
            for number in range(len(some)):
                rect = rects[begin + number]
                one = min(rect.width() / broad, rect.height() / tall)
                place = QRectF(0, 0, one * broad, one * tall)
                place.moveCenter(rect.center())
                self._add(place, _Image(image, QRectF(0, number * tall, broad, tall), place))

    def numbers(self, values: Array, rect: QRectF, level: float | None = None) -> QRectF:
        """A matrix (h, w) as squares with their numbers where there is room; where it lies."""
        high, wide = values.shape
        cell = min(rect.width() / wide, rect.height() / high)
        place = QRectF(0, 0, cell * wide, cell * high)
        place.moveCenter(rect.center())
        self._add(place, _Numbers(values, place, _level(values) if level is None else level))
        return place

    def places(self, rect: QRectF, rows: int, columns: int, keys: list[Hashable]) -> None:
        """These can be gone into."""
        self.cells.append(Cells(rect, rows, columns, tuple(keys)))

    def _add(self, rect: QRectF, thing: _Thing) -> None:
        self._things.append((rect, thing))

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
        for rect, thing in self._things:
            if not rect.intersects(seen) and not (rect.isEmpty() and seen.contains(rect.center())):
                continue
            match thing:
                case _Image():
                    painter.drawImage(thing.rect, thing.image, thing.source)
                case _Box():
                    painter.setPen(QPen(QColor(thing.line), thing.width))
                    painter.setBrush(QColor(thing.fill) if thing.fill else Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(thing.rect, thing.round, thing.round)
                case _Line():
                    painter.setPen(QPen(QColor(thing.colour), thing.width))
                    painter.drawPolyline(list(thing.points))
                case _Text() if thing.pixels * scale >= _LEGIBLE:
                    font.setPixelSize(max(round(thing.pixels), 1))
                    font.setBold(thing.bold)
                    painter.setFont(font)
                    painter.setPen(QColor(thing.colour))
                    text = painter.fontMetrics().elidedText(
                        thing.text, Qt.TextElideMode.ElideRight, math.ceil(thing.rect.width()) + 1
                    )
                    painter.drawText(thing.rect, thing.align, text)
                case _Numbers():
                    _paint_numbers(painter, font, thing, seen, scale)


def _paint_numbers(
    painter: QPainter, font: QFont, grid: _Numbers, seen: QRectF, scale: float
) -> None:
    high, wide = grid.values.shape
    cell = grid.rect.width() / wide
    legible = cell * scale >= _NUMBER_CELL
    lut = diverging(themes().theme)
    image = coloured(grid.values, grid.level / (_SHADE if legible else 1.0))
    painter.drawImage(grid.rect, image, QRectF(0, 0, wide, high))
    if cell * scale >= 6:
        painter.setPen(QPen(QColor(themes().theme.line), 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row in range(high + 1):
            y = grid.rect.y() + row * cell
            painter.drawLine(QPointF(grid.rect.left(), y), QPointF(grid.rect.right(), y))
        for column in range(wide + 1):
            x = grid.rect.x() + column * cell
            painter.drawLine(QPointF(x, grid.rect.top()), QPointF(x, grid.rect.bottom()))
    if not legible:
        return
    texts = [brief(float(value)) for value in grid.values.reshape(-1)]
    room = _FILL * cell / (0.6 * max(map(len, texts)))
    font.setBold(False)
    font.setPixelSize(max(round(min(cell * 0.3, room, 15.0)), 1))
    painter.setFont(font)
    shades = _index(grid.values, grid.level / _SHADE)
    for row in range(high):
        for column in range(wide):
            place = QRectF(grid.rect.x() + column * cell, grid.rect.y() + row * cell, cell, cell)
            if place.intersects(seen):
                red, green, blue = (int(c) for c in lut[int(shades[row, column])][:3])
                painter.setPen(text_on(QColor(red, green, blue)))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, texts[row * wide + column])


def coloured(values: Array, level: float, lut: Lut | None = None) -> QImage:
    """Numbers (h, w) as pixels: no colour at 0, full colour at ±level."""
    words = packed(diverging(themes().theme) if lut is None else lut)[_index(values, level)]
    high, wide = words.shape
    return QImage(words.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


def _index(values: Array, level: float) -> NDArray[np.intp]:
    if not level > 0:
        return np.full(values.shape, 128, np.intp)
    clean = np.nan_to_num(values / level, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(128 + 127 * clean, 0, 255).astype(np.intp)


def _level(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def fitting(count: int, shape: float, rect: QRectF) -> int:
    """How many of `count` tiles (height = shape · width) side by side fill a rectangle best."""
    return _fitting(count, shape, round(rect.width(), 2), round(rect.height(), 2))


@lru_cache(maxsize=4096)
def _fitting(count: int, shape: float, wide: float, high: float) -> int:
    def size(across: int) -> float:
        return min(wide / across, high / -(-count // across) / shape)

    if count > 400:
        return max(1, round(math.sqrt(count * wide * shape / max(high, 1.0))))
    return max(range(1, count + 1), key=lambda k: (size(k), -k), default=1)
