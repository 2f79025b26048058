"""Export menu of a read page, built from the core's list of formats."""

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QMenu, QWidget

from core.ocr.export import FORMATS, ExportFormat
from core.ocr.reading import Reading
from core.translation import tr
from hellodl_gui.features.page.page_loader import PageLoader
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.ui.dialogs.file_dialog import ask_where

_UNREAD = Reading("", 0.0, (), np.zeros((28, 28), np.uint8))


class ExportMenu(QMenu):
    """One entry a format."""

    def __init__(self, document: PageDocument, loader: PageLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._loader = loader
        self.setToolTipsVisible(True)
        for format in FORMATS:
            action = self.addAction(f"{tr(format.title)} (*{format.ending})…")
            action.setToolTip(tr(format.help))
            action.triggered.connect(lambda _=False, format=format: self._choose(format))

    def _choose(self, format: ExportFormat) -> None:
        page = self._document.page
        if page is None:
            return
        near = page.photo.path.with_name(page.photo.path.stem + format.ending)
        start = near if near.parent.is_dir() else Path(near.name)
        title = tr("Export the page: {format}").format(format=tr(format.title))
        path = ask_where(self.parentWidget(), title, start, tr(format.title), format.ending)
        if path is not None:
            self.write(path, format)

    def write(self, path: Path, format: ExportFormat) -> None:
        """Write one format; the loader says how it went."""
        document = self._document
        assert document.page is not None
        photo = document.page.photo
        boxes = document.as_read()
        readings = [document.readings.get(box.id, _UNREAD) for box in boxes]
        self._loader.save(path, lambda: format.make(photo, boxes, readings))
