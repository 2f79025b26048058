"""Collapsible section: a heading that hides what is below it."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from hellodl_gui.ui.layout.boxes import vbox


class Collapsible(QWidget):
    """Folded at first; a click on the heading, or the space bar on it, opens and closes."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self._title = title
        self._content = content
        self._heading = QToolButton()
        self._heading.setProperty("fold", "true")
        self._heading.setCheckable(True)
        self._heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._heading.toggled.connect(self._on_toggled)
        vbox(self._heading, content, on=self)
        self.set_note("")
        self._on_toggled(False)

    @property
    def is_open(self) -> bool:
        """Whether the content is on show."""
        return self._heading.isChecked()

    def set_open(self, open_: bool) -> None:
        """Show the content, or fold it away."""
        self._heading.setChecked(open_)

    def set_note(self, note: str) -> None:
        """A few words beside the title, such as how much of what is folded was changed."""
        self._heading.setText(f"{self._title} · {note}" if note else self._title)

    @Slot(bool)
    def _on_toggled(self, open_: bool) -> None:
        self._heading.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self._content.setVisible(open_)
