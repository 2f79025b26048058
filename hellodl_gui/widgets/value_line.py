"""A title and coloured values in one line, which may change often: nothing around it moves."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hellodl_gui.theming.manager import themes


class ValueLine(QWidget):
    """As many values as there is room for; “…” where some are left out, which the tool tip says."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._said: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def say(self, said: Sequence[tuple[str, str]]) -> None:
        """Show (words, colour) after the title."""
        if list(said) != self._said:
            self._said = list(said)
            self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(0, self.fontMetrics().height())

    def event(self, event: QEvent) -> bool:
        """All the values, where somebody wants to know."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip("\n".join(words for words, _ in self._said))
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """One after the other."""
        painter = QPainter(self)
        theme, bold = themes().theme, QFont(self.font())
        bold.setBold(True)
        metrics = self.fontMetrics()
        gap, more = metrics.horizontalAdvance("   "), metrics.horizontalAdvance("…")
        floor, room = metrics.ascent(), self.width()
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(0, floor), self._title)
        x = QFontMetrics(bold).horizontalAdvance(self._title)
        painter.setFont(self.font())
        for place, (words, colour) in enumerate(self._said):
            x += gap
            last = place == len(self._said) - 1
            end = x + metrics.horizontalAdvance(words)
            if end + (0 if last else gap + more) > room:
                painter.setPen(QColor(theme.text))
                painter.drawText(QPointF(x, floor), "…")
                return
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(x, floor), words)
            x = end
