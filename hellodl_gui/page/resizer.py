"""Eight handles around the chosen box; one set for all boxes."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.ocr.boxes import MIN_SIDE, Rect

_SIDE = 9.0
_REACH = 8.0
_HANDLES = [(x, y) for y in (0.0, 0.5, 1.0) for x in (0.0, 0.5, 1.0) if (x, y) != (0.5, 0.5)]
_CURSORS = {
    (0.0, 0.0): Qt.CursorShape.SizeFDiagCursor,
    (1.0, 1.0): Qt.CursorShape.SizeFDiagCursor,
    (1.0, 0.0): Qt.CursorShape.SizeBDiagCursor,
    (0.0, 1.0): Qt.CursorShape.SizeBDiagCursor,
    (0.5, 0.0): Qt.CursorShape.SizeVerCursor,
    (0.5, 1.0): Qt.CursorShape.SizeVerCursor,
    (0.0, 0.5): Qt.CursorShape.SizeHorCursor,
    (1.0, 0.5): Qt.CursorShape.SizeHorCursor,
}

Handle = tuple[float, float]


class Resizer(QGraphicsItem):
    """Sits on the chosen box; as large on the screen at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(2)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()
        self._rect = QRectF()
        self._zoom = 1.0

    def sit_on(self, rect: QRectF, zoom: float) -> None:
        """Move to a rectangle; `zoom` is screen pixels a page pixel."""
        self.prepareGeometryChange()
        self._rect = rect
        self._zoom = zoom
        self.show()

    def handle_at(self, place: QPointF) -> Handle | None:
        """The handle near a place on the page: (0…1, 0…1) from the upper left, or None."""
        if not self.isVisible():
            return None
        reach = _REACH / self._zoom
        near = [h for h in _HANDLES if (self._centre(h) - place).manhattanLength() <= 2 * reach]
        return min(near, key=lambda h: (self._centre(h) - place).manhattanLength(), default=None)

    def boundingRect(self) -> QRectF:
        """The rectangle with its handles."""
        margin = _SIDE / self._zoom
        return self._rect.adjusted(-margin, -margin, margin, margin)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """The handles."""
        side = _SIDE / self._zoom
        pen = QPen(QColor("#0b62c4"), 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(QColor("white"))
        for handle in _HANDLES:
            centre = self._centre(handle)
            painter.drawRect(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))

    def _centre(self, handle: Handle) -> QPointF:
        return QPointF(
            self._rect.x() + handle[0] * self._rect.width(),
            self._rect.y() + handle[1] * self._rect.height(),
        )


def cursor_for(handle: Handle) -> Qt.CursorShape:
    """The pointer that says which way a handle moves."""
    return _CURSORS[handle]


def resized(rect: Rect, handle: Handle, dx: float, dy: float) -> Rect:
    """`rect` after one of its handles was pulled; the opposite side stays."""
    left, top, right, bottom = rect.x, rect.y, rect.right, rect.bottom
    if handle[0] == 0.0:
        left = min(left + dx, right - MIN_SIDE)
    if handle[0] == 1.0:
        right = max(right + dx, left + MIN_SIDE)
    if handle[1] == 0.0:
        top = min(top + dy, bottom - MIN_SIDE)
    if handle[1] == 1.0:
        bottom = max(bottom + dy, top + MIN_SIDE)
    return Rect(left, top, right - left, bottom - top)
