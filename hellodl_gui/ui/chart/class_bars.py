"""Bar chart of the number of images per class; a click opens a class."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes

_MARGIN, _FOOT, _HEAD = 12, 22, 20
_WIDEST = 64
_GAP = 0.22  # of a bar's place
_ROOM_FOR_COUNT = 34


class ClassBars(QWidget):
    """Bars stand for the first set; where there is a second, a slimmer one stands before each.

    Arrow keys move from bar to bar, Enter or a click opens one.
    Signals: `picked(int)` a class; `hovered(str)` what lies under the pointer, empty for nothing.
    """

    picked = Signal(int)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(tr("Pictures of each class"))
        self.current: int | None = None
        self._counts: NDArray[np.int64] = np.zeros((1, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(420, 240)

    def set_counts(self, counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
        """Show counts (S, C) of the sets' classes."""
        self._counts, self._classes, self.current = counts, classes, None
        self.update()

    def bar_rect(self, label: int) -> QRectF:
        """The place of a class, from top to bottom."""
        count = max(len(self._classes), 1)
        wide = min((self.width() - 2 * _MARGIN) / count, _WIDEST)
        left = (self.width() - wide * count) / 2
        return QRectF(left + label * wide, 0, wide, self.height())

    def _on_theme(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, names below, counts above where there is room."""
        painter = QPainter(self)
        theme = themes().theme
        high = self.height() - _FOOT - _HEAD
        top = self._top()
        center = Qt.AlignmentFlag.AlignCenter
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        line = QRectF(_MARGIN, _HEAD + high, self.width() - 2 * _MARGIN, 1)
        painter.fillRect(line, QColor(theme.line))
        every = self._every(metrics.horizontalAdvance("00") + 4)
        for label, name in enumerate(self._classes):
            place = self.bar_rect(label)
            gap = place.width() * _GAP / 2
            for number, colour in enumerate((theme.accent, theme.curves[1])[: len(self._counts)]):
                tall = high * int(self._counts[number, label]) / top
                slim = number * place.width() * 0.25
                bar = place.adjusted(gap + slim, 0, -gap - slim, 0)
                bar.setTop(_HEAD + high - tall)
                bar.setBottom(_HEAD + high)
                painter.fillRect(bar, QColor(colour))
            here = label == self.current
            if here:
                painter.setPen(QPen(QColor(theme.text), 1))
                painter.drawRoundedRect(place.adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
            painter.setPen(QColor(theme.text if here else theme.quiet))
            words = self._figure(label)
            if place.width() >= max(_ROOM_FOR_COUNT, metrics.horizontalAdvance(words)):
                tall = high * int(self._counts[:, label].max()) / top
                painter.drawText(QRectF(place.x(), _HEAD + high - tall - 18, place.width(), 16),
                                 center, words)  # fmt: skip
            if label % every == 0 or here:
                foot = QRectF(place.x(), self.height() - _FOOT, place.width(), _FOOT)
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(place.width()))
                painter.drawText(foot, center, shown if len(name) > 2 else name)

    def _every(self, room: int) -> int:
        """Each how many-th name is written: single letters need little room."""
        longest = max((len(name) for name in self._classes), default=1)
        wide = self.bar_rect(0).width()
        return 1 if longest == 1 or wide >= room else int(np.ceil(room / max(wide, 1)))

    def _at(self, position: QPointF) -> int | None:
        for label in range(len(self._classes)):
            if self.bar_rect(label).contains(position):
                return label
        return None

    def _move_to(self, label: int | None) -> None:
        if label == self.current:
            return
        self.current = label
        self.update()
        if label is None:
            self.hovered.emit("")
            return
        self.hovered.emit(self._sentence(label))

    def _top(self) -> int:
        """The count of a bar as high as there is room."""
        return max(int(self._counts.max(initial=1)), 1)

    def _figure(self, label: int) -> str:
        """What stands above a bar."""
        return f"{int(self._counts[0, label]):,}"

    def _sentence(self, label: int) -> str:
        """What a bar says."""
        counts = [f"{int(count):,}" for count in self._counts[:, label]]
        shape = (
            tr("“{name}”: {first} in the training set, {second} in the test set")
            if len(counts) > 1
            else tr("“{name}”: {first} pictures")
        )
        return shape.format(name=self._classes[label], first=counts[0], second=counts[-1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what lies under the pointer."""
        self._move_to(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._move_to(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open a class."""
        label = self._at(event.position())
        if label is not None and event.button() is Qt.MouseButton.LeftButton:
            self.picked.emit(label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, Enter opens."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key, last = Qt.Key(event.key()), len(self._classes) - 1
        if key in steps and last >= 0:
            there = 0 if self.current is None else self.current + steps[key]
            self._move_to(min(max(there, 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.picked.emit(self.current)
        else:
            super().keyPressEvent(event)


def _demo() -> None:
    from hellodl_gui.ui.demo import show

    def make() -> ClassBars:
        shown = ClassBars()
        counts = np.random.default_rng(0).integers(3000, 5000, (2, 26)) // np.array([[1], [6]])
        shown.set_counts(counts, tuple("abcdefghijklmnopqrstuvwxyz"))
        return shown

    show(make)


if __name__ == "__main__":
    _demo()
