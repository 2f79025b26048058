"""Page controller: decides when a page is opened, segmented and read, and applies the answers."""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from core.ocr.boxes import Rect
from core.ocr.page import Page
from core.ocr.reading import read_glyphs
from core.ocr.settings import PageSettings
from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.page_loader import PageLoader
from hellodl_gui.features.page.page_project import PageProject, is_project
from hellodl_gui.features.page.page_reader import PageReader
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.state.timeline import PageProbe


class PageWork(Enum):
    """What is being done to the page in the background."""

    NONE = 0
    OPENING = 1
    SEGMENTING = 2


class PageController(QObject):
    """The one place where it is decided what happens to the page; all others show and ask.

    Single boxes are read here, on the numpy engine, so that a dragged one is read in the same
    frame; whole pages by the training process, so that the window never waits for them.

    Attributes: `document`, `editor`, `loader`, `reader`, `work`, `settings`, by which characters
    are found, or will be, and `path`, the file that was asked for last; `rescued`: what is in it
    was never saved.

    Signals: `busy(float, str)` share and stage; `ready()` nothing is done any more;
    `opened(PageProject | None)` a page is there, and the project it came from; `failed(str)`.
    """

    busy = Signal(float, str)
    ready = Signal()
    opened = Signal(object)
    failed = Signal(str)

    def __init__(self, state: LabState, parent: QObject) -> None:
        super().__init__(parent)
        self.document = PageDocument()
        self.reader = PageReader(state)
        self.editor = BoxEditor(self.document, self.reader)
        # Qt ends the stack while its commands live; left to the collector, their order is chance.
        self.editor.undo.setParent(parent)
        self.work = PageWork.NONE
        self.settings = PageSettings()
        self.path: Path | None = None
        self.rescued = False
        self._wish: PageSettings | None = None  # what shall be found next
        self._segmentations = self.editor.new_gesture()
        self._state = state
        self._asked: int | None = None  # the run that has been asked and not answered yet
        self._refused: tuple[Page, list[Rect]] | None = None  # what it did not want to read
        self._moment: int | None = None  # of its record that it was asked about
        self.loader = loader = PageLoader(self)
        loader.progressed.connect(self.busy)
        loader.opened.connect(self._on_opened)
        loader.reopened.connect(self._on_reopened)
        loader.found.connect(self._on_found)
        loader.failed.connect(self._on_failed)
        self.document.boxes_changed.connect(self._on_boxes)
        self.document.page_changed.connect(self._on_page)
        state.training.restarted.connect(self._on_new_run)

    # -- opening and segmenting ---------------------------------------------------------------

    def open(self, path: Path, rescued: bool = False) -> None:
        """Open a photo or a project in place of what is there."""
        self.work, self.path, self.rescued = PageWork.OPENING, path, rescued
        if rescued or is_project(path):
            self.busy.emit(0.0, tr("Opening the page") if rescued else tr("Opening the project"))
            self.loader.open_project(path)
        else:
            self.busy.emit(0.0, tr("Opening the photo"))
            self.loader.open(path, self.settings)

    def find(self, settings: PageSettings) -> None:
        """Find the characters by these settings; boxes moved by hand come back with Undo.

        While they are being found another wish waits, and of several the newest is done.
        """
        self.settings = settings
        if self.work is PageWork.OPENING and self.path is not None:
            self.open(self.path, self.rescued)
        elif self.work is PageWork.SEGMENTING:
            self._wish = settings
        elif self.document.page is not None:
            self.work = PageWork.SEGMENTING
            self.loader.find(self.document.page, settings)

    @Slot()
    def find_again(self) -> None:
        """Find the characters anew as they were found."""
        self.find(self.settings)

    def split_joined(self) -> str:
        """Cut where the network reads the parts better; Undo joins them again. What is to be said
        about it, or "".
        """
        page = self.document.page
        if page is None:
            return ""
        parted = self.reader.part(page)
        if parted is None:
            return tr("No trained network yet. Load weights (Ctrl+L) or press Play.")
        if parted.lines == page.lines:
            return tr("No joined letters found: splitting would not read better.")
        self.editor.look_again(parted)
        return ""

    @Slot()
    def cancel(self) -> None:
        """Forget the page that is being opened or segmented."""
        self.loader.cancel()
        self._rest()

    def finish(self) -> None:
        """Stop background work; called on exit."""
        self._rest()
        self.loader.finish()

    def _rest(self) -> None:
        self.work, self._wish = PageWork.NONE, None
        self.ready.emit()

    @Slot(object)
    def _on_opened(self, page: Page) -> None:
        self._show(page, None)

    @Slot(object)
    def _on_reopened(self, project: PageProject) -> None:
        self.document.set_doubt(project.view.doubt)
        self._show(project.page, project)

    def _show(self, page: Page, project: PageProject | None) -> None:
        self._rest()
        self.settings = page.settings
        self.editor.undo.clear()
        self.document.open(page, None if project is None else project.boxes)
        self.opened.emit(project)

    @Slot(object)
    def _on_found(self, page: Page) -> None:
        self.work = PageWork.NONE
        self.ready.emit()
        self.editor.look_again(page, self._segmentations)
        wish, self._wish = self._wish, None
        if wish is not None:
            self.find(wish)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._rest()
        self.failed.emit(sentence)

    def _on_page(self) -> None:
        assert self.document.page is not None
        self.settings = self._wish or self.document.page.settings

    # -- reading ------------------------------------------------------------------------------

    def read_all(self) -> None:
        """Read every box at once with the network as it is."""
        self._on_boxes(self.document.boxes)

    def reread(self) -> None:
        """Read the page again: the network has changed, or was not asked lately."""
        if self._state.training.answers:
            self._ask()
        else:
            self.read_all()

    @property
    def outdated(self) -> bool:
        """Whether the page may read otherwise by now: at the live edge always, at a moment of the
        record until it was read there.
        """
        moment = self._state.timeline.moment
        return moment is None or moment != self._moment

    def _on_boxes(self, ids: Iterable[int]) -> None:
        document = self.document
        if document.page is None:
            return
        present = [id for id in ids if id in document.boxes]
        rects = [document.boxes[id].rect for id in present]
        readings = self.reader.read(document.page, rects)
        if readings:
            document.set_readings(dict(zip(present, readings, strict=True)))

    def _on_new_run(self) -> None:
        self._asked = self._refused = None

    def _ask(self) -> None:
        """Have all boxes read by the run; those that move meanwhile stay unread."""
        document, timeline, training = self.document, self._state.timeline, self._state.training
        page, rects = document.page, {id: box.rect for id, box in document.boxes.items()}
        run, classes = training.run_id, training.test.classes
        if page is None or not rects or self._asked == run or not self.reader.reads:
            return
        wanted = page, list(rects.values())
        if self._refused == wanted:
            return
        images = self.reader.glyphs(page, wanted[1])
        if timeline.page_probe is None or not np.array_equal(timeline.page_probe.images, images):
            timeline.probe_page(PageProbe(images, page.photo.path.name))
        self._moment = timeline.moment
        hasty = training.status is Status.PLAYING or self._moment is not None
        arguments = {"images": images, "shifts": 0 if hasty else page.settings.shifts}

        def apply(probs: NDArray[np.float32]) -> None:
            self._asked = None
            if document.page is not page:
                return
            if self._moment != timeline.moment:
                self._ask()
                return
            read = zip(rects, read_glyphs(images, lambda _: probs, classes), strict=True)
            boxes = document.boxes
            document.set_readings(
                {id: one for id, one in read if id in boxes and boxes[id].rect == rects[id]}
            )

        def otherwise(ended: bool) -> None:
            self._asked = None
            self._refused = None if ended else wanted

        recorded = timeline.page_at_moment
        if recorded is not None and len(recorded) == len(images):
            apply(recorded)
            return
        self._asked = run
        self._state.probes.ask("probabilities", arguments, apply, otherwise)
