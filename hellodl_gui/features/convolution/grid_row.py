"""Row of number matrices with operators between them, all cells equally large."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from hellodl_gui.ui.mosaic.number_grid import NumberGrid

_SIGN, _EDGE, _LARGEST = 16, 2, 56
_TINY = 13  # with squares smaller than this
_SMALL, _READABLE = 5, 20  # a matrix of so few rows keeps squares of so many pixels
_GAP = 4


class GridRow(QWidget):
    """`grids` from left to right, headed by their names and sizes; `signs` stand between them.

    All have squares of one size, but for small matrices beside large ones.
    """

    def __init__(self, grids: list[NumberGrid], signs: list[str]) -> None:
        super().__init__()
        self._grids = grids
        self._sizes: list[tuple[int, ...]] = [grid.shape for grid in grids]
        self._heads = [self._label("quiet") for _ in grids]
        self._signs = [self._label("title") for _ in signs]
        for label, sign in zip(self._signs, signs, strict=True):
            label.setText(sign)
        for grid in grids:
            grid.setParent(self)
        self.setMinimumSize(200, 110)

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setProperty("role", role)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return label

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(560, 260)

    def arrange(self, sizes: Sequence[tuple[int, ...]]) -> None:
        """Fit the matrices as they are now; `sizes` (rows, columns) stand above them."""
        self._sizes = list(sizes)
        self._place()

    def _cells(self, line: int) -> list[int]:
        """The pixels of each matrix's squares."""
        shapes = [grid.shape for grid in self._grids]
        free = self.width() - _SIGN * len(self._signs) - 2 * _EDGE - _GAP * len(shapes)
        down = max(max(high for high, _ in shapes), 1)
        cell = self._cell(free, sum(wide for _, wide in shapes), self.height() - line - _GAP, down)
        small = [max(shape) <= _SMALL for shape in shapes]
        if cell < _TINY and any(small) and not all(small):
            kept = sum(shape[1] for shape, is_small in zip(shapes, small, strict=True) if is_small)
            wide = sum(shape[1] for shape in shapes) - kept
            cell = self._cell(free - _READABLE * kept, wide, self.height() - line - _GAP, down)
        return [_READABLE if one and cell < _TINY else cell for one in small]

    @staticmethod
    def _cell(width: int, columns: int, height: int, rows: int) -> int:
        fits = min(width / max(columns, 1), height / rows)
        return min(max(math.floor(fits), 2), _LARGEST)

    def _place(self) -> None:
        line = self.fontMetrics().lineSpacing() + 4
        cells = self._cells(line)
        widths = [
            cell * grid.shape[1] + _GAP for cell, grid in zip(cells, self._grids, strict=True)
        ]
        heights = [
            cell * grid.shape[0] + _GAP for cell, grid in zip(cells, self._grids, strict=True)
        ]
        x = max((self.width() - sum(widths) - _SIGN * len(self._signs)) // 2, 0)
        tall = max(heights)
        top = max((self.height() - tall - line) // 2, 0) + line
        for place, (grid, head) in enumerate(zip(self._grids, self._heads, strict=True)):
            wide, high = widths[place], heights[place]
            grid.setGeometry(x, top + (tall - high) // 2, wide, high)
            # A heading may be wider than a small matrix, but not run into the next one.
            room = wide + 2 * _SIGN - _GAP
            head.setText(self._heading(place, room))
            head.setGeometry(x + (wide - room) // 2, grid.y() - line, room, line)
            head.setVisible(bool(grid.shape[0]))
            if place < len(self._signs):
                self._signs[place].setGeometry(x + wide, top, _SIGN, tall)
            x += wide + _SIGN

    def _heading(self, place: int, room: int) -> str:
        size = " × ".join(str(length) for length in self._sizes[place][:2])
        text = f"{self._grids[place].accessibleName()} {size}"
        return text if self.fontMetrics().horizontalAdvance(text) <= room else size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other sizes, other squares."""
        super().resizeEvent(event)
        self._place()
