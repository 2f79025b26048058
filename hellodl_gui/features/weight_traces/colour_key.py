"""Legend grid that shows which colour belongs to which weight of a kernel."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.controls.arrow_keys import Place
from hellodl_gui.ui.mosaic.grid_widget import GridWidget

_CELL, _GAP = 13, 2


class ColourKey(GridWidget):
    """Point at a cell, or use the arrow keys, to mean it; Escape means none.

    Attributes: `meant`, the number of that cell, or None. Signals: `changed()`.
    """

    changed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._colours: tuple[str, ...] = ()
        self._columns = 1

    def set_colours(self, colours: Sequence[str], columns: int) -> None:
        """Colours #rrggbb row by row."""
        self._colours, self._columns = tuple(colours), max(columns, 1)
        if self.meant is None:
            self.move_to(None)
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """As large as its cells."""
        (rows, columns), side = self.shape, _CELL + _GAP
        return QSize(side * max(columns, 1) + 4, side * rows + 4)

    @property
    def meant(self) -> int | None:
        """The number of the cell with the ring."""
        if self.current is None:
            return None
        number = self.current[0] * self._columns + self.current[1]
        return number if number < len(self._colours) else None

    @property
    def shape(self) -> tuple[int, int]:
        """Of the cells."""
        return -(-len(self._colours) // self._columns), min(self._columns, len(self._colours))

    def tell(self, place: Place | None) -> None:
        """Another one is meant."""
        self.changed.emit()

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is, with its gap."""
        side = _CELL + _GAP
        return QRectF(2 + column * side, 2 + row * side, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cells; what is not meant is pale while another is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, name in enumerate(self._colours):
            colour = QColor(name)
            colour.setAlpha(255 if self.meant in (None, number) else 70)
            painter.setBrush(colour)
            cell = self.cell_rect(*divmod(number, self._columns)).adjusted(0, 0, -_GAP, -_GAP)
            painter.drawRoundedRect(cell, 2.5, 2.5)
        focus_ring(painter, self, 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape means none."""
        if event.key() == Qt.Key.Key_Escape and self.current is not None:
            self.move_to(None)
        else:
            super().keyPressEvent(event)
