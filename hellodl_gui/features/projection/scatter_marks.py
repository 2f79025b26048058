"""Marks of a scatter plot, cached as pixmaps: rings, labels, cards."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap

from hellodl_gui.theming.theme import Theme
from hellodl_gui.ui.controls.legend_line import canvas

_CARD, _CARD_TEXT = 84, 34
_BESIDE = (
    (0, 0),
    *((dx, dy) for far in (14, 26) for dx in (0, -far, far) for dy in (-far, 0, far)),
)


def ring(theme: Theme, side: int, ratio: float) -> QPixmap:
    """Around a dot that is wrong."""
    made = canvas(side, side, ratio)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((theme.panel, 3.6), (theme.bad, 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(QRectF(2, 2, side - 4, side - 4))
    return made


def name_plate(text: str, colour: str, theme: Theme, ratio: float) -> QPixmap:
    """A class's name in its colour on the panel's ground."""
    font = QFont()
    font.setPixelSize(15 if len(text) <= 2 else 12)
    font.setBold(True)
    wide, high = round(9 * max(len(text), 1) + 10), 20
    made = canvas(wide, high, ratio)
    ground = QColor(theme.panel)
    ground.setAlphaF(0.82)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, high - 1), 5, 5)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(0, 0, wide, high), Qt.AlignmentFlag.AlignCenter, text)
    return made


def paint_card(
    painter: QPainter,
    theme: Theme,
    room: QRectF,
    place: QPointF,
    portrait: QPixmap,
    lines: tuple[str, str],
    wrong: bool,
) -> None:
    """The picture of the sample at a place, large, with two lines of text; all within `room`."""
    font = painter.font()
    font.setPixelSize(12)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    wide = max(_CARD, *(metrics.horizontalAdvance(line) for line in lines)) + 12
    high = _CARD + _CARD_TEXT + 12
    x = place.x() + 14 if place.x() + 14 + wide < room.width() else place.x() - 14 - wide
    y = min(max(place.y() - high / 2, 2), max(room.height() - high - 2, 2))
    card = QRectF(max(x, 2), y, wide, high)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(card, 6, 6)
    box = QRectF(card.center().x() - _CARD / 2, card.top() + 6, _CARD, _CARD)
    painter.drawPixmap(box, portrait, QRectF())
    colours = theme.text, theme.bad if wrong else theme.quiet
    for row, (text, colour) in enumerate(zip(lines, colours, strict=True)):
        line = QRectF(card.left(), box.bottom() + 3 + 16 * row, wide, 16)
        painter.setPen(QColor(colour))
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
    painter.setPen(QPen(QColor(theme.text), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(place, 6, 6)


def separate_labels(boxes: list[QRectF]) -> NDArray[np.float64]:
    """How far (n, 2) to shove each box so that none lies on an earlier one; NaN: no room near."""
    found = np.full((len(boxes), 2), np.nan)
    taken: list[QRectF] = []
    for number, box in enumerate(boxes):
        for by in _BESIDE:
            shoved = box.translated(*by)
            if not any(shoved.intersects(other) for other in taken):
                taken.append(shoved)
                found[number] = by
                break
    return found
