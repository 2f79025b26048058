"""Drag and drop of files anywhere on the window: labs, photos, both."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMainWindow

from core.translation import tr
from hellodl_gui.features.page import DropData, PagePanel, read_drop


class FileDrops(QObject):
    """Opens what is dropped; what cannot be opened at the same time is named.

    Signals: `said(str, str)` level and sentence.
    """

    said = Signal(str, str)

    def __init__(
        self,
        window: QMainWindow,
        page: PagePanel,
        open_lab: Callable[[Path], object],
        show_page: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._page, self._open_lab, self._show_page = page, open_lab, show_page
        page.labs_dropped.connect(self.open_labs)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whatever panel it is dropped on."""
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            assert isinstance(event, QDropEvent)
            found = read_drop(event.mimeData())
            if found.labs or found.for_page:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                if event.type() is QEvent.Type.Drop:
                    self._open(found)
                return True
        return super().eventFilter(watched, event)

    def _open(self, found: DropData) -> None:
        if found.for_page:
            self._show_page()
            self._page.take(found)
        if found.labs:
            self.open_labs(found.labs)

    @Slot(object)
    def open_labs(self, labs: tuple[Path, ...]) -> None:
        """One lab can be open at a time: the first; the others are named."""
        self._open_lab(labs[0])
        if len(labs) > 1:
            words = tr("Only one lab can be open at a time: {first}. Not opened: {others}.")
            others = ", ".join(path.name for path in labs[1:])
            self.said.emit("warning", words.format(first=labs[0].name, others=others))
