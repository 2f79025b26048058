"""Annotations of a plot: marks at steps, how far a curve leaves it, or why it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from core.formatting import format_number, format_percent

Array = NDArray[np.float64]

_EDGE, _APART = 3, 10
_ROWS, _SPACE = 3, 8


@dataclass(frozen=True)
class OffscaleCurve:
    """At `x` a curve of this colour leaves the plot, upwards or downwards; `text` says how far."""

    x: float
    text: str
    colour: str
    up: bool = True


def offscale_curves(
    curves: Sequence[tuple[Array, Array, str]], low: float, high: float, percent: bool
) -> tuple[OffscaleCurve, ...]:
    """Where curves (xs, ys, colour) leave a plot from `low` to `high` furthest, worst first.

    Shares, in `percent`, leave it downwards, all else upwards.
    """
    found = []
    for xs, ys, colour in curves:
        if not np.isfinite(ys).any():
            continue
        worst = int(np.nanargmin(ys) if percent else np.nanargmax(ys))
        value = float(ys[worst])
        if not low <= value <= high:
            text = f"{format_percent(value)} ↓" if percent else f"{format_number(value, 2)} ↑"
            found.append((value, OffscaleCurve(float(xs[worst]), text, colour, not percent)))
    found.sort(key=lambda one: one[0], reverse=not percent)
    return tuple(one for _, one in found)


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


class PlotAnnotations(pg.UIGraphicsItem):
    """Painted in pixels over the curves: a mark is a dotted line over the whole height with a word
    at its upper end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[tuple[float, str]] = []
        self._leaving: tuple[OffscaleCurve, ...] = ()
        self._sentence = ""
        self._colour, self._ground = QColor(), QColor()
        self.setZValue(10)

    @property
    def first_row(self) -> int:
        """The uppermost row of words that a mark may have: others may be there."""
        return int(any(one.up for one in self._leaving))

    def set_marks(self, marks: list[tuple[float, str]]) -> None:
        """Show (x, word) pairs."""
        if marks != self._marks:
            self._marks = sorted(marks)
            self.update()

    def set_notes(self, leaving: tuple[OffscaleCurve, ...], sentence: str = "") -> None:
        """What leaves the plot, and a sentence for its middle; empty for none."""
        if (leaving, sentence) != (self._leaving, self._sentence):
            self._leaving, self._sentence = leaving, sentence
            self.update()

    def set_colours(self, colour: str, ground: str) -> None:
        """Of the sentence, and of what lies under words."""
        self._colour, self._ground = QColor(colour), QColor(ground)
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """In pixels, for words shall not be stretched."""
        if not self._leaving and not self._sentence and not self._marks:
            return
        area = painter.transform().mapRect(self.viewRect())
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        metrics = QFontMetricsF(painter.font())
        self._paint_marks(painter, area, transform, metrics)
        taken: list[QRectF] = []
        for one in self._leaving:
            wide, high = metrics.horizontalAdvance(one.text), metrics.height()
            x = transform.map(QPointF(one.x, 0)).x()
            left = min(max(x - wide / 2, area.left() + _EDGE), area.right() - wide - _EDGE)
            top = area.top() + _EDGE if one.up else area.bottom() - high - _EDGE
            place = QRectF(left, top, wide, high)
            if any(place.adjusted(-_APART, 0, _APART, 0).intersects(other) for other in taken):
                continue
            taken.append(place)
            painter.fillRect(place.adjusted(-2, 0, 2, 0), self._ground)
            painter.setPen(QColor(one.colour))
            painter.drawText(QPointF(left, top + metrics.ascent()), one.text)
        if self._sentence:
            painter.setPen(self._colour)
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, int(middle), self._sentence)
        painter.restore()

    def _paint_marks(
        self, painter: QPainter, area: QRectF, transform: QTransform, metrics: QFontMetricsF
    ) -> None:
        places = [(transform.map(QPointF(x, 0)).x(), word) for x, word in self._marks]
        seen = [(x, word) for x, word in places if area.left() <= x <= area.right()]
        painter.setPen(QPen(self._colour, 1, Qt.PenStyle.DotLine))
        for x, _ in seen:
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        rows = rows_for([x for x, _ in seen], [metrics.horizontalAdvance(w) for _, w in seen])
        painter.setPen(self._colour)
        for (x, word), row in zip(seen, rows, strict=True):
            if row is not None:
                down = metrics.ascent() + (row + self.first_row) * metrics.height()
                painter.drawText(QPointF(x + 4, area.top() + down), word)
