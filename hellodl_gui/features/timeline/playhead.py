"""Playhead of the timeline, pointer mark and replay progress, painted on each update."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from hellodl_gui.features.timeline.timeline_picture import LANE
from hellodl_gui.theming.theme import Theme
from hellodl_gui.ui.chart.time_axis import TimeAxis

_VEIL = 150
_HEAD = ((-6, 0), (6, 0), (6, 5), (0, 11), (-6, 5))


@dataclass(frozen=True)
class PlayheadState:
    """`at`, the step that is shown, None at the live edge; `hover`, the step below the pointer;
    `relived`, where a fork is and where it goes.
    """

    at: int | None
    hover: float | None
    relived: tuple[int, int] | None


def draw_playhead(
    painter: QPainter, moving: PlayheadState, axis: TimeAxis, floor: float, theme: Theme
) -> None:
    """Above a picture of the run, whose snapshots lie at `floor`; what is to come is dimmed."""
    left, right = axis.left, axis.left + axis.width
    x = axis.x_of(axis.last if moving.at is None else moving.at)
    if moving.at is not None and x < right:
        veil = QColor(theme.window)
        veil.setAlpha(_VEIL)
        begin = max(x, left)
        painter.fillRect(QRectF(begin, LANE, right + 6 - begin, floor - LANE), veil)
    if moving.relived is not None:
        there, goal = (min(max(axis.x_of(s), left), right) for s in moving.relived)
        painter.fillRect(QRectF(there, LANE, goal - there, 3), QColor(theme.line))
        painter.fillRect(QRectF(left, LANE, there - left, 3), QColor(theme.good))
    if moving.hover is not None:
        at = axis.x_of(moving.hover)
        painter.setPen(QPen(QColor(theme.quiet), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(at, 2), QPointF(at, floor))
    if left - 1 <= x <= right + 1:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.drawLine(QPointF(x, 8), QPointF(x, floor))
        painter.setPen(QPen(QColor(theme.panel), 1))
        painter.setBrush(QColor(theme.accent))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, 1 + dy) for dx, dy in _HEAD]))
