"""The page as a panel: tools above, the photo in the middle, what it says beside it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.ocr.export import annotated_png, as_dict
from core.ocr.page import Page
from core.ocr.reading import Reading
from core.paths import resource
from hellodl_gui.page.editor import Editor, PageReaderFn, tr
from hellodl_gui.page.inspector import Inspector
from hellodl_gui.page.tools import PageTools, Tool
from hellodl_gui.page.view import PageView
from hellodl_gui.services.page_loader import PageLoader
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.widgets.empty import Fallback
from hellodl_gui.widgets.message_bar import MessageBar

_SETTLE_MS = 120
_SHARES = 100
_NARROW = 600  # pixels: narrower, the inspector lies under the page
_LARGE = 1_000  # a share for the photo beside which the inspector is small
_UNREAD = Reading("", 0.0, (), np.zeros((28, 28), np.uint8))


class PagePanel(QWidget):
    """Attributes: `document`, `editor`, `view`."""

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.document = document
        self.editor = Editor(document)
        # Qt ends the stack while its commands live; left to the collector, their order is chance.
        self.editor.undo.setParent(self)
        self.view = PageView(self.editor)
        self._opening: Path | None = None
        self._inspector = Inspector(document)
        self._inspector.box_wanted.connect(self._on_box_wanted)
        self._loader = PageLoader(self)
        self._loader.progressed.connect(self._busy)
        self._loader.opened.connect(self._on_opened)
        self._loader.found.connect(self._on_found)
        self._loader.saved.connect(self._on_saved)
        self._loader.failed.connect(self._on_failed)
        self._tools = PageTools(self.editor, self._tool_list())
        self._tools.settings_changed.connect(self._on_settings)
        self.addActions(list(self._tools.actions_by_icon.values()))
        self._messages = MessageBar()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.find_again)

        self._middle = QSplitter(Qt.Orientation.Horizontal)
        self._middle.addWidget(self.view)
        self._middle.addWidget(self._inspector)
        self._middle.setStretchFactor(0, 1)
        self._middle.setCollapsible(0, False)
        self._fallback = Fallback(self._middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addWidget(self._tools)
        layout.addWidget(self._messages)
        layout.addLayout(self._progress())
        layout.addWidget(self._fallback, 1)
        self._fallback.explain(
            tr(
                "Drop a photo of handwritten digits here, or open one: JPEG or PNG, up to 40 "
                "megapixels."
            ),
            tr("Open the sample page"),
            self._open_sample,
        )
        self.setAcceptDrops(True)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(640, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow panel stacks the page and what it says."""
        super().resizeEvent(event)
        way = Qt.Orientation.Vertical if self.width() < _NARROW else Qt.Orientation.Horizontal
        if way is not self._middle.orientation():
            self._middle.setOrientation(way)
            self._inspector.lie_down(way is Qt.Orientation.Vertical)
            hint = self._inspector.sizeHint()
            small = hint.height() if way is Qt.Orientation.Vertical else hint.width()
            self._middle.setSizes([_LARGE, small])

    # -- for the window -----------------------------------------------------------------------

    def set_reader(self, read: PageReaderFn | None) -> None:
        """Who reads the boxes; None while nobody can."""
        self.editor.set_reader(read)

    @Slot()
    def reread_all(self) -> None:
        """The network has changed."""
        self.editor.read_all()

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a photo; what is wrong with it is said here."""
        self._messages.clear()
        self._settle.stop()
        self._opening = path
        self._busy(0.0, tr("Opening the photo"))
        self._loader.open(path, self._tools.settings)

    def message(self, text: str, level: str = "info") -> None:
        """Say a sentence in the panel: “info”, “warning” or “error”."""
        self._messages.say(level, text)

    def close_down(self) -> None:
        """Stop what is going on; for the end."""
        self._settle.stop()
        self._loader.finish()

    # -- assembly -----------------------------------------------------------------------------

    def _tool_list(self) -> list[Tool]:
        editor = self.editor
        return [
            Tool("open", tr("Open…"), tr("Open a photo"), self._choose_photo),
            Tool("add", tr("Add"), tr("Add a box"), self._add_box, "Ins", "page"),
            Tool(
                "duplicate",
                tr("Duplicate"),
                tr("Copy the chosen box"),
                editor.duplicate_selected,
                "Ctrl+D",
                "choice",
            ),
            Tool(
                "delete",
                tr("Delete"),
                tr("Delete the chosen box"),
                editor.delete_selected,
                "Del",
                "choice",
            ),
            Tool("fit", tr("Fit"), tr("Show the whole page"), self.view.fit, "Ctrl+0", "page"),
            Tool(
                "export",
                tr("Export…"),
                tr("Save the text, the boxes as JSON, or the picture with its boxes"),
                self._choose_export,
                needs="page",
            ),
            Tool(
                "find",
                tr("Find characters again"),
                tr("Find the characters anew; Undo brings back your boxes"),
                self.find_again,
                "F5",
                "page",
            ),
        ]

    def _progress(self) -> QHBoxLayout:
        self._stage = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _SHARES)
        self._cancel = QToolButton()
        self._cancel.setText(tr("Cancel"))
        self._cancel.clicked.connect(self._on_cancel)
        row = QHBoxLayout()
        for widget in (self._stage, self._bar, self._cancel):
            row.addWidget(widget)
            widget.hide()
        return row

    # -- what the loader says -----------------------------------------------------------------

    @Slot(float, str)
    def _busy(self, share: float, what: str) -> None:
        self._stage.setText(what)
        self._bar.setValue(round(share * _SHARES))
        for widget in (self._stage, self._bar, self._cancel):
            widget.show()

    def _ready(self) -> None:
        self._opening = None
        for widget in (self._stage, self._bar, self._cancel):
            widget.hide()

    @Slot(object)
    def _on_opened(self, page: Page) -> None:
        self._ready()
        self.editor.undo.clear()
        self._fallback.show_content()
        self.document.open(page)
        self.view.setFocus()
        if not self.document.boxes:
            self.message(
                tr(
                    "No writing was found on this page. Turn the sensitivity up, or draw boxes "
                    "with the mouse."
                )
            )

    @Slot(object)
    def _on_found(self, page: Page) -> None:
        self._ready()
        self.document.page = page
        self.editor.replace_all(page.boxes)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.message(tr("Saved to {path}.").format(path=path))

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._ready()
        self.message(sentence, "error")

    @Slot()
    def _on_cancel(self) -> None:
        self._loader.cancel()
        self._ready()

    @Slot()
    def _on_settings(self) -> None:
        self._settle.start()

    @Slot()
    def find_again(self) -> None:
        """Find the characters anew; boxes moved by hand come back with Undo."""
        if self._opening is not None:
            self.open_path(self._opening)
        elif self.document.page is not None:
            self._loader.find(self.document.page, self._tools.settings)

    # -- the person ---------------------------------------------------------------------------

    @Slot(int)
    def _on_box_wanted(self, id: int) -> None:
        if id in self.document.boxes:
            self.document.select({id})
            self.view.show_selected()
            self.view.setFocus()

    def _open_sample(self) -> None:
        self.open_path(resource("pages/digits.jpg"))

    def _add_box(self) -> None:
        place = self.view.place_in_sight()
        self.editor.add_at(place.x(), place.y())
        self.view.setFocus()

    def _choose_photo(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            tr("Open a photo"),
            "",
            tr("Photos (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff);;All files (*)"),
        )
        if name:
            self.open_path(Path(name))

    def _choose_export(self) -> None:
        if self.document.page is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Export the page"),
            self.document.page.photo.path.stem + ".txt",
            tr("Text (*.txt);;Boxes as JSON (*.json);;Picture with boxes (*.png)"),
        )
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write text, JSON or an annotated PNG, by the file's ending; says how it went."""
        document = self.document
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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may come."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """It came."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.open_path(Path(url.toLocalFile()))
                event.acceptProposedAction()
                return
