"""A dock whose title bar maximises on a double click."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDockWidget, QWidget


class Dock(QDockWidget):
    """Holds one panel. Signals: `maximise_wanted(Dock)`."""

    maximise_wanted = Signal(object)

    def __init__(self, key: str, title: str, content: QWidget) -> None:
        super().__init__(title.replace("&", "&&"))
        self.setObjectName(f"dock-{key}")
        self.setWidget(content)

    def event(self, event: QEvent) -> bool:
        """A double click on the title asks for all the room (Qt would float the dock)."""
        if (
            event.type() == QEvent.Type.MouseButtonDblClick
            and isinstance(event, QMouseEvent)
            and not self.isFloating()
            and self.widget() is not None
            and event.position().y() < self.widget().y()
        ):
            self.maximise_wanted.emit(self)
            return True
        return super().event(event)
