"""Sentences for the person at the window, stacked under the tool bar, closed one by one."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.manager import themes

_MOST = 3
_SIGNS = {"info": "i", "warning": "!", "error": "!"}
_CLOSE = "close"


class MessageBar(QWidget):
    """At most three messages; the same sentence is shown once.

    Signals: `shown(bool)` whether there is anything to read.
    """

    shown = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._shown: list[QFrame] = []
        themes().changed.connect(self._on_theme)
        self.hide()

    def texts(self) -> list[str]:
        """What is being said, oldest first."""
        return [frame.accessibleName() for frame in self._shown]

    def say(self, level: str, text: str) -> None:
        """Show a sentence as “info”, “warning” or “error”."""
        if text in self.texts():
            return
        frame = QFrame()
        frame.setProperty("role", "message")
        frame.setProperty("level", level)
        frame.setAccessibleName(text)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like HTML
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setProperty("flat", True)
        close.setIcon(icon("close", themes().theme.quiet))
        close.setObjectName(_CLOSE)
        close.setToolTip(self.tr("Close this message"))
        close.setAccessibleName(self.tr("Close this message"))
        close.clicked.connect(lambda: self._close(frame))
        sign = QLabel(_SIGNS[level])
        sign.setProperty("role", "number")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 4, 4, 4)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addWidget(frame)
        self._shown.append(frame)
        if len(self._shown) > _MOST:
            self._close(self._shown[0])
        self.show()
        self.shown.emit(True)

    def withdraw(self, text: str) -> None:
        """Close this sentence, which is true no longer."""
        for frame in list(self._shown):
            if frame.accessibleName() == text:
                self._close(frame)

    @Slot()
    def clear(self) -> None:
        """Close all."""
        for frame in list(self._shown):
            self._close(frame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the newest."""
        if event.key() == Qt.Key.Key_Escape and self._shown:
            self._close(self._shown[-1])
        else:
            super().keyPressEvent(event)

    def _on_theme(self) -> None:
        for button in self.findChildren(QToolButton, _CLOSE):
            button.setIcon(icon("close", themes().theme.quiet))

    def _close(self, frame: QFrame) -> None:
        if frame in self._shown:
            self._shown.remove(frame)
            self._layout.removeWidget(frame)
            frame.hide()
            frame.deleteLater()
        self.setVisible(bool(self._shown))
        self.shown.emit(bool(self._shown))
