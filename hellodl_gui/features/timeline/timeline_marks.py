"""Marks on the timeline: small shapes for events, told apart by form, then colour."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from hellodl_gui.theming.theme import Theme

_R = 4.5


@dataclass(frozen=True)
class TimelineMark:
    """Something that happened after mini-batch `step`, of one of `KINDS`, in words."""

    step: int
    kind: str
    text: str


@dataclass(frozen=True)
class MarkStyle:
    """How a kind of mark is drawn: a path around (0, 0), its colour in a theme, filled or not.

    Of marks that lie upon each other the one with the largest `rank` is seen.
    """

    path: Callable[[], QPainterPath]
    colour: Callable[[Theme], str]
    rank: int
    filled: bool = True


@cache
def _diamond() -> QPainterPath:
    return _closed([(0, -_R), (_R, 0), (0, _R), (-_R, 0)])


@cache
def _star() -> QPainterPath:
    turns = [math.pi * (k / 5 - 0.5) for k in range(10)]
    radii = [5.6 if k % 2 == 0 else 2.4 for k in range(10)]
    return _closed([(r * math.cos(t), r * math.sin(t)) for r, t in zip(radii, turns, strict=True)])


@cache
def _cross() -> QPainterPath:
    return _strokes([(-_R, -_R), (_R, _R)], [(-_R, _R), (_R, -_R)])


@cache
def _square() -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(-3.8, -3.8, 7.6, 7.6))
    return path


@cache
def _branch() -> QPainterPath:
    return _strokes([(-_R, _R), (0, 1), (0, -_R)], [(0, 1), (_R, _R)])


@cache
def _flag() -> QPainterPath:
    return _closed([(-3, 5), (-3, -5), (5, -2.2), (-1.8, 0.6), (-1.8, 5)])


@cache
def _bar() -> QPainterPath:
    return _strokes([(0, -_R), (0, _R)])


@cache
def _ring() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(0, 0), 3.6, 3.6)
    return path


def _closed(points: list[tuple[float, float]]) -> QPainterPath:
    path = _strokes(points)
    path.closeSubpath()
    return path


def _strokes(*lines: list[tuple[float, float]]) -> QPainterPath:
    path = QPainterPath()
    for line in lines:
        path.moveTo(*line[0])
        for point in line[1:]:
            path.lineTo(*point)
    return path


KINDS = {
    "epoch": MarkStyle(_bar, lambda t: t.quiet, 0, filled=False),
    "computing": MarkStyle(_ring, lambda t: t.quiet, 1, filled=False),
    "knob": MarkStyle(_diamond, lambda t: t.curves[3], 2),
    "lesson": MarkStyle(_square, lambda t: t.curves[4], 3),
    "unlearnt": MarkStyle(_square, lambda t: t.curves[4], 3, filled=False),
    "finished": MarkStyle(_flag, lambda t: t.good, 4),
    "fork": MarkStyle(_branch, lambda t: t.accent, 5, filled=False),
    "best": MarkStyle(_star, lambda t: t.good, 6),
    "failed": MarkStyle(_cross, lambda t: t.bad, 7, filled=False),
}
"""Epoch begun, engine changed, knob turned, lesson given or taken back, goal reached, branched off
from another run, lowest loss on the test set, broken."""


def drawable_marks(
    marks: Iterable[TimelineMark], columns: Iterable[float], near: float, epochs: float
) -> list[tuple[float, TimelineMark]]:
    """Those marks that can be told apart, with their pixel `columns`, in the order to draw them.

    Of one kind none is nearer than `near` pixels to the next; epochs leave each other `epochs`
    pixels.
    """
    shown: list[tuple[float, TimelineMark]] = []
    last: dict[str, float] = {}
    for mark, x in zip(marks, columns, strict=True):
        room = epochs if mark.kind == "epoch" else near
        if x - last.get(mark.kind, -math.inf) >= room:
            last[mark.kind] = x
            shown.append((x, mark))
    return sorted(shown, key=lambda pair: KINDS[pair[1].kind].rank)


def draw_mark(painter: QPainter, kind: str, at: QPointF, theme: Theme) -> None:
    """The shape of a kind around a point, with a rim in the background's colour."""
    look = KINDS[kind]
    colour = QColor(look.colour(theme))
    painter.save()
    painter.translate(at)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.panel), 4))
    painter.drawPath(look.path())
    painter.setPen(QPen(colour, 1 if look.filled else 1.8))
    painter.setBrush(colour if look.filled else Qt.BrushStyle.NoBrush)
    painter.drawPath(look.path())
    painter.restore()
