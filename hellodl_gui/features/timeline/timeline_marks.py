"""Marks on the timeline: small shapes for events, told apart by form, then colour."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from hellodl_gui.theming.theme import Theme

_R = 4.5


@dataclass(frozen=True)
class TimelineMark:
    """Something that happened after mini-batch `step`, of one of `KINDS`, in words."""

    step: int
    kind: str
    text: str


Points = list[tuple[float, float]]


@dataclass(frozen=True)
class MarkStyle:
    """How a kind of mark is drawn: lines around (0, 0), its colour in a theme, filled or not.

    Of marks that lie upon each other the one with the largest `rank` is seen.
    """

    lines: tuple[Points, ...]
    colour: Callable[[Theme], str]
    rank: int
    filled: bool = True

    @cached_property
    def path(self) -> QPainterPath:
        """The lines; a single one of more than two points is closed."""
        path = QPainterPath()
        for line in self.lines:
            path.addPolygon(QPolygonF([QPointF(*point) for point in line]))
        if len(self.lines) == 1 and len(self.lines[0]) > 2:
            path.closeSubpath()
        return path


def _around(radii: tuple[float, ...]) -> Points:
    """Points at these distances from the middle, from the top on."""
    turns = [math.pi * (2 * k / len(radii) - 0.5) for k in range(len(radii))]
    return [(r * math.cos(t), r * math.sin(t)) for r, t in zip(radii, turns, strict=True)]


_DIAMOND: Points = [(0, -_R), (_R, 0), (0, _R), (-_R, 0)]
_CROSS: tuple[Points, ...] = ([(-_R, -_R), (_R, _R)], [(-_R, _R), (_R, -_R)])
_SQUARE: Points = [(-3.8, -3.8), (3.8, -3.8), (3.8, 3.8), (-3.8, 3.8)]
_BRANCH: tuple[Points, ...] = ([(-_R, _R), (0, 1), (0, -_R)], [(0, 1), (_R, _R)])
_FLAG: Points = [(-3, 5), (-3, -5), (5, -2.2), (-1.8, 0.6), (-1.8, 5)]

KINDS = {
    "epoch": MarkStyle(([(0, -_R), (0, _R)],), lambda t: t.quiet, 0, filled=False),
    "computing": MarkStyle((_around((3.6,) * 32),), lambda t: t.quiet, 1, filled=False),
    "knob": MarkStyle((_DIAMOND,), lambda t: t.curves[3], 2),
    "lesson": MarkStyle((_SQUARE,), lambda t: t.curves[4], 3),
    "unlearnt": MarkStyle((_SQUARE,), lambda t: t.curves[4], 3, filled=False),
    "finished": MarkStyle((_FLAG,), lambda t: t.good, 4),
    "fork": MarkStyle(_BRANCH, lambda t: t.accent, 5, filled=False),
    "best": MarkStyle((_around((5.6, 2.4) * 5),), lambda t: t.good, 6),
    "failed": MarkStyle(_CROSS, lambda t: t.bad, 7, filled=False),
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
    painter.drawPath(look.path)
    painter.setPen(QPen(colour, 1 if look.filled else 1.8))
    painter.setBrush(colour if look.filled else Qt.BrushStyle.NoBrush)
    painter.drawPath(look.path)
    painter.restore()
