"""Grid widget: base of widgets with rows and columns of squares, by pointer and arrow keys."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import Place, walked_to


class GridWidget(QWidget):
    """A subclass has a `shape`, says where a cell is, paints it, and tells of the one reached.

    Attributes: `current`, row and column of the cell with the ring; None for none.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.current: Place | None = None
        themes().changed.connect(self.update)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        raise NotImplementedError

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn."""
        raise NotImplementedError

    def tell(self, place: Place | None) -> None:
        """Another cell got the ring, or none."""
        raise NotImplementedError

    def area_rect(self, top: int, left: int, height: int, width: int) -> QRectF:
        """Where so many rows and columns are drawn."""
        last = self.cell_rect(top + height - 1, left + width - 1)
        return self.cell_rect(top, left).united(last)

    def cell_at(self, position: QPointF) -> Place | None:
        """The cell at a place in the widget; None beside them."""
        rows, columns = self.shape
        if not rows or not columns:
            return None
        first = self.cell_rect(0, 0)
        row = int((position.y() - first.y()) // first.height())
        column = int((position.x() - first.x()) // first.width())
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def set_current(self, place: Place | None) -> None:
        """Put the ring on a cell without telling of it."""
        if place != self.current:
            self.current = place
            self.update()

    def move_to(self, place: Place | None) -> None:
        """Put the ring on a cell."""
        if place != self.current:
            self.set_current(place)
            self.tell(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The ring follows the pointer."""
        self.move_to(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """No ring without a pointer."""
        self.move_to(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the ring."""
        there = walked_to(event.key(), self.current, self.shape)
        if there is not None:
            self.move_to(there)
        else:
            super().keyPressEvent(event)
