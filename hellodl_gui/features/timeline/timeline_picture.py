"""Cached picture of the timeline: curve, snapshots, marks, axis."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from core.training.metrics import Metric
from core.translation import tr
from hellodl_gui.features.timeline.timeline_marks import TimelineMark, draw_mark, drawable_marks
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme import Theme
from hellodl_gui.ui.chart.time_axis import TimeAxis

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

LANE = 15.0  # pixels at the top for the marks
_TICKS = 7.0  # below the curve for snapshots and checkpoints
_NEAR, _EPOCHS = 5.0, 26.0
_GAP = 8  # pixels between a number and the name of the axis
_FAINT = 140
_EVERY = 3  # pixels between the points of the test set's curve
_EMPTY = np.empty(0)
_NO_STEPS: Steps = np.empty(0, np.int64)


@dataclass
class TimelineCurves:
    """What was measured: of every mini-batch (N,), and at every look at the test set (E,).

    Steps ascend; what is not known is NaN. `metrics` are those that are told of, `values` (N,) and
    `tested_values` (E,) are theirs by key, where they have any.
    """

    steps: Array = field(default_factory=_EMPTY.copy)
    epoch: Array = field(default_factory=_EMPTY.copy)
    loss: Array = field(default_factory=_EMPTY.copy)
    tested: Array = field(default_factory=_EMPTY.copy)
    tested_loss: Array = field(default_factory=_EMPTY.copy)
    metrics: tuple[Metric, ...] = ()
    values: Mapping[str, Array] = field(default_factory=dict)
    tested_values: Mapping[str, Array] = field(default_factory=dict)


@dataclass
class TimelineContent:
    """Everything that is drawn; `moments` and `checkpoints` ascend, `marks` too by their step."""

    curves: TimelineCurves = field(default_factory=TimelineCurves)
    moments: Steps = field(default_factory=_NO_STEPS.copy)
    checkpoints: Steps = field(default_factory=_NO_STEPS.copy)
    marks: list[TimelineMark] = field(default_factory=list)


def snapshot_line_y(size: QSize, font: QFont) -> float:
    """The height at which the line of snapshots lies, above the numbers of the axis."""
    return size.height() - QFontMetricsF(axis_font(font)).height() - 2


def axis_font(font: QFont) -> QFont:
    """The font of the axis."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(font.pointSizeF() * 0.85, 6.5))
    return smaller


def render_timeline(
    content: TimelineContent, axis: TimeAxis, size: QSize, ratio: float, theme: Theme, font: QFont
) -> tuple[QPixmap, list[tuple[float, TimelineMark]]]:
    """The picture, `ratio` device pixels to a pixel, and the marks seen with their columns."""
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(axis_font(font))
        floor = snapshot_line_y(size, font)
        _paint_ground(painter, axis, floor, theme)
        curve = QRectF(axis.left, LANE, axis.width, floor - _TICKS - LANE)
        _paint_curves(painter, content.curves, axis, curve, ratio, theme)
        _paint_ticks(painter, content, axis, floor, theme)
        _paint_axis(painter, axis, floor, size.height(), theme)
        seen = [mark for mark in content.marks if axis.low <= mark.step <= axis.high]
        columns = axis.xs_of(np.array([mark.step for mark in seen], np.float64)).tolist()
        shown = drawable_marks(seen, columns, _NEAR, _EPOCHS)
        line = QColor(theme.line)
        for x, mark in shown:
            if mark.kind == "epoch":
                painter.setPen(QPen(line, 1))
                painter.drawLine(QPointF(x, LANE), QPointF(x, floor - _TICKS))
        for x, mark in shown:
            draw_mark(painter, mark.kind, QPointF(x, LANE / 2), theme)
    return pixmap, shown


def _paint_ground(painter: QPainter, axis: TimeAxis, floor: float, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(QRectF(axis.left - 6, 0.5, axis.width + 12, floor + 1), 5, 5)


def _paint_ticks(
    painter: QPainter, content: TimelineContent, axis: TimeAxis, floor: float, theme: Theme
) -> None:
    """A short line where weights were kept, a longer one where a run can be gone on with at once.

    Those that fall on one pixel are drawn once.
    """
    for steps, height, colour in (
        (content.moments, _TICKS - 4, theme.quiet),
        (content.checkpoints, _TICKS, theme.accent),
    ):
        inside = steps[(steps >= axis.low) & (steps <= axis.high)]
        xs = np.unique(np.floor(axis.xs_of(inside))) + 0.5
        painter.setPen(QPen(QColor(colour), 1))
        ticks = QPainterPath()  # drawLines of a list can crash in PySide
        for x in xs.tolist():
            ticks.moveTo(x, floor - height)
            ticks.lineTo(x, floor)
        painter.drawPath(ticks)


def _paint_axis(
    painter: QPainter, axis: TimeAxis, floor: float, height: float, theme: Theme
) -> None:
    metrics = QFontMetricsF(painter.font())
    widest = metrics.horizontalAdvance(f"{int(axis.high):,}") + 18
    painter.setPen(QColor(theme.quiet))
    name = tr("mini-batch")
    end = axis.left + axis.width + 6 - metrics.horizontalAdvance(name)
    painter.drawText(QPointF(end, height - metrics.descent()), name)
    for step in axis.ticks(widest):
        x, text = axis.x_of(step), f"{step:,}"
        wide = metrics.horizontalAdvance(text)
        left = max(x - wide / 2, axis.left - 6)
        if left + wide + _GAP > end:
            continue
        painter.drawLine(QPointF(x, floor), QPointF(x, floor + 2))
        painter.drawText(QPointF(left, height - metrics.descent()), text)


def _paint_curves(
    painter: QPainter,
    curves: TimelineCurves,
    axis: TimeAxis,
    area: QRectF,
    ratio: float,
    theme: Theme,
) -> None:
    """Training as a faint band from the smallest to the largest loss, the test set as a line."""
    columns = max(int(area.width() * ratio), 1)
    lows, highs = loss_band(curves.steps, curves.loss, axis.edges(columns))
    tested = (curves.tested >= axis.low) & (curves.tested <= axis.high)
    xs, ys = axis.xs_of(curves.tested[tested]), _logarithm(curves.tested_loss[tested])
    known = np.concatenate([lows, highs, ys])
    known = known[np.isfinite(known)]
    if not len(known):
        return
    bottom, top = np.quantile(known, (0.002, 0.998))
    scale = (area.height() - 4) / max(top - bottom, 0.05)

    def heights(values: Array) -> Array:
        """Pixels below the upper edge of the area."""
        below = area.height() - 2 - (values - bottom) * scale
        return np.asarray(np.clip(below, 1, area.height() - 1), np.float64)

    image = _band_image(
        heights(highs) * ratio, heights(lows) * ratio, int(area.height() * ratio), theme.curves[0]
    )
    image.setDevicePixelRatio(ratio)
    painter.drawImage(area.topLeft(), image)
    keep = np.isfinite(ys)
    xs, ys = xs[keep], heights(ys[keep]) + area.top()
    if not len(xs):
        return
    spots = np.unique(np.floor(xs / _EVERY), return_index=True)[1]
    points = [QPointF(x, y) for x, y in zip(xs[spots].tolist(), ys[spots].tolist(), strict=True)]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.curves[1]), 1.5))
    painter.drawPolyline(QPolygonF(points))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.curves[1]))
    for point in points if len(points) * 4 * _EVERY < area.width() else points[-1:]:
        painter.drawEllipse(point, 1.8, 1.8)


def loss_band(steps: Array, values: Array, edges: Array) -> tuple[Array, Array]:
    """Logarithms of the smallest and largest of the values (N,) between each two edges (K + 1,).

    Where no step falls between two edges the line between its neighbours is taken; beyond the
    first and the last step it is NaN.
    """
    columns = len(edges) - 1
    lows, highs = np.full(columns, np.nan), np.full(columns, np.nan)
    if not len(steps):
        return lows, highs
    ends = np.searchsorted(steps, edges)
    starts, stops = ends[:-1], ends[1:]
    filled = np.flatnonzero(stops > starts)
    if len(filled):
        begin = starts[filled] - ends[0]
        inside = values[ends[0] : ends[-1]]
        lows[filled] = np.fmin.reduceat(inside, begin)
        highs[filled] = np.fmax.reduceat(inside, begin)
    empty = np.flatnonzero(stops == starts)
    if len(empty) and len(steps) > 1:
        middles = (edges[empty] + edges[empty + 1]) / 2
        near = slice(max(int(ends[0]) - 1, 0), int(ends[-1]) + 1)
        lows[empty] = highs[empty] = np.interp(
            middles, steps[near], values[near], left=np.nan, right=np.nan
        )
    # A column reaches to the one before it, so that single steps become a line and not dots.
    both = 1 + np.flatnonzero(np.isfinite(lows[1:]) & np.isfinite(lows[:-1]))
    joined = np.minimum(lows[both], highs[both - 1]), np.maximum(highs[both], lows[both - 1])
    lows[both], highs[both] = joined
    return _logarithm(lows), _logarithm(highs)


def _logarithm(values: Array) -> Array:
    """Natural logarithm, NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.maximum(values, 1e-12))
    return np.where(np.isfinite(logs), logs, np.nan)


def _band_image(tops: Array, bottoms: Array, height: int, colour: str) -> QImage:
    """Columns filled between two heights (W,), at least a pixel high, with soft ends."""
    middle, half = (tops + bottoms) / 2, np.maximum((bottoms - tops) / 2, 0.6)
    rows = np.arange(max(height, 1), dtype=np.float32)[:, None] + 0.5
    with np.errstate(invalid="ignore"):
        cover = np.clip(half + 0.5 - np.abs(rows - middle), 0, 1)
    alpha = (np.nan_to_num(cover) * _FAINT).astype(np.uint32)
    red, green, blue = rgb(colour)
    pixels = alpha << 24
    for channel, place in ((red, 16), (green, 8), (blue, 0)):
        pixels |= (alpha * channel // 255) << place
    pixels = np.ascontiguousarray(pixels)
    high, wide = pixels.shape
    return QImage(
        pixels.data, wide, high, wide * 4, QImage.Format.Format_ARGB32_Premultiplied
    ).copy()
