"""Histogram of the scores of two classes, with a threshold to drag."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from core.formatting import format_count, format_fixed, format_number
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Dash, Pane, Series, VerticalLine, faint

BINS = 75
_GRAB = 10
_PALE, _FULL = 80, 170  # of 255
_FINE = 500  # arrow-key steps across the plot


class ScoreHistogram(Chart):
    """How many pictures of two classes have which score, in 75 bins, and a line at `threshold`.

    A line beyond the bins stands at the edge, with its score. What lies on the wrong side of it is
    paler: an error.

    Drag the line, or move it with the arrow keys (Shift: ten times as far); Home or a double click
    on it puts it back. Ctrl+arrow walks over the bars, Enter or a click opens one.
    Signals: `moved(float)` the line's new place; `reset()` the line shall go where the rule puts
    it; `bar_clicked(float, float)` the scores between which a bar lies.
    """

    moved = Signal(float)
    reset = Signal()
    bar_clicked = Signal(float, float)
    grid = False

    def __init__(self) -> None:
        words = tr("score: image · weights, before the bias · pale: errors")
        across = Axis(words, apart=90, ends=(-1.0, 1.0))
        self._up = Axis(text=lambda count: format_count(int(count)), apart=34)
        pane = Pane(self._up, tr("pictures"))
        name = tr("Histogram of scores with a draggable threshold")
        super().__init__(name, across, pane, least=(220, 140), hint=(460, 280))
        self.threshold = 0.0
        self._names = ("", "")
        self._edges = self.bins = np.linspace(-1, 1, BINS + 1)
        self._counts = np.zeros((2, BINS))

    def set_scores(
        self, scores: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, str]
    ) -> None:
        """Scores (N,) before the bias, and their classes 0 and 1."""
        self._names = names
        if len(scores):
            low, high = (float(v) for v in np.quantile(scores, (0.001, 0.999)))
            margin = max((high - low) * 0.06, 1e-3)
            self._edges = self.bins = np.linspace(low - margin, high + margin, BINS + 1)
            self.across.first, self.across.last = low - margin, high + margin
            self._counts = np.stack(
                [np.histogram(scores[labels == side], self._edges)[0] for side in (0, 1)]
            ).astype(float)
            self._up.last = max(float(self._counts.max()), 1.0) * 1.05
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """Where the line stands; left of it is the first class."""
        self.threshold = threshold
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Bars of both classes."""
        theme, left, right = themes().theme, self._edges[:-1], self._edges[1:]
        above = ((left + right) / 2 > self.threshold).tolist()
        for side, role in enumerate((theme.negative, theme.positive)):
            pale, full = faint(role, _PALE), faint(role, _FULL)
            colours = [pale if one != bool(side) else full for one in above]
            yield BarSeries(left, right, self._counts[side], colours, gap=0.5)
        if self.line_x() == self.across.x_of(self.threshold):
            yield VerticalLine(self.threshold, theme.text, 2)

    def line_x(self) -> float:
        """The pixel column of the line: at the edge where its score lies beyond."""
        area = self.panes[0].area
        return min(max(self.across.x_of(self.threshold), area.left()), area.right())

    def paint_over(self, painter: QPainter) -> None:
        """The line's handle, and on its sides what it tells apart."""
        theme, area, x = themes().theme, self.panes[0].area, self.line_x()
        painter.setPen(QPen(QColor(theme.text), 1))
        painter.setBrush(QColor(theme.accent if self.hasFocus() or self._held else theme.text))
        painter.drawRoundedRect(QRectF(x - 5, area.center().y() - 14, 10, 28), 4, 4)
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        if x != self.across.x_of(self.threshold):
            painter.setPen(QPen(QColor(theme.text), 2, Dash.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            first, text = x <= area.left(), format_number(self.threshold)
            where = QRectF(x + 8 if first else x - 128, area.bottom() - 22, 120, 18)
            painter.drawText(where, left if first else right, f"◀ {text}" if first else f"{text} ▶")
        painter.setPen(QColor(theme.negative))
        words = tr("◀ {0}").format(self._names[0])
        painter.drawText(QRectF(x - 120, 2, 110, 18), right, words)
        painter.setPen(QColor(theme.positive))
        painter.drawText(QRectF(x + 10, 2, 110, 18), left, tr("{0} ▶").format(self._names[1]))

    # -- the line -----------------------------------------------------------------------------

    def _near_line(self, position: QPointF) -> bool:
        return abs(position.x() - self.line_x()) <= _GRAB

    def take(self, position: QPointF) -> bool:
        """The line."""
        return self._near_line(position)

    def drag(self, position: QPointF) -> None:
        """Move the line."""
        self._move(self.across.value_at(position.x()))

    def step(self, by: int) -> None:
        """Move the line a little."""
        whole = float(self._edges[-1] - self._edges[0])
        self._move(self.threshold + by * whole / _FINE)

    def _move(self, score: float) -> None:
        self.threshold = float(min(max(score, self._edges[0]), self._edges[-1]))
        self.moved.emit(self.threshold)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Put the line back; beside it, show everything."""
        if self._near_line(event.position()):
            self._held, self._grabbed = False, None
            self.reset.emit()
        else:
            super().mouseDoubleClickEvent(event)

    # -- the bars -----------------------------------------------------------------------------

    def reading_at(self, position: QPointF) -> float | None:
        """A bar with something in it, beside the line."""
        near = self._near_line(position)
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
        number = None if near else super().reading_at(position)
        return number if number is not None and self._counts[:, int(number)].any() else None

    def choose(self, reading: float) -> None:
        """Open a bar."""
        number = int(reading)
        self.bar_clicked.emit(float(self._edges[number]), float(self._edges[number + 1]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """With Ctrl the arrows walk over the bars with something in them; Home resets the line."""
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and key in ways:
            filled = np.flatnonzero(self._counts.any(axis=0))
            here = -1 if self.reading is None else self.reading
            ahead = filled[filled > here] if ways[key] > 0 else filled[filled < here][::-1]
            if len(ahead):
                self.read_at(int(ahead[0]))
        elif key == Qt.Key.Key_Home and not self.across.zoomed:
            self.reset.emit()
        else:
            super().keyPressEvent(event)

    def sentence(self) -> str:
        """What a bar holds."""
        number = int(self.reading or 0)
        first, second = self._counts[:, number]
        return tr("{low} to {high}: {first} × “{a}”, {second} × “{b}”. Click to see them.").format(
            low=format_fixed(self._edges[number], 2),
            high=format_fixed(self._edges[number + 1], 2),
            first=format_count(first),
            second=format_count(second),
            a=self._names[0],
            b=self._names[1],
        )


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _make() -> ScoreHistogram:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 2, 2000).astype(np.uint8)
        shown = ScoreHistogram()
        scores = rng.normal(np.where(labels == 1, 6, -5), 3)
        shown.set_scores(scores.astype(np.float32), labels, ("3", "7"))
        return shown

    show(_make)
