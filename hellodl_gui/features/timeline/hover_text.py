"""Hover text above a place of the timeline, which follows the pointer."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

_APART = 6


class HoverText(QLabel):
    """Lies on the window of the widget it speaks for, so that it may stand out above it.

    A child of its owner until it first speaks, and of the window then: it is deleted with them.
    """

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.setProperty("role", "bubble")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def say(self, text: str, owner: QWidget, x: float) -> None:
        """Stand with this rich text above the column `x` of a widget, within its window."""
        window = owner.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        if text != self.text():
            self.setText(text)
        self.ensurePolished()
        self.adjustSize()
        place = owner.mapTo(window, QPoint(round(x), 0))
        left = min(max(place.x() - self.width() // 2, 4), window.width() - self.width() - 4)
        self.move(left, max(place.y() - self.height() - _APART, 0))
        self.show()
        self.raise_()
