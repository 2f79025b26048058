"""Tool button of fixed width, whose text may change without a new layout."""

from PySide6.QtWidgets import QStyleOptionToolButton, QToolButton


class FixedWidthButton(QToolButton):
    """As wide as its place: a plain one has the whole window laid out again for other words."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setText(" ")  # so that it is a button with words

    def say(self, text: str) -> None:
        """Show another text."""
        if text != self._said:
            self._said = text
            self.setAccessibleName(text)
            self.update()

    def text(self) -> str:
        """The text."""
        return self._said

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        """What the style paints."""
        super().initStyleOption(option)
        option.text = self._said
