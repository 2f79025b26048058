"""Legend grid that shows which colour belongs to which weight of a kernel."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hellodl_gui.ui.chart.plot_frame import focus_ring

_CELL, _GAP = 13, 2


class ColourKey(QWidget):
    """Point at a cell, or use the arrow keys, to mean it; Escape means none.

    Attributes: `meant`, the number of that cell, or None. Signals: `changed()`.
    """

    changed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.meant: int | None = None
        self._colours: tuple[str, ...] = ()
        self._columns = 1

    def set_colours(self, colours: Sequence[str], columns: int) -> None:
        """Colours #rrggbb row by row."""
        self._colours, self._columns = tuple(colours), max(columns, 1)
        if self.meant is not None and self.meant >= len(colours):
            self.mean(None)
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """As large as its cells."""
        rows = -(-len(self._colours) // self._columns)
        side = _CELL + _GAP
        return QSize(side * min(self._columns, max(len(self._colours), 1)) + 4, side * rows + 4)

    def mean(self, number: int | None) -> None:
        """Highlight a cell, or none."""
        if number != self.meant:
            self.meant = number
            self.changed.emit()
            self.update()

    def cell(self, number: int) -> QRectF:
        """Where a cell is."""
        row, column = divmod(number, self._columns)
        side = _CELL + _GAP
        return QRectF(2 + column * side, 2 + row * side, _CELL, _CELL)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cells; what is not meant is pale while another is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, name in enumerate(self._colours):
            colour = QColor(name)
            colour.setAlpha(255 if self.meant in (None, number) else 70)
            painter.setBrush(colour)
            painter.drawRoundedRect(self.cell(number), 2.5, 2.5)
        focus_ring(painter, self, 4)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Highlight what is under the pointer."""
        cells = range(len(self._colours))
        self.mean(next((n for n in cells if self.cell(n).contains(event.position())), None))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self.mean(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from cell to cell."""
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        key = Qt.Key(event.key())
        if key in moves and self._colours:
            there = 0 if self.meant is None else self.meant + moves[key]
            self.mean(min(max(there, 0), len(self._colours) - 1))
        elif key == Qt.Key.Key_Escape and self.meant is not None:
            self.mean(None)
        else:
            super().keyPressEvent(event)
