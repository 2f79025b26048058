"""Readout line: a title and coloured values that may change often without a new layout."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hellodl_gui.theming.theme_manager import themes

_LINES = 2
_DIGITS = re.compile("[0-9]")


class ReadoutLine(QWidget):
    """As many values as there is room for in two lines, the second only where it is needed; “…”
    where some are left out, which the tool tip says.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._said: list[tuple[str, str]] = []
        self._outline: tuple[object, ...] = ()
        self._lines = 1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def say(self, said: Sequence[tuple[str, str]]) -> None:
        """Show (words, colour) after the title."""
        if list(said) != self._said:
            self._said = list(said)
            self._make_room()
            self.update()

    def _make_room(self) -> None:
        """A second line, or none: decided anew where words change, not where only digits do."""
        outline = (self.width(), *(_DIGITS.sub("0", words) for words, _ in self._said))
        if outline == self._outline:
            return
        self._outline = outline
        places = self._places()
        lines = min(places[-1][1] + 1, _LINES) if places else 1
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def _places(self) -> list[tuple[float, int]]:
        """Where each value begins, and in which line."""
        metrics, found = self.fontMetrics(), []
        x, line = float(QFontMetrics(self._bold()).horizontalAdvance(self._title)), 0
        gap = metrics.horizontalAdvance("   ")
        for words, _ in self._said:
            wide = metrics.horizontalAdvance(words)
            if x + gap + wide > self.width() and x > 0:
                x, line = -gap, line + 1
            x += gap
            found.append((x, line))
            x += wide
        return found

    def _bold(self) -> QFont:
        bold = QFont(self.font())
        bold.setBold(True)
        return bold

    def sizeHint(self) -> QSize:
        """One line, or two."""
        return QSize(0, self._lines * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other words have room."""
        self._make_room()

    def event(self, event: QEvent) -> bool:
        """All values as a tool tip."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip("\n".join(words for words, _ in self._said))
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """One after the other."""
        painter = QPainter(self)
        theme, metrics = themes().theme, self.fontMetrics()
        painter.setFont(self._bold())
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(0, metrics.ascent()), self._title)
        painter.setFont(self.font())
        places = self._places()
        rows = max(min(self.height() // max(metrics.height(), 1), _LINES), 1)
        for (words, colour), (x, line) in zip(self._said, places, strict=True):
            if line >= rows:
                painter.setPen(QColor(theme.text))
                right = QRectF(0, (rows - 1) * metrics.height(), self.width(), metrics.height())
                painter.drawText(right, Qt.AlignmentFlag.AlignRight, "…")
                return
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(x, line * metrics.height() + metrics.ascent()), words)
