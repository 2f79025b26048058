"""Signs of a legend as pixmaps: a short piece of a curve, a dot that may bear a letter."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap

from hellodl_gui.theming.palette import text_on

SWATCH = QSize(18, 12)


def legend_line(colour: str, dashed: bool, ratio: float = 1.0) -> QIcon:
    """In a colour #rrggbb; `ratio` device pixels for each of the window's."""
    pixmap = canvas(SWATCH.width(), SWATCH.height(), ratio)
    with QPainter(pixmap) as painter:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2.5, style))
        painter.drawLine(0, SWATCH.height() // 2, SWATCH.width(), SWATCH.height() // 2)
    return QIcon(pixmap)


def dot(colour: str, side: int, ratio: float, letter: str = "") -> QPixmap:
    """A disc as wide as `side` pixels, perhaps with a letter."""
    made = canvas(side, side, ratio)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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
    return made


def canvas(wide: int, high: int, ratio: float) -> QPixmap:
    """A transparent pixmap, wide and high in the window's pixels."""
    made = QPixmap(round(wide * ratio), round(high * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made
