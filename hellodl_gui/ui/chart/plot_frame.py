"""Focus ring of hand-painted widgets."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes


def focus_ring(painter: QPainter, widget: QWidget, radius: float = 6) -> None:
    """A line around a widget that the keys go to."""
    if widget.hasFocus():
        painter.setPen(QPen(QColor(themes().theme.accent), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ring, radius, radius)
