"""Page panel: tools above, the photo in the middle, the reading beside it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from core.errors import LabError
from core.ocr.glyph import GlyphStyle
from core.ocr.limits import is_joined
from core.ocr.page import Page
from core.ocr.sample import sample_page
from core.ocr.settings import PageSettings
from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor, PageReaderFn
from hellodl_gui.features.page.boxes.box_menu import BoxMenu
from hellodl_gui.features.page.drop_data import DropData, keep_image, read_drop
from hellodl_gui.features.page.export_menu import ExportMenu
from hellodl_gui.features.page.files import PageFiles
from hellodl_gui.features.page.finetune_bar import FinetuneBar
from hellodl_gui.features.page.inspector import Inspector
from hellodl_gui.features.page.page_layout import PageLayout
from hellodl_gui.features.page.page_loader import PageLoader
from hellodl_gui.features.page.progress_row import ProgressRow
from hellodl_gui.features.page.stage_strip import StageStrip
from hellodl_gui.features.page.stages_controller import StagesController
from hellodl_gui.features.page.tool_table import tool_list
from hellodl_gui.features.page.tools import PageTools
from hellodl_gui.features.page.view import PageView
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.ui.dialogs.file_dialog import ask_open
from hellodl_gui.ui.layout.fallback import Fallback

_LOWEST, _NARROWEST = 240, 344


class PagePanel(QWidget):
    """Attributes: `document`, `editor`, `view`, `files`, `lesson`, `settings`, how characters
    are found, and `told`, the sentences about the page since it was asked for.

    Signals: `said(str, str)` level and sentence; `unsaid(str)` a sentence about a page that was
    open before; `why_wanted()` somebody asks why the chosen box is read so; `came()` the page can
    be seen again; `labs_dropped(tuple)` paths of labs among what was dropped.
    """

    said = Signal(str, str)
    unsaid = Signal(str)
    why_wanted = Signal()
    came = Signal()
    labs_dropped = Signal(object)

    def __init__(self, document: PageDocument, recent: Iterable[str] = ()) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.told: list[str] = []
        self.document = document
        self.editor = BoxEditor(document)
        # Qt ends the stack while its commands live; left to the collector, their order is chance.
        self.editor.undo.setParent(self)
        self.view = PageView(self.editor)
        self._opening: Path | None = None
        self.lesson = FinetuneBar(document)
        self._inspector = Inspector(document)
        self._inspector.why_wanted.connect(self.why_wanted)
        self._inspector.box_wanted.connect(self._on_box_wanted)
        self._loader = PageLoader(self)
        self._progress = ProgressRow()
        self._progress.cancelled.connect(self._on_cancel)
        self._loader.progressed.connect(self._progress.busy)
        self._loader.found.connect(self._on_found)
        self._loader.saved.connect(self._on_saved)
        self._loader.failed.connect(self._on_failed)
        self.settings = PageSettings()
        self._finding = self.editor.new_gesture()
        self.files = PageFiles(self, self.editor, self.view, self._loader, recent)
        self.files.opening.connect(self._on_opening)
        self.files.opened.connect(self._on_opened)
        self._tools = PageTools(
            self.editor,
            tool_list(
                self.editor,
                self.view,
                self.files,
                self._add_box,
                self.find_again,
                self._part_joined,
            ),
        )
        stages = self._tools.actions_by_name["stages"]
        stages.toggled.connect(self._place_strip)
        BoxMenu(self.view, self._tools)
        self.view.zoomed.connect(lambda: self._tools.show_zoom(self.view.zoom))
        self.addActions(list(self._tools.actions_by_name.values()))
        self._add_menus()
        self.view.scissors_changed.connect(self._tools.actions_by_name["scissors"].setChecked)
        document.page_changed.connect(self._on_page)
        self._part: Callable[[Page], Page | None] | None = None
        self._searching = False
        self._wish: PageSettings | None = None
        self._strip = StageStrip()
        self._strip.hide()
        self._stages = StagesController(document, self._strip, self.view)
        self._stages.settings_wanted.connect(self._on_settings)

        self._middle = QSplitter(Qt.Orientation.Horizontal)
        self._middle.addWidget(self.view)
        self._middle.addWidget(self._inspector)
        self._middle.setStretchFactor(0, 1)
        self._middle.setCollapsible(0, False)
        self._fallback = Fallback(self._middle)
        self._room = PageLayout(
            document, self._middle, self._fallback, self._inspector, self._strip, stages
        )
        self._lay_out()

    def _lay_out(self) -> None:
        self.files.said.connect(lambda level, text: self.message(text, level))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        layout.addWidget(self._tools)
        layout.addWidget(self._progress)
        layout.addWidget(self._fallback, 1)
        layout.addWidget(self.lesson)
        layout.addWidget(self._strip)
        self._fallback.explain(
            tr(
                "Drop a photo of handwriting here, or open one: JPEG or PNG, up to 40 "
                "megapixels. Saved page projects open the same way."
            ),
            tr("Open the sample page"),
            self.open_sample,
        )
        self.setAcceptDrops(True)

    def showEvent(self, event: QShowEvent) -> None:
        """Announce that the page is visible: it is not read behind another tab."""
        super().showEvent(event)
        self.came.emit()

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(640, 420)

    def minimumSizeHint(self) -> QSize:
        """The stages ask for no room, and tools fold: they go where there is too little."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _NARROWEST), min(hint.height(), _LOWEST))

    def _place_strip(self) -> None:
        self._room.place_strip(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What the page says goes where it leaves the photo more room; stages where they fit."""
        super().resizeEvent(event)
        self._room.share(self)

    # -- for the window -----------------------------------------------------------------------

    def set_reader(
        self,
        read: PageReaderFn | None,
        recipe: Callable[[], GlyphStyle] | None = None,
        part: Callable[[Page], Page | None] | None = None,
    ) -> None:
        """Who reads the boxes, None while nobody can, how it wants its glyphs, and who parts joined
        letters by reading them.
        """
        self._part = part
        if recipe is not None:
            self._stages.recipe = recipe
        self.editor.set_reader(read)

    def set_classes(self, classes: Sequence[str]) -> None:
        """What the network reads."""
        self.lesson.set_classes(classes)
        self._inspector.set_classes(classes)

    @Slot()
    def reread_all(self) -> None:
        """Read all boxes anew: the network has changed."""
        self.editor.read_all()

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a photo or a project; what is wrong with it is said."""
        while self.told:
            self.unsaid.emit(self.told.pop())
        self.files.open(path, self.settings)

    def choose_file(self) -> None:
        """Ask for a photo or project and open it."""
        path = ask_open(
            self,
            tr("Open a photo or project"),
            "photo",
            tr(
                "Photos and projects (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.hdlpage);;"
                "All files (*)"
            ),
        )
        if path is not None:
            self.open_path(path)

    def hide_stages(self) -> None:
        """Leave all the room to the page; the tool brings the stages back."""
        self._tools.actions_by_name["stages"].setChecked(False)

    def message(self, text: str, level: str = "info") -> None:
        """Say a sentence about the page: “info”, “warning” or “error”."""
        self.told.append(text)
        self.said.emit(level, text)

    def close_down(self) -> None:
        """Stop background work; called on exit."""
        self._progress.ready()
        self._stages.finish()
        self._loader.finish()

    def open_sample(self) -> None:
        """Open the sample page of what the network reads, letters or digits."""
        self.open_path(sample_page(self.lesson.classes))

    # -- assembly -----------------------------------------------------------------------------

    def _add_menus(self) -> None:
        """Recent files behind “Open”, ways to keep a page behind “Save”."""
        recent = QMenu(self)
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self._fill_open(recent))
        self._tools.give_menu("open", recent)
        self._exports = ExportMenu(self.document, self._loader, self)
        self._tools.give_menu("export", self._exports)

    def _fill_open(self, menu: QMenu) -> None:
        self.files.fill_recent(menu, self.open_path)
        first = menu.actions()[0]
        for text, run in (
            (tr("Open a photo or project…"), self.choose_file),
            (tr("Open the sample page"), self.open_sample),
        ):
            action = QAction(text, menu)
            action.triggered.connect(lambda _=False, run=run: run())
            menu.insertAction(first, action)
        menu.insertSeparator(first)

    # -- what the loader says -----------------------------------------------------------------

    def _ready(self) -> None:
        self._opening = None
        self._searching = False
        self._progress.ready()

    @Slot(object, str)
    def _on_opening(self, path: Path, what: str) -> None:
        self._opening = path
        self._progress.busy(0.0, what)

    @Slot()
    def _on_opened(self) -> None:
        self._ready()
        self._fallback.show_content()
        self.lesson.keep_place()
        self._room.share(self)
        assert self.document.page is not None
        self.settings = self.document.page.settings
        self.view.setFocus()
        page = self.document.page
        for note in page.photo.notes:
            self.message(tr("{name}: {note}.").format(name=page.photo.path.name, note=note))
        if is_joined(page):
            self.message(
                tr(
                    "This looks like joined writing. The network reads single letters: boxes that "
                    "hold several are marked as doubtful. “Split joined letters” (Ctrl+Alt+K) may "
                    "help."
                )
            )
        if not self.document.boxes:
            self.message(
                tr(
                    "No writing was found on this page. Click “Ink” under the page and "
                    "raise its sensitivity, or draw boxes with the mouse."
                )
            )

    def _on_page(self) -> None:
        assert self.document.page is not None
        self.settings = self.document.page.settings

    @Slot(object)
    def _on_found(self, page: Page) -> None:
        self._ready()
        self.editor.look_again(page, self._finding)
        wish, self._wish = self._wish, None
        if wish is not None:
            self._stages.await_settings(wish)
            self._on_settings(wish)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.message(tr("Saved to {path}.").format(path=path))

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._ready()
        self._wish = None
        self.message(sentence, "error")

    @Slot()
    def _on_cancel(self) -> None:
        self._wish = None
        self._loader.cancel()
        self._ready()

    @Slot(object)
    def _on_settings(self, settings: PageSettings) -> None:
        self.settings = settings
        self.find_again()

    @Slot()
    def find_again(self) -> None:
        """Find the characters anew; boxes moved by hand come back with Undo.

        While they are being found another wish waits, and of several the newest is done.
        """
        if self._opening is not None:
            self.files.open_anyway(self._opening, self.settings)
        elif self._searching:
            self._wish = self.settings
        elif self.document.page is not None:
            self._searching = True
            self._loader.find(self.document.page, self.settings)

    def _part_joined(self) -> None:
        """Cut where the network reads the parts better; Undo joins them again."""
        page = self.document.page
        if page is None:
            return
        parted = self._part(page) if self._part is not None else None
        if parted is None:
            self.message(tr("No trained network yet. Load weights (Ctrl+L) or press Play."))
        elif parted.lines == page.lines:
            self.message(tr("No joined letters found: splitting would not read better."))
        else:
            self.editor.look_again(parted)

    # -- the person ---------------------------------------------------------------------------

    @Slot(int)
    def _on_box_wanted(self, id: int) -> None:
        if id in self.document.boxes:
            self.document.select({id})
            self.view.show_selected()
            self.view.setFocus()

    def _add_box(self) -> None:
        place = self.view.place_in_sight()
        self.editor.add_at(place.x(), place.y())
        self.view.setFocus()

    def take(self, found: DropData) -> None:
        """Open what was dropped. One page can be open at a time: further files are named, and can
        be opened from the list of recent files.
        """
        if found.image is not None:
            try:
                self.open_path(keep_image(found.image))
            except LabError as error:
                self.message(str(error), "error")
        elif found.address:
            words = tr(
                "{address} is an address, not a picture. Save the picture to a file, then drop the "
                "file."
            )
            self.message(words.format(address=found.address), "warning")
        elif found.files:
            first, *others = found.files
            self.files.remember_all(others)
            self.open_path(first)
            if others:
                words = tr(
                    "Only one page can be open at a time: {first}. Also dropped, now in "
                    "the list of recent files: {others}."
                )
                names = ", ".join(path.name for path in others)
                self.message(words.format(first=first.name, others=names), "warning")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A photo may come; a lab alone goes on to the window."""
        if read_drop(event.mimeData()).for_page:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        found = read_drop(event.mimeData())
        if found.for_page:
            self.take(found)
            event.acceptProposedAction()
        if found.labs:
            self.labs_dropped.emit(found.labs)
