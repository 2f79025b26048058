"""Labels: text in the secondary colour, and text that ends in “…” where it has no room."""

from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

L = TypeVar("L", bound=QLabel)


def quiet(label: L) -> L:
    """The label, in the colour of secondary text."""
    label.setProperty("role", "quiet")
    return label


def sentence(text: str = "", margin: int = 0) -> QLabel:
    """Secondary text in as many lines as it needs; it never makes its parent wider."""
    label = quiet(QLabel(text))
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setContentsMargins(margin, 0, margin, 0)
    return label


def plain_line() -> QLabel:
    """Secondary text in one line, cut where it has no room: names of files may look like HTML."""
    label = quiet(QLabel())
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def label_of(text: str, field: QWidget) -> QLabel:
    """The name beside a field; Alt and the letter after & in it goes there."""
    label = QLabel(text)
    label.setBuddy(field)
    return label


class ElidedLabel(QLabel):
    """Ends in “…” where it is cut; the tool tip has all of it. Never makes its parent wider.

    Another text costs only its painting. A plain label has the whole window laid out again, which
    is dear where numbers change sixty times a second.
    """

    def __init__(
        self, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, text: str = ""
    ) -> None:
        super().__init__(" ")  # as high as a line
        self._said = self._short = ""
        self.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.say(text)

    def say(self, text: str, short: str = "") -> None:
        """Show another text, or the short one where the whole has no room."""
        if (text, short) != (self._said, self._short):
            self._said, self._short = text, short
            self.setAccessibleName(text)
            self.update()

    def text(self) -> str:
        """The text."""
        return self._said

    def minimumSizeHint(self) -> QSize:
        """As narrow as may be."""
        return QSize(0, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """The whole text as a tool tip."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self._said)
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The beginning of the text."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics, said = self.fontMetrics(), self._said
        if self._short and metrics.horizontalAdvance(said) > self.width():
            said = self._short
        said = metrics.elidedText(said, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), said)
