"""Histogram of the scores of two classes, with a threshold to drag."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_count, format_fixed, format_number
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.ticks import number_text, round_numbers

BINS = 75
_TICK = 90  # pixels that a number on the axis may take
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 30, 34
_EDGE = 12  # pixels, as wide as the margin of the words above
_TICK_Y = 34  # pixels between two numbers of pictures
_GRAB = 10


class ScoreHistogram(QWidget):
    """How many pictures of two classes have which score, in 75 bins, and a line at `threshold`.

    A line beyond the bins stands at the edge, with its score. What lies on the wrong side of it is
    paler: an error.

    Drag the line, or move it with the arrow keys (Shift: ten times as far); Home or a double click
    on it puts it back. Ctrl+arrow walks over the bars, Enter or a click opens one.
    Signals: `moved(float)` the line's new place; `reset()` the line shall go where the rule puts
    it; `bar_clicked(float, float)` the scores between which a bar lies; `hovered(str)`.
    """

    moved = Signal(float)
    reset = Signal()
    bar_clicked = Signal(float, float)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(220, 140)
        self.setAccessibleName(tr("Histogram of scores with a draggable threshold"))
        self.threshold = 0.0
        self._names = ("", "")
        self._edges = np.linspace(-1, 1, BINS + 1)
        self._counts = np.zeros((2, BINS))
        self._bin = -1
        self._dragging = False
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(460, 280)

    def set_scores(
        self, scores: NDArray[np.float32], labels: NDArray[np.uint8], names: tuple[str, str]
    ) -> None:
        """Scores (N,) before the bias, and their classes 0 and 1."""
        self._names = names
        if len(scores):
            low, high = (float(v) for v in np.quantile(scores, (0.001, 0.999)))
            margin = max((high - low) * 0.06, 1e-3)
            self._edges = np.linspace(low - margin, high + margin, BINS + 1)
            self._counts = np.stack(
                [np.histogram(scores[labels == side], self._edges)[0] for side in (0, 1)]
            ).astype(float)
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """Where the line stands; left of it is the first class."""
        self.threshold = threshold
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def x_of(self, score: float) -> float:
        """The pixel column of a score."""
        share = (score - self._edges[0]) / (self._edges[-1] - self._edges[0])
        return _LEFT + share * (self.width() - _LEFT - _RIGHT)

    def _score_at(self, x: float) -> float:
        share = (x - _LEFT) / max(self.width() - _LEFT - _RIGHT, 1)
        return float(self._edges[0] + share * (self._edges[-1] - self._edges[0]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, axis, line and legend."""
        painter = QPainter(self)
        theme = themes().theme
        floor = self.height() - _BOTTOM
        top = max(float(self._counts.max()), 1.0) * 1.05
        self._paint_counts(painter, floor, top)
        middles = (self._edges[:-1] + self._edges[1:]) / 2
        for side in (0, 1):
            colour = QColor(theme.negative if side == 0 else theme.positive)
            for index in range(BINS):
                height = self._counts[side, index] / top * (floor - _TOP)
                if height <= 0:
                    continue
                left, right = self.x_of(self._edges[index]), self.x_of(self._edges[index + 1])
                wrong = (middles[index] > self.threshold) != bool(side)
                colour.setAlpha(230 if index == self._bin else 80 if wrong else 170)
                painter.fillRect(QRectF(left, floor - height, right - left - 0.5, height), colour)
        painter.setPen(QColor(theme.line))
        painter.drawLine(QPointF(_LEFT, floor), QPointF(self.width() - _RIGHT, floor))
        painter.setPen(QColor(theme.quiet))
        most = max(self.width() // _TICK, 2)
        for score in round_numbers(float(self._edges[0]), float(self._edges[-1]), most):
            painter.drawText(
                QRectF(self.x_of(score) - _TICK / 2, floor + 2, _TICK, 16),
                Qt.AlignmentFlag.AlignCenter,
                number_text(score),
            )
        painter.drawText(
            QRectF(0, self.height() - 16, self.width(), 16),
            Qt.AlignmentFlag.AlignCenter,
            self.axis_words(),
        )
        self._paint_line(painter, floor)

    def axis_words(self) -> str:
        """What the axis counts, cut with “…” where it would not fit."""
        words = tr("score: image · weights, before the bias · pale: errors")
        room = self.width() - 2 * _EDGE
        return self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)

    def _paint_counts(self, painter: QPainter, floor: float, top: float) -> None:
        """The axis of pictures."""
        theme = themes().theme
        room = floor - _TOP
        for count in round_numbers(0, top, max(int(room / _TICK_Y), 2)):
            if count != int(count):
                continue
            y = floor - count / top * room
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(_LEFT - 4, y), QPointF(_LEFT, y))
            painter.setPen(QColor(theme.quiet))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, _LEFT - 7, 16), flags, format_count(int(count)))
        painter.setPen(QColor(theme.quiet))
        painter.drawText(QRectF(_EDGE, 4, 120, 16), Qt.AlignmentFlag.AlignLeft, tr("pictures"))

    def line_x(self) -> float:
        """The pixel column of the line: at the edge where its score lies beyond."""
        return min(max(self.x_of(self.threshold), _LEFT), self.width() - _RIGHT)

    def _paint_line(self, painter: QPainter, floor: float) -> None:
        theme = themes().theme
        x = self.line_x()
        outside = x != self.x_of(self.threshold)
        style = Qt.PenStyle.DashLine if outside else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(theme.text), 2, style))
        painter.drawLine(QPointF(x, _TOP - 6), QPointF(x, floor))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.accent if self.hasFocus() or self._dragging else theme.text))
        painter.drawRoundedRect(QRectF(x - 5, (_TOP + floor) / 2 - 14, 10, 28), 4, 4)
        if outside:
            painter.setPen(QColor(theme.text))
            left = x <= _LEFT
            text = format_number(self.threshold)
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            where = QRectF(x + 8 if left else x - 128, floor - 22, 120, 18)
            painter.drawText(where, side, f"◀ {text}" if left else f"{text} ▶")
        first, second = self._names
        painter.setPen(QColor(theme.negative))
        painter.drawText(
            QRectF(x - 120, 4, 110, 20), Qt.AlignmentFlag.AlignRight, tr("◀ {0}").format(first)
        )
        painter.setPen(QColor(theme.positive))
        painter.drawText(
            QRectF(x + 10, 4, 110, 20), Qt.AlignmentFlag.AlignLeft, tr("{0} ▶").format(second)
        )

    def _near_line(self, position: QPointF) -> bool:
        return abs(position.x() - self.line_x()) <= _GRAB

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the line, or open a bar."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._near_line(event.position()):
            self._dragging = True
        else:
            self._light(self._bar_at(event.position()))
            self._open()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line, or light up a bar."""
        if self._dragging:
            self._move(self._score_at(event.position().x()))
            return
        near = self._near_line(event.position())
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
        self._light(-1 if near else self._bar_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the line go."""
        self._dragging = False
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Put the line back."""
        if self._near_line(event.position()):
            self._dragging = False
            self.reset.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._light(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the line or walk over the bars; Home puts it back, Enter opens a bar."""
        step = (self._edges[-1] - self._edges[0]) / 500
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= 10
        walks = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left if walks:
                self._walk(-1)
            case Qt.Key.Key_Right if walks:
                self._walk(1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._bin >= 0:
                self._open()
            case Qt.Key.Key_Left:
                self._move(self.threshold - float(step))
            case Qt.Key.Key_Right:
                self._move(self.threshold + float(step))
            case Qt.Key.Key_Home:
                self.reset.emit()
            case _:
                super().keyPressEvent(event)

    def _move(self, score: float) -> None:
        self.threshold = float(min(max(score, self._edges[0]), self._edges[-1]))
        self.moved.emit(self.threshold)
        self.update()

    def _bar_at(self, position: QPointF) -> int:
        """The bar with something in it below the pointer, or -1."""
        index = int(np.searchsorted(self._edges, self._score_at(position.x()), side="right")) - 1
        return index if 0 <= index < BINS and self._counts[:, index].any() else -1

    def _walk(self, direction: int) -> None:
        """Light up the next bar with something in it."""
        filled = np.flatnonzero(self._counts.any(axis=0))
        ahead = filled[filled > self._bin] if direction > 0 else filled[filled < self._bin]
        if len(ahead):
            self._light(int(ahead[0] if direction > 0 else ahead[-1]))

    def _open(self) -> None:
        if self._bin >= 0:
            self.bar_clicked.emit(float(self._edges[self._bin]), float(self._edges[self._bin + 1]))

    def _light(self, index: int) -> None:
        if index == self._bin:
            return
        self._bin = index
        self.update()
        if index < 0:
            self.hovered.emit("")
            return
        first, second = self._counts[:, index]
        self.hovered.emit(
            tr("{low} to {high}: {first} × “{a}”, {second} × “{b}”. Click to see them.").format(
                low=format_fixed(self._edges[index], 2),
                high=format_fixed(self._edges[index + 1], 2),
                first=format_count(first),
                second=format_count(second),
                a=self._names[0],
                b=self._names[1],
            )
        )


def _demo() -> None:
    from hellodl_gui.ui.demo import show

    def make() -> ScoreHistogram:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 2, 2000).astype(np.uint8)
        shown = ScoreHistogram()
        scores = rng.normal(np.where(labels == 1, 6, -5), 3)
        shown.set_scores(scores.astype(np.float32), labels, ("3", "7"))
        return shown

    show(make)


if __name__ == "__main__":
    _demo()
