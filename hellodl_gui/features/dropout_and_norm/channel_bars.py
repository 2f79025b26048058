"""Bar chart of one value per channel, up or down from zero."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line, plot_area
from hellodl_gui.ui.chart.ticks import number_text, round_numbers

_LEFT, _RIGHT, _TOP, _FOOT = 44, 8, 24, 6


class ChannelBars(QWidget):
    """Point at a bar, or use the arrow keys, to read it.

    Attributes: `reading`, the channel that is read, None for none.
    Signals: `read(object)`, another one.
    """

    read = Signal(object)

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(140, 56)
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.reading: int | None = None
        self._title = title
        self._values: NDArray[np.float32] = np.zeros(0, np.float32)
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(360, 110)

    def set_values(self, values: NDArray[np.float32]) -> None:
        """Show these (C,)."""
        self._values = values
        if self.reading is not None and self.reading >= len(values):
            self.read_at(None)
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        return plot_area(self, _LEFT, _TOP, _RIGHT, _FOOT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, axis, bars."""
        painter = QPainter(self)
        theme, area = themes().theme, self._area()
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(2, 13), self._title)
        finite = self._values[np.isfinite(self._values)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        if high <= low:
            high = low + 1.0

        def y_of(value: float) -> float:
            return area.bottom() - (value - low) / (high - low) * area.height()

        for mark in round_numbers(low, high, max(int(area.height() / 26), 2)):
            horizontal_line(painter, area, y_of(mark), number_text(mark))
        wide = area.width() / max(len(self._values), 1)
        zero = y_of(0.0)
        for number, value in enumerate(self._values.tolist()):
            if not np.isfinite(value):
                continue
            colour = theme.positive if value > 0 else theme.negative
            if number == self.reading:
                colour = theme.text
            y = y_of(value)
            left = area.left() + number * wide
            bar = QRectF(left, min(y, zero), max(wide - (1 if wide > 4 else 0), 1), abs(y - zero))
            painter.fillRect(bar, QColor(colour))
        painter.setPen(QColor(theme.quiet))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        focus_ring(painter, self)

    # -- pointer and keys ---------------------------------------------------------------------

    def read_at(self, channel: int | None) -> None:
        """Read a channel, or none."""
        if channel != self.reading:
            self.reading = channel
            self.read.emit(channel)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read what is under the pointer."""
        area = self._area()
        share = (event.position().x() - area.left()) / area.width()
        inside = len(self._values) and 0 <= share < 1
        self.read_at(int(share * len(self._values)) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from channel to channel, Escape reads no more."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in moves and len(self._values):
            there = 0 if self.reading is None else self.reading + moves[key]
            self.read_at(min(max(there, 0), len(self._values) - 1))
        elif key == Qt.Key.Key_Escape and self.reading is not None:
            self.read_at(None)
        else:
            super().keyPressEvent(event)
