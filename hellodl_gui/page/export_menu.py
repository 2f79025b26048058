"""The menu of everything a read page can be exported to."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.ocr.export import annotated_png, as_dict
from core.ocr.reading import Reading
from hellodl_gui.page.editor import tr
from hellodl_gui.services.page_loader import PageLoader
from hellodl_gui.state.page_document import PageDocument

_UNREAD = Reading("", 0.0, (), np.zeros((28, 28), np.uint8))


class ExportMenu(QMenu):
    """One entry a format."""

    def __init__(self, document: PageDocument, loader: PageLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._loader = loader
        for name, ending in (("Text", ".txt"), ("JSON", ".json"), ("Picture", ".png")):
            action = self.addAction(name)
            action.triggered.connect(lambda _=False, ending=ending: self._choose(ending))

    def _choose(self, ending: str) -> None:
        page = self._document.page
        if page is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self.parentWidget(), tr("Export the page"), page.photo.path.stem + ending
        )
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write by the file's ending; the loader says how it went."""
        document = self._document
        assert document.page is not None
        photo = document.page.photo
        boxes = [
            replace(box, line=row) for row, line in enumerate(document.lines()) for box in line
        ]
        readings = [document.readings.get(box.id, _UNREAD) for box in boxes]
        text = "\n".join(document.text()) + "\n"
        make: Callable[[], bytes]
        match path.suffix.lower():
            case ".json":

                def make() -> bytes:
                    data = as_dict(photo, boxes, readings)
                    return json.dumps(data, ensure_ascii=False, indent=1).encode()

            case ".png":

                def make() -> bytes:
                    return annotated_png(photo, boxes, readings)

            case _:
                make = text.encode
        self._loader.save(path, make)
