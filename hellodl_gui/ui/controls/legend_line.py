"""Legend line: a short piece of a curve as a pixmap."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

SWATCH = QSize(18, 12)


def legend_line(colour: str, dashed: bool, ratio: float = 1.0) -> QIcon:
    """In a colour #rrggbb; `ratio` device pixels for each of the window's."""
    pixmap = QPixmap(SWATCH * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colour), 2.5, style))
        painter.drawLine(0, SWATCH.height() // 2, SWATCH.width(), SWATCH.height() // 2)
    return QIcon(pixmap)
