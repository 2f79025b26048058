"""A sentence in the place of all that a panel shows."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

_MARGIN = 24


class RefusalCover(QLabel):
    """Covers a panel and hides its parts until it is lifted."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        parts = [part for part in panel.findChildren(QWidget, options=direct) if part is not self]
        self._hidden = [part for part in parts if not part.isHidden() and not part.isWindow()]
        for part in self._hidden:
            part.hide()
        self.setProperty("role", "quiet")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self.setGeometry(panel.rect())
        panel.installEventFilter(self)
        self.show()

    def lift(self) -> None:
        """Show the parts again."""
        self.hide()
        self.deleteLater()
        for part in self._hidden:
            part.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It is always as large as the panel."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self.raise_()
        return False
