"""Split tool: a line across the box under the pointer, where a click would cut it."""

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsLineItem

from hellodl_gui.features.page.boxes.box_item import BoxItem
from hellodl_gui.theming import page_colours

_BEYOND = 0.12  # of the box's height: how far the line stands out


class Scissors(QGraphicsLineItem):
    """Attributes: `on`, whether a click cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.on = False
        pen = QPen(QColor(page_colours.DOUBTFUL), 2.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setZValue(4)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def aim(self, item: BoxItem | None, place: QPointF) -> None:
        """Show where a click at `place` would cut `item`; nothing beside boxes or while off."""
        self.setVisible(self.on and item is not None)
        if item is not None:
            rect = item.rect
            beyond = _BEYOND * rect.height()
            self.setLine(QLineF(place.x(), rect.top() - beyond, place.x(), rect.bottom() + beyond))
