"""Parallel coordinates: one line per run; drag on an axis to filter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_number
from core.knobs import Knob
from core.training.metrics import Metric
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes

_TOP, _BOTTOM, _SIDE = 30, 22, 46
_NEAR = 8.0  # pixels
_LEAST_BAND = 4.0


@dataclass(frozen=True)
class ParallelAxis:
    """One knob or result: its name, the values (N,) of all runs, and how two ends are written.

    `log`: the values lie on a logarithmic scale. `ends` are the texts at the bottom and the top.
    """

    name: str
    values: NDArray[np.float64]
    ends: tuple[str, str]
    log: bool = False

    def places(self) -> NDArray[np.float64]:
        """Where the values lie between 0 and 1 (N,); NaN where there is none."""
        values = np.log(self.values) if self.log else self.values
        finite = values[np.isfinite(values)]
        if not len(finite):
            return np.full(len(values), np.nan)
        low, high = float(finite.min()), float(finite.max())
        if high <= low:
            return np.where(np.isfinite(values), 0.5, np.nan)
        return (values - low) / (high - low)


def knob_axis(knob: Knob, values: Sequence[float]) -> ParallelAxis:
    """The values (N,) of a knob, NaN where a run has none."""
    found = np.array(values, np.float64)
    known = found[np.isfinite(found)]
    low, high = (known.min(), known.max()) if len(known) else (knob.low, knob.high)
    ends = knob.text(float(low)), knob.text(float(high))
    return ParallelAxis(tr(knob.label), found, ends, knob.scale == "log")


def metric_axis(metric: Metric, values: Sequence[float]) -> ParallelAxis:
    """The values (N,) of a metric, or of the loss, NaN where they are not known.

    What is better the lower it is, lies on a logarithmic scale where it can.
    """
    found = np.array(values, np.float64)
    known = found[np.isfinite(found)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    up = metric.better == "up"
    name = tr("{metric} ↑ good") if up else tr("{metric} ↓ good")
    ends = [f"{end:.1%}" if metric.percent else format_number(end, 3) for end in (low, high)]
    log = not up and bool(len(known)) and low > 0
    return ParallelAxis(name.format(metric=tr(metric.name)), found, (ends[0], ends[1]), log)


class ParallelCoordinates(QWidget):
    """The last axis is the result and colours the lines, from poor to good.

    A drag along an axis keeps the runs within it, a click on the axis lets all pass again; a click
    on a line chooses the run.
    Signals: `kept_changed()`, `chosen(int)`. Attributes: `bands`, per axis (low, high) or none.
    """

    kept_changed = Signal()
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Settings against result"))
        self.setToolTip(
            tr(
                "One line per run. Drag along an axis to show only the runs in that "
                "range; click the axis to clear it. Click a line to select its run."
            )
        )
        self.setMouseTracking(True)
        self.setMinimumHeight(140)
        self.bands: dict[int, tuple[float, float]] = {}
        self._axes: tuple[ParallelAxis, ...] = ()
        self._places: NDArray[np.float64] = np.empty((0, 0))
        self._better_high = True
        self._hovered = -1
        self._drag: tuple[int, float] | None = None
        themes().changed.connect(self.update)

    def set_axes(self, axes: Sequence[ParallelAxis], better_high: bool) -> None:
        """Show these; of the last one high values are good, or low ones."""
        if [axis.name for axis in axes] != [axis.name for axis in self._axes]:
            self.bands.clear()
        self._axes = tuple(axes)
        self._better_high = better_high
        places = [axis.places() for axis in axes]
        self._places = np.array(places) if places else np.empty((0, 0))
        self.update()

    def kept(self) -> NDArray[np.bool_]:
        """Which runs pass all bands (N,)."""
        count = self._places.shape[1] if len(self._axes) else 0
        kept = np.ones(count, bool)
        for axis, (low, high) in self.bands.items():
            places = self._places[axis]
            kept &= (places >= low) & (places <= high)
        return kept

    # -- geometry -----------------------------------------------------------------------------

    def _x(self, axis: int) -> float:
        gaps = max(len(self._axes) - 1, 1)
        return _SIDE + (self.width() - 2 * _SIDE) * axis / gaps

    def _y(self, place: float) -> float:
        return self.height() - _BOTTOM - place * (self.height() - _TOP - _BOTTOM)

    def _place(self, y: float) -> float:
        room = max(self.height() - _TOP - _BOTTOM, 1)
        return min(max((self.height() - _BOTTOM - y) / room, 0.0), 1.0)

    def _lines(self) -> NDArray[np.float64]:
        """The corners of all lines in pixels (N, axes, 2)."""
        xs = np.array([self._x(axis) for axis in range(len(self._axes))])
        ys = self.height() - _BOTTOM - self._places * (self.height() - _TOP - _BOTTOM)
        return np.stack([np.broadcast_to(xs[:, None], ys.shape), ys], axis=-1).transpose(1, 0, 2)

    def _axis_at(self, x: float) -> int | None:
        for axis in range(len(self._axes)):
            if abs(self._x(axis) - x) <= _NEAR:
                return axis
        return None

    def _line_at(self, point: QPointF) -> int:
        """The line nearest to a point, −1 where none is near."""
        if len(self._axes) < 2 or not self._places.shape[1]:
            return -1
        lines = self._lines()
        xs = lines[0, :, 0]
        left = int(np.clip(np.searchsorted(xs, point.x()) - 1, 0, len(xs) - 2))
        share = (point.x() - xs[left]) / (xs[left + 1] - xs[left])
        ys = lines[:, left, 1] + share * (lines[:, left + 1, 1] - lines[:, left, 1])
        away = np.where(np.isfinite(ys) & self.kept(), np.abs(ys - point.y()), np.inf)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _NEAR else -1

    # -- painting -----------------------------------------------------------------------------

    def _colour(self, result: float) -> QColor:
        theme = themes().theme
        if not np.isfinite(result):
            return QColor(theme.quiet)
        good = result if self._better_high else 1 - result
        low, high = QColor(theme.negative), QColor(theme.positive)
        return QColor.fromRgbF(
            low.redF() + (high.redF() - low.redF()) * good,
            low.greenF() + (high.greenF() - low.greenF()) * good,
            low.blueF() + (high.blueF() - low.blueF()) * good,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines first, the chosen one over them, then axes with their words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = themes().theme
        if len(self._axes) < 2 or not self._places.shape[1]:
            painter.setPen(QColor(theme.quiet))
            words = tr("Runs of one chapter with different settings appear here as lines.")
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(20, 0, -20, 0), flags, words)
            return
        lines, kept = self._lines(), self.kept()
        order = np.argsort(np.nan_to_num(self._places[-1] * (1 if self._better_high else -1)))
        for number in order:
            self._draw_line(painter, lines[number], int(number), bool(kept[number]))
        if 0 <= self._hovered < len(lines):
            self._draw_line(painter, lines[self._hovered], self._hovered, True, 3.0)
        for axis in range(len(self._axes)):
            self._draw_axis(painter, axis)

    def _draw_line(
        self, painter: QPainter, line: NDArray[np.float64], number: int, kept: bool,
        thick: float = 1.5,
    ) -> None:  # fmt: skip
        painter.setPen(self.pen(number, kept, thick))
        painter.drawPolyline([QPointF(x, y) for x, y in line if np.isfinite(y)])

    def pen(self, number: int, kept: bool, thick: float) -> QPen:
        """How a run's line is drawn; faintly where it is not kept."""
        colour = self._colour(float(self._places[-1, number]))
        colour.setAlpha(230 if kept else 28)
        return QPen(colour, thick)

    def _draw_axis(self, painter: QPainter, number: int) -> None:
        theme, axis, x = themes().theme, self._axes[number], self._x(number)
        painter.setPen(QPen(QColor(theme.line), 2))
        painter.drawLine(QPointF(x, self._y(0)), QPointF(x, self._y(1)))
        if number in self.bands:
            low, high = self.bands[number]
            colour = QColor(theme.accent)
            colour.setAlpha(90)
            painter.fillRect(QRectF(x - 6, self._y(high), 12, self._y(low) - self._y(high)), colour)
        wide = (self.width() - 2 * _SIDE) / max(len(self._axes) - 1, 1)
        metrics = painter.fontMetrics()
        for text, top, role in (
            (axis.name, 0.0, theme.text),
            (axis.ends[1], 14.0, theme.quiet),
            (axis.ends[0], self.height() - _BOTTOM + 2.0, theme.quiet),
        ):
            painter.setPen(QColor(role))
            room = max(min(wide, 2 * _SIDE), 20)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
            left = min(max(x - room / 2, 2), self.width() - room - 2)
            painter.drawText(
                QRectF(left, top, room, metrics.height()), Qt.AlignmentFlag.AlignCenter, shown
            )

    # -- pointer ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On an axis a band begins, elsewhere a run is chosen."""
        axis = self._axis_at(event.position().x())
        if axis is not None:
            self._drag = axis, event.position().y()
        elif (line := self._line_at(event.position())) >= 0:
            self.chosen.emit(line)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the band, or light up the line under the pointer."""
        if self._drag is not None:
            axis, start = self._drag
            ends = sorted((self._place(start), self._place(event.position().y())))
            if abs(event.position().y() - start) >= _LEAST_BAND:
                self.bands[axis] = ends[0], ends[1]
                self.kept_changed.emit()
            self.update()
            return
        hovered = self._line_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag lets all pass again."""
        if self._drag is None:
            return
        (axis, start), self._drag = self._drag, None
        if abs(event.position().y() - start) < _LEAST_BAND and axis in self.bands:
            del self.bands[axis]
            self.kept_changed.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No line is lit any more."""
        self._hovered = -1
        self.update()
