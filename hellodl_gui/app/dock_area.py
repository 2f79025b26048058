"""Scroll area of a panel in its dock: what does not fit is scrolled, never enlarges the window."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

_SMALLEST = QSize(120, 60)


class DockArea(QScrollArea):
    """Shows `content` at its least size or larger; smaller itself, it has scroll bars."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setObjectName("dock-area")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        self._content = content
        content.installEventFilter(self)
        keeps_room = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        keeps_room.setRetainSizeWhenHidden(True)  # or all panels would move with each tab
        self.setSizePolicy(keeps_room)

    def sizeHint(self) -> QSize:
        """What the panel wants."""
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """However large the panel is: others need room too."""
        return _SMALLEST

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The panel with it."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The panel may need more room than before, or less."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """All the room for the panel; not less than it needs, at that width.

        One that was taken out, to be filmed, has the size that it was given.
        """
        if self._content.parentWidget() is not self.viewport():
            return
        room = self.maximumViewportSize()
        least = self._content.minimumSizeHint().expandedTo(self._content.minimumSize())
        if least.width() > room.width():
            room.setHeight(room.height() - self.horizontalScrollBar().sizeHint().height())
        width = max(room.width(), least.width())
        if self._height_at(width, least) > room.height():
            width = max(room.width() - self.verticalScrollBar().sizeHint().width(), least.width())
        self._content.resize(width, max(room.height(), self._height_at(width, least)))

    def _height_at(self, width: int, least: QSize) -> int:
        layout = self._content.layout()
        if layout is not None and layout.hasHeightForWidth():
            return layout.minimumHeightForWidth(width)
        return least.height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that the panel has no use for are the window's."""
        event.ignore()
