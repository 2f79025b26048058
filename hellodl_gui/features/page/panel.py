"""Page panel: tools above, the photo in the middle, the reading beside it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from core.chapters.capabilities import GLYPHS
from core.errors import LabError
from core.ocr.limits import is_joined
from core.ocr.sample import sample_page
from core.translation import tr
from hellodl_gui.features.page.drop_data import DropData, keep_image, read_drop
from hellodl_gui.features.page.export_menu import ExportMenu
from hellodl_gui.features.page.files import PageFiles
from hellodl_gui.features.page.finetune_bar import FinetuneBar
from hellodl_gui.features.page.finetuned_letters import FinetunedLetters
from hellodl_gui.features.page.inspector import BELOW, BESIDE, Inspector
from hellodl_gui.features.page.page_controller import PageController
from hellodl_gui.features.page.page_selection import PageSelection
from hellodl_gui.features.page.progress_row import ProgressRow
from hellodl_gui.features.page.stage_images import StagesController
from hellodl_gui.features.page.stage_strip import StageStrip
from hellodl_gui.features.page.tools import PageTools
from hellodl_gui.features.page.view import PageView
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.messages import Level
from hellodl_gui.ui.dialogs.file_dialog import ask_open
from hellodl_gui.ui.layout.boxes import vbox
from hellodl_gui.ui.layout.fallback import Fallback
from hellodl_gui.ui.panel import Panel

_LOWEST, _NARROWEST = 240, 344
_NARROW = 600  # pixels: narrower, the inspector lies under the empty page
_HIGH = 440  # pixels: in a lower panel the stages would leave no room for the page


class PagePanel(Panel):
    """Attributes: `controller`, which decides what happens to the page; its `document` and
    `editor`; `view`, `files`, `lesson`, and `told`, the sentences about the page since it was asked
    for.

    Signals: `why_wanted()` somebody asks why the chosen box is read so; `labs_dropped(tuple)` paths
    of labs among what was dropped.
    """

    key, title = "page", "Page"
    needs = frozenset({GLYPHS})
    min_interval = 0.2  # a network in training is read at 5 Hz

    why_wanted = Signal()
    labs_dropped = Signal(object)

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.told: list[str] = []
        self.controller = controller = PageController(state, self)
        self.document, self.editor = controller.document, controller.editor
        self.view = PageView(self.editor)
        self.files = PageFiles(self, controller, self.view)
        self.lesson = FinetuneBar(self.document)
        self._letters = FinetunedLetters(state, self.document, self.lesson)
        self._selection = PageSelection(state, self.document)
        self._inspector = Inspector(self.document)
        self._progress = ProgressRow()
        self._strip = StageStrip()
        self._strip.hide()
        self._stages = StagesController(controller, self._strip, self.view)
        self._tools = PageTools(self.editor, self._runs())
        self._exports = ExportMenu(self.document, controller.loader, self)
        self._recent = QMenu(self)
        self._recent.setToolTipsVisible(True)
        self._tools.give_menu("open", self._recent)
        self._tools.give_menu("export", self._exports)
        self.addActions(list(self._tools.actions_by_name.values()))
        self._box_menu = self._tools.box_menu(self)
        self._lay_out()
        self._connect(state)

    def _runs(self) -> dict[str, Callable[..., object]]:
        """What the tools do; of the others “Open” and “Export” open menus."""
        editor, view, files = self.editor, self.view, self.files
        return {
            "save": files.save,
            "save_as": files.save_as,
            "save_reference": files.save_reference,
            "add": self._add_box,
            "duplicate": editor.duplicate_selected,
            "delete": editor.delete_selected,
            "split": editor.split_selected,
            "halve": editor.halve_selected,
            "scissors": view.use_scissors,
            "join": editor.join_selected,
            "tight": editor.fit_selected,
            "fit": view.fit,
            "all": editor.select_all,
            "space": editor.turn_space,
            "forget": lambda: editor.type_char(None),
            "find": self.controller.find_again,
            "part": self._split_joined,
            "stages": lambda _: self._place_strip(),
            "snap": view.set_snaps,
        }

    def _lay_out(self) -> None:
        self._middle = QSplitter(Qt.Orientation.Horizontal)
        self._middle.addWidget(self.view)
        self._middle.addWidget(self._inspector)
        self._middle.setStretchFactor(0, 1)
        self._middle.setCollapsible(0, False)
        self._fallback = Fallback(self._middle)
        parts = self._tools, self._progress, (self._fallback, 1), self.lesson, self._strip
        layout = vbox(*parts, margins=(8, 6, 8, 8), on=self)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self._fallback.explain(
            tr(
                "Drop a photo of handwriting here, or open one: JPEG or PNG, up to 40 "
                "megapixels. Saved page projects open the same way."
            ),
            tr("Open the sample page"),
            self.open_sample,
        )
        self.setAcceptDrops(True)

    def _connect(self, state: LabState) -> None:
        controller, actions = self.controller, self._tools.actions_by_name
        controller.busy.connect(self._progress.busy)
        controller.ready.connect(self._progress.ready)
        controller.opened.connect(self._on_opened)
        controller.failed.connect(lambda sentence: self.message(sentence, "error"))
        controller.loader.saved.connect(
            lambda path: self.message(tr("Saved to {path}.").format(path=path))
        )
        self._progress.cancelled.connect(controller.cancel)
        self.files.said.connect(self.message)
        self._recent.aboutToShow.connect(self._fill_open)
        self._inspector.box_wanted.connect(self._on_box_wanted)
        self._inspector.why_wanted.connect(self._on_why)
        self.view.menu_wanted.connect(lambda at: self._box_menu.popup(at))
        self.view.zoomed.connect(lambda: self._tools.show_zoom(self.view.zoom))
        self.view.scissors_changed.connect(actions["scissors"].setChecked)
        self.view.space_tapped.connect(self._on_space)
        self.lesson.wanted.connect(state.training.teach)
        self.lesson.taken_back.connect(state.training.unlearn)
        state.training.learning.connect(self.lesson.hear)
        state.training.lesson_ended.connect(self.lesson.end)
        state.training.restarted.connect(self._on_new_run)
        state.timeline.weights_changed.connect(self._on_weights)
        self.document.opened.connect(self.mark_dirty)

    def refresh(self) -> None:
        """Read the page with the network as it is now."""
        self.controller.reread()

    def show_moment(self) -> None:
        """Another moment is shown: the page is read as the network read it then."""
        if self.isVisible():
            self.dirty = False
            self.controller.reread()

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(640, 420)

    def minimumSizeHint(self) -> QSize:
        """The stages ask for no room, and tools fold: they go where there is too little."""
        hint = QWidget.minimumSizeHint(self)
        return QSize(min(hint.width(), _NARROWEST), min(hint.height(), _LOWEST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What the page says goes where it leaves the photo more room; stages where they fit."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """The inspector goes where it leaves the photo more room, the stages where they fit."""
        self._place_strip()
        if (layout := self.layout()) is not None:
            layout.activate()
        (wide, high), room = self.document.size, self._fallback.size()
        below = self.width() < _NARROW
        if wide and high:
            below = min((room.width() - BESIDE) / wide, room.height() / high) < min(
                room.width() / wide, (room.height() - BELOW) / high
            )
        way = Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal
        if way is not self._middle.orientation():
            self._middle.setOrientation(way)
            self._inspector.lie_down(below)
            self._middle.setSizes([1_000, BELOW if below else BESIDE])
        if below and wide:  # what the photo leaves free
            free = max(BELOW, room.height() - round(room.width() * high / wide))
            self._middle.setSizes([max(room.height() - free, 1), free])

    def _place_strip(self) -> None:
        """The stages lie under the page where there is one, they are wanted, and fit."""
        shown = (
            self._tools.actions_by_name["stages"].isChecked()
            and self.height() >= _HIGH
            and self.document.page is not None
        )
        if not shown:
            self._strip.enlarge("")
        self._strip.setVisible(shown)

    # -- for the window -----------------------------------------------------------------------

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a photo or a project; what is wrong with it is said."""
        while self.told:
            self.state.messages.retract(self.told.pop())
        self.files.open(path)

    @Slot()
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

    @Slot()
    def open_sample(self) -> None:
        """Open the sample page of what the network reads, letters or digits."""
        self.open_path(sample_page(self.lesson.classes))

    def hide_stages(self) -> None:
        """Leave all the room to the page; the tool brings the stages back."""
        self._tools.actions_by_name["stages"].setChecked(False)

    def message(self, text: str, level: Level = "info") -> None:
        """Say a sentence about the page: “info”, “warning” or “error”."""
        self.told.append(text)
        self.state.messages.notify(level, text)

    def close_down(self) -> None:
        """Stop background work; called on exit."""
        self._stages.finish()
        self.controller.finish()

    # -- what the page and the lab say --------------------------------------------------------

    @Slot(object)
    def _on_opened(self, project: object) -> None:
        page = self.document.page
        assert page is not None
        self._fallback.show_content()
        self.lesson.keep_place()
        self._share_room()
        self.view.setFocus()
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

    def _on_new_run(self) -> None:
        """Lessons belong to the run they were given in."""
        classes = self.state.training.test.classes
        self.lesson.set_classes(classes)
        self._inspector.set_classes(classes)

    def _on_weights(self) -> None:
        if self.controller.outdated:
            self.mark_dirty()

    # -- the person ---------------------------------------------------------------------------

    @Slot()
    def _fill_open(self) -> None:
        menu = self._recent
        menu.clear()
        menu.addAction(tr("Open a photo or project…")).triggered.connect(self.choose_file)
        menu.addAction(tr("Open the sample page")).triggered.connect(self.open_sample)
        menu.addSeparator()
        self.files.list_recent(menu, self.open_path)

    @Slot(int)
    def _on_box_wanted(self, id: int) -> None:
        if id in self.document.boxes:
            self.document.select({id})
            self.view.show_selected()
            self.view.setFocus()

    @Slot()
    def _on_why(self) -> None:
        """Why is the chosen box read so?"""
        self._selection.look()
        self.why_wanted.emit()

    @Slot()
    def _on_space(self) -> None:
        """Between letters that somebody types it does not train."""
        if not self.document.selected:
            self.state.training.toggle()

    def _add_box(self) -> None:
        place = self.view.place_in_sight()
        self.editor.add_at(place.x(), place.y())
        self.view.setFocus()

    def _split_joined(self) -> None:
        if said := self.controller.split_joined():
            self.message(said)

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
            for path in reversed(others):
                self.files.remember(path)
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
