"""Style of the zoom: colours of terms and numbers, short number texts."""

import math
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from core.formatting import format_number
from core.inspect.zoom.number_text import parenthesized, short_number
from hellodl_gui.theming.palette import diverging, ink, packed, text_on
from hellodl_gui.theming.theme import Theme
from hellodl_gui.theming.theme_manager import themes

Array = NDArray[np.floating]

_NUMBER_CELL, _GRID_CELL = 25.0, 6.0  # screen pixels: smaller squares have no number, no lines
_SHADE = 0.72  # how far colours go below numbers
_FILL, _DIGIT = 0.92, 0.6  # how much of a square a number may take; its width in heights
_NARROW = re.compile("[·⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]")  # about half as wide as a digit


def brief(value: float) -> str:
    """A number in few characters, also where it is tiny."""
    return format_number(value, 1) if 0 < abs(value) < 0.005 else short_number(value)


def in_brackets(value: float) -> str:
    """The same, so that it may stand behind a sign."""
    return parenthesized(brief(value))


def role_colour(theme: Theme, role: str) -> str:
    """The colour of a term: in the picture, in the formula and in the source alike."""
    number = {"x": 0, "g": 1, "y": 2, "w": 3, "b": 4}.get(role)
    return theme.text if number is None else theme.curves[number]


def paint_numbers(
    painter: QPainter,
    values: Array,
    place: QRectF,
    level: float,
    seen: QRectF,
    scale: float,
    picture: bool = False,
) -> None:
    """A matrix (h, w) as squares, with numbers in those of what is `seen` that are large enough.

    Full colour at ±level, or grey as in the data for part of a `picture`; `scale` screen pixels
    are one of the drawing.
    """
    high, wide = values.shape
    cell = place.width() / wide
    legible = cell * scale >= _NUMBER_CELL
    lut = ink() if picture else diverging(themes().theme)
    shade = _SHADE if legible and not picture else 1.0
    image = to_pixels(values, level / shade, picture)
    painter.drawImage(place, image, QRectF(0, 0, wide, high))
    if cell * scale >= _GRID_CELL:
        painter.setPen(QPen(QColor(themes().theme.line), 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row in range(high + 1):
            y = place.y() + row * cell
            painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
        for column in range(wide + 1):
            x = place.x() + column * cell
            painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom()))
    if not legible:
        return
    texts = [brief(float(v)) if v == v else "" for v in values.reshape(-1)]
    longest = max(len(text) - len(_NARROW.findall(text)) / 2 for text in texts)
    room = _FILL * cell / (_DIGIT * max(longest, 1))
    font = QFont(painter.font())
    font.setBold(False)
    font.setPixelSize(max(round(min(cell * 0.3, room, 15.0)), 1))
    painter.setFont(font)
    shades = _shades(values, level / shade, picture)
    for row in range(high):
        for column in range(wide):
            square = QRectF(place.x() + column * cell, place.y() + row * cell, cell, cell)
            if square.intersects(seen):
                red, green, blue = (int(c) for c in lut[int(shades[row, column])][:3])
                painter.setPen(text_on(QColor(red, green, blue)))
                painter.drawText(square, Qt.AlignmentFlag.AlignCenter, texts[row * wide + column])


def to_pixels(values: Array, level: float, picture: bool = False) -> QImage:
    """Numbers (h, w) as pixels: no colour at 0, full colour at ±level; a `picture` in grey."""
    lut = ink() if picture else diverging(themes().theme)
    words = packed(lut)[_shades(values, level, picture)]
    high, wide = words.shape
    return QImage(words.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


def coloured_pixels(values: Array) -> QImage:
    """Red, green and blue (3, h, w) as the network has them, from the least to the largest."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    shares = (np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0)
    pixels = np.ascontiguousarray((255 * np.clip(shares, 0, 1)).astype(np.uint8).transpose(1, 2, 0))
    tall, wide, _ = pixels.shape
    return QImage(pixels.tobytes(), wide, tall, 3 * wide, QImage.Format.Format_RGB888).copy()


def _shades(values: Array, level: float, picture: bool) -> NDArray[np.intp]:
    """Places (h, w) in a look-up table; a picture is white at 1, or at a `level` above it."""
    if picture:
        level = max(level, 1.0)
        clean = np.nan_to_num(values, nan=0.0, posinf=level, neginf=0.0)
        low = min(float(clean.min(initial=0.0)), 0.0)
        return np.clip(255 * ((clean - low) / (level - low)), 0, 255).astype(np.intp)
    if not level > 0:
        return np.full(values.shape, 128, np.intp)
    clean = np.nan_to_num(values / level, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(128 + 127 * clean, 0, 255).astype(np.intp)


def largest_magnitude(values: Array) -> float:
    """The largest magnitude."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def best_columns(count: int, shape: float, rect: QRectF) -> int:
    """How many of `count` tiles (height = shape · width) side by side fill a rectangle best."""
    return _fitting(count, shape, round(rect.width(), 2), round(rect.height(), 2))


@lru_cache(maxsize=4096)
def _fitting(count: int, shape: float, wide: float, high: float) -> int:
    def size(across: int) -> float:
        return min(wide / across, high / -(-count // across) / shape)

    if count > 400:
        return max(1, round(math.sqrt(count * wide * shape / max(high, 1.0))))
    return max(range(1, count + 1), key=lambda k: (size(k), -k), default=1)
