"""Vertical marks with labels on a time axis, painted by one item."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

_ROWS = 3
_SPACE = 8


def rows_for(places: list[float], widths: list[float]) -> list[int | None]:
    """A text row for each word at an ascending pixel place, so that none runs into the next.

    The newest words are placed first; where all rows are taken an older one gets None.
    """
    starts = [float("inf")] * _ROWS
    rows: list[int | None] = [None] * len(places)
    for index in reversed(range(len(places))):
        end = places[index] + widths[index] + _SPACE
        row = next((row for row in range(_ROWS) if end <= starts[row]), None)
        if row is not None:
            starts[row] = places[index]
        rows[index] = row
    return rows


class AxisMarks(pg.GraphicsObject):
    """Dotted lines over the whole height of a plot, each with a word at its upper end."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[tuple[float, str]] = []
        self._colour = QColor()
        self._first_row = 0

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Show (x, word) pairs."""
        if marks != self._marks:
            self._marks = sorted(marks)
            self.update()

    def leave_first_row(self, leave: bool) -> None:
        """Whether the uppermost row of words is taken by others."""
        if int(leave) != self._first_row:
            self._first_row = int(leave)
            self.update()

    def set_colour(self, colour: str) -> None:
        """Of lines and words."""
        self._colour = QColor(colour)
        self.update()

    def boundingRect(self) -> QRectF:
        """All that can be seen."""
        return self.viewRect()

    def viewTransformChanged(self) -> None:
        """What can be seen is something else."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Lines and words in pixels, for the words shall not be stretched."""
        seen = self.viewRect()
        shown = [(x, word) for x, word in self._marks if seen.left() <= x <= seen.right()]
        if not shown:
            return
        transform = painter.transform()
        # The view's y axis points up: its top is the larger value.
        tops = [transform.map(QPointF(x, seen.bottom())) for x, _ in shown]
        floor = transform.map(QPointF(0, seen.top())).y()
        painter.save()
        painter.resetTransform()
        painter.setPen(QPen(self._colour, 1, Qt.PenStyle.DotLine))
        for top in tops:
            painter.drawLine(top, QPointF(top.x(), floor))
        metrics = QFontMetricsF(painter.font())
        widths = [metrics.horizontalAdvance(word) for _, word in shown]
        rows = rows_for([top.x() for top in tops], widths)
        painter.setPen(self._colour)
        for (_, word), top, row in zip(shown, tops, rows, strict=True):
            if row is not None:
                down = metrics.ascent() + (row + self._first_row) * metrics.height()
                painter.drawText(top + QPointF(4, down), word)
        painter.restore()
