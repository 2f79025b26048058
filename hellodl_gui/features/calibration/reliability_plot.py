"""Reliability diagram: accuracy and number of predictions by confidence."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.formatting import format_fixed
from core.inspect.calibration import ReliabilityDiagram
from core.translation import tr
from hellodl_gui.theming.colour_scales import mixed
from hellodl_gui.theming.theme_manager import themes

_LEFT, _RIGHT, _TOP, _FOOT = 42, 10, 8, 36
_COUNTS = 0.2  # of the height belongs to the counts
_HEAD = 15  # pixels above the counts, for figures
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


class ReliabilityPlot(QWidget):
    """Bars are accuracies; on the dashed diagonal they would be as high as the mean confidence.

    Left and right move from bin to bin. Signals: `hovered(str)`, empty for nothing.
    """

    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(170, 96)
        self.setAccessibleName(tr("Reliability diagram"))
        self.current: int | None = None
        self._found: ReliabilityDiagram | None = None
        self._threshold = 0.0
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Nearly square."""
        return QSize(340, 320)

    def set_reliability(self, found: ReliabilityDiagram) -> None:
        """Show this one."""
        self._found = found
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """From where on is answered."""
        self._threshold = threshold
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        """Where accuracies stand."""
        free = self.height() - _TOP - _FOOT
        high = max(free * (1 - _COUNTS) - _HEAD, 1)
        return QRectF(_LEFT, _TOP, max(self.width() - _LEFT - _RIGHT, 1), high)

    def bin_rect(self, number: int) -> QRectF:
        """The column of a bin, from top to bottom."""
        area = self._area()
        wide = area.width() / (len(self._found.counts) if self._found else 1)
        return QRectF(area.left() + number * wide, 0, wide, self.height() - _FOOT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, gaps to the diagonal, counts, the threshold."""
        if self._found is None:
            return
        painter, theme, area = QPainter(self), themes().theme, self._area()
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for share in _TICKS:
            y = area.bottom() - share * area.height()
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.quiet))
            painter.drawText(QRectF(0, y - 8, _LEFT - 5, 16), right, f"{share:.0%}")
        self._paint_bars(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.text), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        self._paint_counts(painter, area)
        foot = self.height() - _FOOT
        for share in _TICKS:
            x = area.left() + share * area.width()
            place = QRectF(x - 20, foot + 2, 40, 14)
            if share == 1:
                place.moveRight(self.width())
            painter.setPen(QColor(theme.quiet))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{share:.0%}")
        words = QRectF(area.left(), foot + 17, area.width(), 16)
        painter.drawText(
            words,
            Qt.AlignmentFlag.AlignCenter,
            tr("x: confidence, y: accuracy · red: overconfident, green: underconfident"),
        )
        if self._threshold > 0:
            x = area.left() + self._threshold * area.width()
            painter.setPen(QPen(QColor(theme.doubt), 2))
            painter.drawLine(QPointF(x, _TOP), QPointF(x, foot))
        if self.current is not None:
            painter.setPen(QPen(QColor(theme.text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.bin_rect(self.current).adjusted(1, 2, -1, -1), 3, 3)

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        """Accuracy in full; what it lacks to the confidence, or has beyond it, as a frame."""
        assert self._found is not None
        theme = themes().theme
        for number, (right, sure) in enumerate(
            zip(self._found.accuracy, self._found.confidence, strict=True)
        ):
            if np.isnan(right):
                continue
            column = self.bin_rect(number).adjusted(2, 0, -2, 0)
            base = area.bottom()
            bar = QRectF(column.left(), base - right * area.height(), column.width(), 0)
            bar.setBottom(base)
            painter.fillRect(bar, QColor(theme.accent))
            level = base - sure * area.height()
            gap = QRectF(column.left(), min(level, bar.top()), column.width(), 0)
            gap.setBottom(max(level, bar.top()))
            colour = theme.bad if sure > right else theme.good
            below = theme.panel if sure > right else theme.accent
            painter.fillRect(gap, QColor(mixed(below, colour, 0.45)))
            painter.setPen(QPen(QColor(colour), 1))
            painter.drawRect(gap)

    def _paint_counts(self, painter: QPainter, area: QRectF) -> None:
        assert self._found is not None
        theme, counts = themes().theme, self._found.counts
        # The root, so that few answers are seen beside many.
        high = np.sqrt(counts / max(int(counts.max(initial=1)), 1))
        base = self.height() - _FOOT
        room = base - area.bottom() - _HEAD - 4
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.quiet))
        for number, count in enumerate(counts.tolist()):
            column = self.bin_rect(number).adjusted(2, 0, -2, 0)
            tall = max(room * float(high[number]), 1 if count else 0)
            painter.fillRect(
                QRectF(column.left(), base - tall, column.width(), tall), QColor(theme.quiet)
            )
            text = f"{count:,}" if count < 10_000 else f"{format_fixed(count / 1000, 0)}k"
            if metrics.horizontalAdvance(text) <= column.width() + 3:
                place = QRectF(column.left() - 4, base - tall - 14, column.width() + 8, 13)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(theme.line))
        painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))

    # -- pointer and keys ---------------------------------------------------------------------

    def _move_to(self, number: int | None) -> None:
        if number == self.current or self._found is None:
            return
        self.current = number
        self.update()
        self.hovered.emit("" if number is None else self._sentence(number))

    def _sentence(self, number: int) -> str:
        assert self._found is not None
        found = self._found
        low, high, count = found.edges[number], found.edges[number + 1], int(found.counts[number])
        if not count:
            return tr("No predictions with confidence {low:.0%} to {high:.0%}").format(
                low=low, high=high
            )
        shape = tr(
            "{count:,} predictions with confidence {low:.0%} to {high:.0%}: mean "
            "confidence {sure:.1%}, accuracy {right:.1%}"
        )
        return shape.format(
            count=count, low=low, high=high, sure=found.confidence[number],
            right=found.accuracy[number],
        )  # fmt: skip

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what lies under the pointer."""
        bins = len(self._found.counts) if self._found else 0
        at = event.position()
        here = [n for n in range(bins) if self.bin_rect(n).contains(at)]
        self._move_to(here[0] if here else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._move_to(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps and self._found is not None:
            last = len(self._found.counts) - 1
            there = last if self.current is None else self.current + steps[key]
            self._move_to(min(max(there, 0), last))
        else:
            super().keyPressEvent(event)
