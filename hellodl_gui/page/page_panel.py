"""The page as a panel: tools above, the photo in the middle, what it says beside it."""

import json
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSlider,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.atomic import write_atomic
from core.ocr.export import annotated_png, as_dict
from core.ocr.page import Page
from core.ocr.settings import PageSettings
from core.paths import resource
from hellodl_gui.page.editor import Editor, PageReaderFn, tr
from hellodl_gui.page.inspector import Inspector
from hellodl_gui.page.view import PageView
from hellodl_gui.services.page_loader import PageLoader
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.manager import themes
from hellodl_gui.widgets.empty import Fallback
from hellodl_gui.widgets.message_bar import MessageBar

_SETTLE_MS = 120
_SHARES = 100


class PagePanel(QWidget):
    """Attributes: `document`, `editor`, `view`."""

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setToolTip(
            tr("Drag boxes, pull their handles, draw new ones; the network reads them as you do")
        )
        self.document = document
        self.editor = Editor(document)
        self.view = PageView(self.editor)
        self.view.dropped.connect(self.open_path)
        self._inspector = Inspector(document)
        self._inspector.box_wanted.connect(self._on_box_wanted)
        self._loader = PageLoader(self)
        self._loader.progressed.connect(self._on_progress)
        self._loader.opened.connect(self._on_opened)
        self._loader.found.connect(self._on_found)
        self._loader.failed.connect(self._on_failed)
        self._messages = MessageBar()
        self._buttons: list[tuple[QToolButton, str]] = []
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.find_again)

        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.addWidget(self.view)
        middle.addWidget(self._inspector)
        middle.setStretchFactor(0, 1)
        middle.setCollapsible(0, False)
        self._fallback = Fallback(middle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addLayout(self._tools())
        layout.addWidget(self._messages)
        layout.addLayout(self._progress())
        layout.addWidget(self._fallback, 1)
        self._invite()
        themes().changed.connect(self._on_theme)
        self._on_theme()

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(640, 420)

    # -- for the window -----------------------------------------------------------------------

    def set_reader(self, read: PageReaderFn | None) -> None:
        """Who reads the boxes."""
        self.editor.set_reader(read)

    @Slot()
    def reread_all(self) -> None:
        """The network has changed."""
        self.editor.read_all()

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a photo; what is wrong with it is said here."""
        self._messages.clear()
        self._busy(0.0, tr("Opening the photo"))
        self._loader.open(path, self._settings())

    def close_down(self) -> None:
        """Stop what is going on; for the end."""
        self._loader.finish()

    # -- assembly -----------------------------------------------------------------------------

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        undo = self.editor.undo.createUndoAction(self, tr("Undo"))
        undo.setShortcut(QKeySequence.StandardKey.Undo)
        redo = self.editor.undo.createRedoAction(self, tr("Redo"))
        redo.setShortcut(QKeySequence.StandardKey.Redo)
        duplicate = self._action(
            tr("Duplicate"),
            tr("Copy the chosen box (Ctrl+D)"),
            self.editor.duplicate_selected,
            "Ctrl+D",
        )
        actions = (
            ("open", self._action(tr("Open…"), tr("Open a photo"), self._choose_photo)),
            ("undo", undo),
            ("redo", redo),
            ("add", duplicate),
            (
                "delete",
                self._action(
                    tr("Delete"), tr("Delete the chosen box (Delete)"), self.editor.delete_selected
                ),
            ),
            (
                "fit",
                self._action(
                    tr("Fit"), tr("Show the whole page (Ctrl+0)"), self.view.fit, "Ctrl+0"
                ),
            ),
            (
                "export",
                self._action(
                    tr("Export…"),
                    tr("Save the text, the boxes as JSON, or the picture with its boxes"),
                    self._export,
                ),
            ),
        )
        for name, action in actions:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.addAction(action)
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(20, 20))
            button.setProperty("flat", True)
            self._buttons.append((button, name))
            row.addWidget(button)
        row.addSpacing(12)
        label = QLabel(tr("sensitivity"))
        label.setProperty("role", "quiet")
        row.addWidget(label)
        self._sensitivity = QSlider(Qt.Orientation.Horizontal)
        self._sensitivity.setRange(0, _SHARES)
        self._sensitivity.setValue(_SHARES // 2)
        self._sensitivity.setMaximumWidth(140)
        self._sensitivity.setAccessibleName(tr("Sensitivity to faint ink"))
        self._sensitivity.setToolTip(
            tr("How faint a stroke may be and still count as ink. Moving it finds the boxes anew.")
        )
        self._sensitivity.valueChanged.connect(lambda: self._settle.start())
        row.addWidget(self._sensitivity)
        row.addStretch(1)
        return row

    def _action(self, text: str, tip: str, run: object, shortcut: str = "") -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.triggered.connect(run)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        return action

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

    def _invite(self) -> None:
        self._fallback.explain(
            tr(
                "Drop a photo of handwritten digits here, or open one: JPEG or PNG, up to 40 "
                "megapixels."
            ),
            tr("Open the sample page"),
            self._open_sample,
        )

    def _open_sample(self) -> None:
        self.open_path(resource("pages/digits.jpg"))

    # -- what the loader says -----------------------------------------------------------------

    def _busy(self, share: float | None, what: str = "") -> None:
        for widget in (self._stage, self._bar, self._cancel):
            widget.setVisible(share is not None)
        if share is not None:
            self._stage.setText(what)
            self._bar.setValue(round(share * _SHARES))

    @Slot(float, str)
    def _on_progress(self, share: float, what: str) -> None:
        self._busy(share, what)

    @Slot(object)
    def _on_opened(self, page: Page) -> None:
        self._busy(None)
        self.editor.undo.clear()
        self._fallback.show_content()
        self.document.open(page)
        self.view.setFocus()
        if not self.document.boxes:
            self._messages.say(
                "info",
                tr(
                    "No writing was found on this page. Turn the sensitivity up, or draw boxes "
                    "with the mouse."
                ),
            )

    @Slot(object)
    def _on_found(self, page: Page) -> None:
        self._busy(None)
        self.document.page = page
        self.editor.replace_all(page.boxes)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._busy(None)
        self._messages.say("error", sentence)

    @Slot()
    def _on_cancel(self) -> None:
        self._loader.cancel()
        self._busy(None)

    def _settings(self) -> PageSettings:
        return PageSettings(sensitivity=self._sensitivity.value() / _SHARES)

    @Slot()
    def find_again(self) -> None:
        """Find the characters anew; boxes moved by hand come back with Undo."""
        if self.document.page is not None:
            self._loader.find(self.document.page, self._settings())

    # -- the person ---------------------------------------------------------------------------

    @Slot(int)
    def _on_box_wanted(self, id: int) -> None:
        if id in self.document.boxes:
            self.document.select({id})
            self.view.setFocus()

    @Slot()
    def _choose_photo(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            tr("Open a photo"),
            "",
            tr("Photos (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff);;All files (*)"),
        )
        if name:
            self.open_path(Path(name))

    @Slot()
    def _export(self) -> None:
        if self.document.page is None or not self.document.readings:
            self._messages.say("info", tr("There is nothing to export yet: open a page first."))
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
        boxes = [box for box in document.in_order() if box.id in document.readings]
        readings = [document.readings[box.id] for box in boxes]
        photo = document.page.photo
        match path.suffix.lower():
            case ".json":
                data = json.dumps(
                    as_dict(photo, boxes, readings), ensure_ascii=False, indent=1
                ).encode()
            case ".png":
                data = annotated_png(photo, boxes, readings)
            case _:
                data = ("\n".join(document.text()) + "\n").encode()
        try:
            write_atomic(path, data)
        except OSError as error:
            self._messages.say(
                "error",
                tr("{path} could not be written: {why}.").format(path=path, why=error.strerror),
            )
            return
        self._messages.say("info", tr("Saved to {path}.").format(path=path))

    def _on_theme(self, *_: object) -> None:
        for button, name in self._buttons:
            button.defaultAction().setIcon(icon(name, themes().theme.text))
