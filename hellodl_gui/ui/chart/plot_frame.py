"""Frame of hand-painted plots: plot area, grid lines with numbers, focus ring."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes

_HALF = 40  # pixels to either side of an upright line for its number


def plot_area(widget: QWidget, left: float, top: float, right: float, foot: float) -> QRectF:
    """What these margins leave of a widget, at least one pixel each way."""
    return QRectF(
        left, top, max(widget.width() - left - right, 1), max(widget.height() - top - foot, 1)
    )


def horizontal_line(
    painter: QPainter, area: QRectF, y: float, text: str, apart: float = 5, strong: bool = False
) -> None:
    """A line across the area, and its number so many pixels to the left of it."""
    theme, high = themes().theme, painter.fontMetrics().height()
    painter.setPen(QColor(theme.quiet if strong else theme.line))
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
    painter.setPen(QColor(theme.quiet))
    box = QRectF(0, y - high / 2, area.left() - apart, high)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight, text)


def vertical_line(
    painter: QPainter, area: QRectF, x: float, text: str, apart: float = 3, strong: bool = False
) -> None:
    """A line from the top of the area to its bottom, and its number so many pixels below it."""
    theme, high = themes().theme, painter.fontMetrics().height()
    painter.setPen(QColor(theme.quiet if strong else theme.line))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    painter.setPen(QColor(theme.quiet))
    box = QRectF(x - _HALF, area.bottom() + apart, 2 * _HALF, high)
    painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)


def focus_ring(painter: QPainter, widget: QWidget, radius: float = 6) -> None:
    """A line around a widget that the keys go to."""
    if widget.hasFocus():
        painter.setPen(QPen(QColor(themes().theme.accent), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ring, radius, radius)
