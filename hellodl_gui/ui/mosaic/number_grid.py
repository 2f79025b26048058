"""Grid of a small matrix: coloured cells with numbers, to point at and to edit."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from core.formatting import format_number, parse_number
from core.inspect.zoom.number_text import short_number
from core.translation import tr
from hellodl_gui.theming.palette import diverging, text_on
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import Place
from hellodl_gui.ui.controls.inputs import NumberEdit
from hellodl_gui.ui.mosaic.grid_widget import GridWidget

_SMALLEST_NUMBER = 7  # pixels of type
_LARGEST = 1e6
_FILL = 0.96  # so much of a square may be taken by its number
_SHADE = 0.55  # full colour would shout at the numbers on it


class NumberGrid(GridWidget):
    """Shows (h, w) numbers; orange is positive, blue negative.

    `frame` zeros around it (above, left, height, width of what is inside) are drawn faintly. An
    `editable` grid takes numbers: type over the current square, or double-click it; Enter keeps
    the number, Escape the old one.
    Attributes: `current`, row and column of the square with the ring.
    Signals: `pointed(int, int)` another square got the ring; `edited(int, int, float)`;
    `refused(str)` what was typed is no number.
    """

    pointed = Signal(int, int)
    edited = Signal(int, int, float)
    refused = Signal(str)

    def __init__(self, name: str, editable: bool = False) -> None:
        super().__init__(name)
        self.setMinimumSize(24, 24)
        self._editable = editable
        self._numbers: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._inside: tuple[int, int, int, int] | None = None
        self._window: tuple[int, int, int, int] | None = None
        self._known = -1
        self._most = 0.0
        self._texts: list[str] = []
        self._box = NumberEdit(parent=self)
        self._box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box.setAccessibleName(tr("{name}: number").format(name=name))
        self._box.hide()
        self._box.editingFinished.connect(self._take)
        self._box.escaped.connect(self._keep)

    def sizeHint(self) -> QSize:
        """Squares of a comfortable size."""
        high, wide = self._numbers.shape
        return QSize(36 * max(wide, 1), 36 * max(high, 1))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._numbers.shape[0], self._numbers.shape[1]

    def set_numbers(
        self, numbers: NDArray[np.float32], inside: tuple[int, int, int, int] | None = None
    ) -> None:
        """Show these; `inside` (above, left, height, width) says which are no zeros put around."""
        self._box.hide()
        self._numbers, self._inside = numbers, inside
        self._most = float(np.abs(numbers).max(initial=0.0))
        self._texts = [short_number(float(value)) for value in numbers.ravel()]
        self.update()

    def set_window(self, window: tuple[int, int, int, int] | None) -> None:
        """Put a frame around rows and columns (top, left, height, width)."""
        if window != self._window:
            self._window = window
            self.update()

    def set_known(self, count: int) -> None:
        """Show only the first so many numbers, row by row; -1 for all."""
        if count != self._known:
            self._known = count
            self.update()

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a number is drawn."""
        high, wide = max(self._numbers.shape[0], 1), max(self._numbers.shape[1], 1)
        cell = max(math.floor(min((self.width() - 4) / wide, (self.height() - 4) / high)), 1)
        left, top = (self.width() - cell * wide) // 2, (self.height() - cell * high) // 2
        return QRectF(left + column * cell, top + row * cell, cell, cell)

    def _is_inside(self, row: int, column: int) -> bool:
        if self._inside is None:
            return True
        top, left, high, wide = self._inside
        return top <= row < top + high and left <= column < left + wide

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Squares, numbers where they can be read, the window and the ring."""
        if not self._numbers.size:
            return
        painter = QPainter(self)
        theme = themes().theme
        high, wide = self._numbers.shape
        lut = diverging(theme)
        cell = self.cell_rect(0, 0).width()
        font = painter.font()
        # As large as the longest number allows.
        longest = max(self._texts, key=len)
        font.setPixelSize(100)
        painter.setFont(font)
        room = 100 * _FILL * cell / max(painter.fontMetrics().horizontalAdvance(longest), 1)
        pixels = int(min(room, cell * 0.46, 20))
        readable = pixels >= _SMALLEST_NUMBER
        font.setPixelSize(max(pixels, 1))
        painter.setFont(font)
        line, quiet = QColor(theme.line), QColor(theme.quiet)
        for row in range(high):
            for column in range(wide):
                index = row * wide + column
                rect = self.cell_rect(row, column)
                known = self._known < 0 or index < self._known
                level = float(self._numbers[row, column]) / self._most if self._most else 0.0
                shade = 128 + int(127 * _SHADE * level) if math.isfinite(level) and known else 128
                red, green, blue = (int(c) for c in lut[shade][:3])
                colour = QColor(red, green, blue)
                painter.fillRect(rect, colour)
                inside = self._is_inside(row, column)
                if cell >= 8:
                    painter.setPen(line)
                    painter.drawRect(rect.adjusted(0, 0, -0.5, -0.5))
                if readable and known:
                    painter.setPen(text_on(colour) if inside else quiet)
                    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._texts[index])
        if self._inside is not None:
            painter.setPen(QPen(quiet, 1, Qt.PenStyle.DashLine))
            painter.drawRect(self.area_rect(*self._inside))
        self._paint_marks(painter)

    def _paint_marks(self, painter: QPainter) -> None:
        accent = QColor(themes().theme.accent)
        if self._window is not None:
            painter.setPen(QPen(accent, 3))
            painter.drawRect(self.area_rect(*self._window))
        if self.current is not None and (self._window is None or self.hasFocus()):
            painter.setPen(QPen(accent, 2, Qt.PenStyle.SolidLine))
            painter.drawRect(self.cell_rect(*self.current).adjusted(1, 1, -1, -1))

    # -- pointer and keys ---------------------------------------------------------------------

    def tell(self, place: Place | None) -> None:
        """Where the ring is."""
        if place is not None:
            self.pointed.emit(*place)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """The ring of a grid that cannot be changed follows the pointer."""
        if not self._editable:
            self._point(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The ring stays where it is."""

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Put the ring on a square."""
        self._point(event)

    def _point(self, event: QtGui.QMouseEvent) -> bool:
        """Put the ring under the pointer; False where there is no square."""
        place = self.cell_at(event.position())
        if place is not None:
            self.move_to(place)
        return place is not None

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        """Change a number."""
        if self._editable and self._point(event):
            self._open()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """A number is typed over the one the ring is on; arrows move it."""
        typed = event.text()
        if not self._editable or self.current is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self._open()
        elif typed and typed in "0123456789-−.,":
            self._open(typed)
        else:
            super().keyPressEvent(event)

    def _open(self, typed: str = "") -> None:
        """Let the number under the ring be changed, beginning with what was typed."""
        if self.current is None or not self._is_inside(*self.current):
            return
        rect = self.cell_rect(*self.current)
        wide = max(rect.width(), 64.0)
        left = min(max(rect.center().x() - wide / 2, 0), self.width() - wide)
        high = max(rect.height(), 26.0)
        self._box.setGeometry(int(left), int(rect.center().y() - high / 2), int(wide), int(high))
        value = float(self._numbers[self.current])
        self._box.setText(typed or format_number(value, 7))
        self._box.show()
        self._box.setFocus()
        if not typed:
            self._box.selectAll()

    def _take(self) -> None:
        """Keep what was typed, if it is a number."""
        if self._box.isHidden() or self.current is None:
            return
        text = self._box.text().strip()
        self._box.hide()
        self.setFocus()
        try:
            value = parse_number(text, -_LARGEST, _LARGEST)
            if abs(value) > _LARGEST:
                raise ValueError
        except ValueError:
            self.refused.emit(
                tr("“{text}” is not a number from −1,000,000 to 1,000,000.").format(text=text)
            )
            return
        if np.float32(value) != self._numbers[self.current]:
            self.edited.emit(*self.current, value)

    def _keep(self) -> None:
        """Escape keeps the old number."""
        self._box.hide()
        self.setFocus()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """What is being typed would stand in the wrong place."""
        self._box.hide()
        super().resizeEvent(event)
