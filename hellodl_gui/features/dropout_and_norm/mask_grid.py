"""Grid of a layer's units; units dropped by dropout are struck through."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes

_GAP = 0.14  # of a cell
_LARGEST = 40.0


class MaskGrid(QWidget):
    """Row by row from the first number; a full cell is heard, a struck one is not."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(120, 56)
        self.setAccessibleName(tr("Outputs switched off by dropout"))
        self._kept: NDArray[np.bool_] = np.zeros(0, bool)
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(360, 140)

    def set_kept(self, kept: NDArray[np.bool_]) -> None:
        """Show which of the numbers (U,) were handed on."""
        self._kept = kept
        out = len(kept) - int(np.count_nonzero(kept))
        self.setAccessibleDescription(
            tr("{out} of {count} are crossed out").format(out=out, count=len(kept))
        )
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def _cell(self) -> tuple[float, int]:
        """Pixels of a cell and how many stand in a row: the largest with room for all."""
        count = max(len(self._kept), 1)
        wide, high = max(self.width() - 2, 1), max(self.height() - 2, 1)
        columns = max(math.ceil(math.sqrt(count * wide / high)), 1)
        while -(-count // columns) * (wide / columns) > high:
            columns += 1
        return min(wide / columns, _LARGEST), columns

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, then all strokes at once."""
        painter = QPainter(self)
        theme = themes().theme
        cell, columns = self._cell()
        columns = max(int((self.width() - 2) / cell), columns)
        inner = max(cell * (1 - _GAP), 1.0)
        full, empty, strokes = QPainterPath(), QPainterPath(), QPainterPath()
        for number, kept in enumerate(self._kept.tolist()):
            row, column = divmod(number, columns)
            x, y = 1 + column * cell, 1 + row * cell
            place = QRectF(x, y, inner, inner)
            if kept:
                full.addRect(place)
            else:
                empty.addRect(place)
                strokes.moveTo(x, y + inner)
                strokes.lineTo(x + inner, y)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(theme.curves[0]))
        painter.drawPath(full)
        painter.setBrush(QColor(mixed(theme.panel, theme.text, 0.12)))
        painter.drawPath(empty)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.bad), max(1.0, min(inner / 8, 2.0))))
        painter.drawPath(strokes)
