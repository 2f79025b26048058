"""Annotations of a plot: how far a curve leaves it, or why it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from core.formatting import format_number, format_percent

Array = NDArray[np.float64]

_EDGE, _APART = 3, 10


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


class PlotAnnotations(pg.UIGraphicsItem):
    """Painted in pixels over the curves."""

    def __init__(self) -> None:
        super().__init__()
        self._leaving: tuple[OffscaleCurve, ...] = ()
        self._sentence = ""
        self._colour, self._ground = QColor(), QColor()
        self.setZValue(10)

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
        if not self._leaving and not self._sentence:
            return
        area = painter.transform().mapRect(self.viewRect())
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        metrics = QFontMetricsF(painter.font())
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
