"""The marks of a cloud of samples, each drawn once: dots, letters in dots, rings, names."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap

from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme import Theme


def dot(colour: str, side: int, ratio: float, letter: str = "") -> QPixmap:
    """A disc as wide as `side` pixels, perhaps with a letter."""
    made, painter = _canvas(side, side, ratio)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(0.5, 0.5, side - 1, side - 1))
    if letter:
        font = QFont(painter.font())
        font.setPixelSize(round(side * (0.7 if len(letter) == 1 else 0.5)))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(text_on(QColor(colour)))
        painter.drawText(QRectF(0, 0, side, side), Qt.AlignmentFlag.AlignCenter, letter[:2])
    painter.end()
    return made


def ring(theme: Theme, side: int, ratio: float) -> QPixmap:
    """Around a dot that is wrong."""
    made, painter = _canvas(side, side, ratio)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((theme.panel, 3.6), (theme.bad, 2.0)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(QRectF(2, 2, side - 4, side - 4))
    painter.end()
    return made


def name_plate(text: str, colour: str, theme: Theme, ratio: float) -> QPixmap:
    """A class's name in its colour on the panel's ground."""
    font = QFont()
    font.setPixelSize(15 if len(text) <= 2 else 12)
    font.setBold(True)
    wide, high = round(9 * max(len(text), 1) + 10), 20
    made, painter = _canvas(wide, high, ratio)
    ground = QColor(theme.panel)
    ground.setAlphaF(0.82)
    painter.setPen(QPen(QColor(colour), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, high - 1), 5, 5)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(0, 0, wide, high), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made


def centred(pixmap: QPixmap) -> QPointF:
    """From a mark's left upper corner to its middle."""
    size = pixmap.deviceIndependentSize()
    return QPointF(size.width() / 2, size.height() / 2)


def _canvas(wide: int, high: int, ratio: float) -> tuple[QPixmap, QPainter]:
    made = QPixmap(round(wide * ratio), round(high * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return made, painter
