"""pyqtgraph axes for values and mini-batches, with at least three round ticks."""

import math

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from core.formatting import format_count, format_number
from hellodl_gui.ui.chart.ticks import ratio_numbers, round_numbers, share_text

_APART_X, _APART_Y = 90, 30  # pixels between two numbers
_GAP, _EDGE = 10, 9


class ValueAxis(pg.AxisItem):
    """Values, in percent if asked; by their logarithm where the plot is logarithmic."""

    def __init__(self, percent: bool = False) -> None:
        super().__init__("left")
        self._percent = percent

    def boundingRect(self) -> QRectF:
        """With room for the numbers at both ends."""
        return super().boundingRect().adjusted(0, -_EDGE, 0, _EDGE)

    def tickValues(self, first: float, last: float, size: float) -> list[tuple[float, list[float]]]:
        """At least three."""
        low, high = sorted((first, last))
        if not high > low:
            return []
        most, values = max(int(size / _APART_Y), 3), list[float]()
        while len(values) < 3 and most < 30:
            values = (
                [math.log10(value) for value in ratio_numbers(low, high, most)]
                if self.logMode
                else round_numbers(low, high, most)
            )
            most += 2
        return [(1.0, values)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Text of each tick."""
        if self.logMode:
            return [format_number(10**value, 3) for value in values]
        if self._percent:
            return [share_text(value) for value in values]
        return [format_number(value) for value in values]


class StepAxis(pg.AxisItem):
    """Mini-batches, whole ones; the last word of the line is what is counted."""

    def __init__(self, name: str) -> None:
        super().__init__("bottom")
        self.setStyle(hideOverlappingLabels=False)
        self._name = name

    def tickValues(self, first: float, last: float, size: float) -> list[tuple[float, list[float]]]:
        """Whole numbers only."""
        low, high = sorted((first, last))
        if not high > low:
            return []
        values = round_numbers(low, high, max(int(size / _APART_X), 2))
        return [(1.0, [value for value in values if value == int(value)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """With separators."""
        return [format_count(round(value)) for value in values]

    def drawPicture(
        self,
        painter: QPainter,
        axis: object,
        ticks: object,
        texts: list[tuple[QRectF, object, str]],
    ) -> None:
        """Numbers give way to the name."""
        wide = painter.fontMetrics().horizontalAdvance(self._name)
        box = self.mapRectFromParent(self.geometry())
        place = QRectF(box.right() - wide - 2, box.top(), wide, box.height() - 1)
        if texts:
            row = texts[0][0]
            place = QRectF(place.x(), row.y(), wide, row.height())
        free = [spec for spec in texts if spec[0].right() + _GAP <= place.left()]
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        free.append((place, flags, self._name))
        super().drawPicture(painter, axis, ticks, free)
