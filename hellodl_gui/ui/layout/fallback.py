"""The empty state of a panel: why there is nothing to show, and what to do about it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedLayout, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox, vbox_widget


class _Stack(QStackedLayout):
    """Needs no more height than what it shows needs at least: scroll bars come no sooner."""

    def heightForWidth(self, width: int) -> int:
        """Pixels, for the page in front."""
        page = self.currentWidget()
        if page is None:
            return 0
        layout = page.layout()
        if layout is not None and layout.hasHeightForWidth():
            return layout.minimumHeightForWidth(width)
        return page.minimumSizeHint().height()


class Fallback(QWidget):
    """Shows `content`, or in its place a sentence and perhaps a button."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._text, self._problem = quiet(QLabel()), QLabel()
        self._problem.setProperty("role", "wrong")
        self._problem.hide()
        for label in (self._text, self._problem):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like HTML
            label.setWordWrap(True)
        self._button = QPushButton(tr("Try again"))  # until it is told what it is for
        self._button.hide()
        self._act: Callable[[], None] = lambda: None
        self._button.clicked.connect(lambda: self._act())
        nothing = vbox_widget(
            1, self._problem, self._text, hbox(1, self._button, 1), 1, margins=(24, 24, 24, 24)
        )
        self._stack = _Stack(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(content)
        self._stack.addWidget(nothing)

    @property
    def explains(self) -> bool:
        """Whether there is nothing to see."""
        return self._stack.currentIndex() == 1

    def show_content(self) -> None:
        """There is something to see."""
        self._stack.setCurrentIndex(0)

    def explain(
        self, text: str, button: str = "", act: Callable[[], None] | None = None, problem: str = ""
    ) -> None:
        """There is nothing to see: say why, and offer a way out; `problem` is what went wrong."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._text.setText(text)
        if button:
            self._button.setText(button)
        self._button.setVisible(act is not None)
        if act is not None:
            self._act = act
        self._stack.setCurrentIndex(1)


def fill(panel: QWidget, content: QWidget) -> Fallback:
    """Give all the room of an empty panel to `content` in a `Fallback`, which is returned."""
    fallback = Fallback(content)
    vbox(fallback, on=panel)
    return fallback
