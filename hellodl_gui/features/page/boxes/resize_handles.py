"""Eight resize handles around the selected box."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.ocr.boxes import MIN_SIDE, Rect
from hellodl_gui.features.page.boxes.box_item import screen_pen
from hellodl_gui.theming import page_colours

# All in pixels of the screen.
_SIDE = 8.0
_REACH = 7.0
_SMALLEST_FRAME = 26.0  # handles of a smaller box stand off, so that its inside can be grabbed
_ROOM_FOR_MIDDLE = 34.0

Handle = tuple[float, float]
"""Where on the rectangle a handle sits: (0…1, 0…1) from the upper left."""

_HANDLES: list[Handle] = [
    (x, y) for y in (0.0, 0.5, 1.0) for x in (0.0, 0.5, 1.0) if (x, y) != (0.5, 0.5)
]


class ResizeHandles(QGraphicsItem):
    """Sits on the chosen box; as large on the screen at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(2)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()
        self._rect = QRectF()
        self._frame = QRectF()
        self._zoom = 1.0

    def sit_on(self, rect: QRectF, zoom: float) -> None:
        """Move to a rectangle; `zoom` is screen pixels a page pixel."""
        self.prepareGeometryChange()
        self._rect, self._zoom = rect, zoom
        across = max(0.0, _SMALLEST_FRAME / zoom - rect.width()) / 2
        down = max(0.0, _SMALLEST_FRAME / zoom - rect.height()) / 2
        self._frame = rect.adjusted(-across, -down, across, down)
        self.show()

    def handle_at(self, place: QPointF) -> Handle | None:
        """The handle at a place on the page, or None."""
        if not self.isVisible():
            return None
        reach = _REACH / self._zoom
        for handle in self._handles():
            apart = self.centre_of(handle) - place
            if max(abs(apart.x()), abs(apart.y())) <= reach:
                return handle
        return None

    def centre_of(self, handle: Handle) -> QPointF:
        """Where a handle is drawn, in pixels of the page."""
        frame = self._frame
        return QPointF(
            frame.x() + handle[0] * frame.width(), frame.y() + handle[1] * frame.height()
        )

    def _handles(self) -> list[Handle]:
        """Corners always; the middles of sides long enough."""
        across = self._frame.width() * self._zoom >= _ROOM_FOR_MIDDLE
        down = self._frame.height() * self._zoom >= _ROOM_FOR_MIDDLE
        return [h for h in _HANDLES if (h[0] != 0.5 or across) and (h[1] != 0.5 or down)]

    def boundingRect(self) -> QRectF:
        """The frame with its handles."""
        margin = _SIDE / self._zoom
        return self._frame.adjusted(-margin, -margin, margin, margin)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """The handles."""
        side = _SIDE / self._zoom
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(screen_pen(painter, page_colours.CHOSEN, 1.5))
        painter.setBrush(QColor(page_colours.CHIP))
        for handle in self._handles():
            centre = self.centre_of(handle)
            square = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
            painter.drawRoundedRect(square, side / 4, side / 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def cursor_for(handle: Handle) -> Qt.CursorShape:
    """The pointer that says which way a handle moves."""
    if handle[0] == 0.5:
        return Qt.CursorShape.SizeVerCursor
    if handle[1] == 0.5:
        return Qt.CursorShape.SizeHorCursor
    if handle[0] == handle[1]:
        return Qt.CursorShape.SizeFDiagCursor
    return Qt.CursorShape.SizeBDiagCursor


def resized(rect: Rect, handle: Handle, dx: float, dy: float, size: tuple[float, float]) -> Rect:
    """`rect` after a handle was pulled, within a page of `size`; the opposite side stays."""
    x, w = _pulled(rect.x, rect.w, handle[0], dx, size[0])
    y, h = _pulled(rect.y, rect.h, handle[1], dy, size[1])
    return Rect(x, y, w, h)


def _pulled(
    start: float, length: float, end: float, by: float, limit: float
) -> tuple[float, float]:
    if end == 0.0:
        by = max(-start, min(by, length - MIN_SIDE))
        return start + by, length - by
    if end == 1.0:
        return start, length + min(limit - start - length, max(by, MIN_SIDE - length))
    return start, length
