"""Page controller: reads the open page again when the network changes."""

from PySide6.QtCore import QObject, QTimer, Slot

from hellodl_gui.app.docks import Docks
from hellodl_gui.features.page import FinetunedLetters, PagePanel, PageReader, PageSelection
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.panel import Panel

_REREAD_MS = 200


class PageController(QObject):
    """Has the open page read again when the network changes, and passes lessons, questions and
    sentences on.

    `maps` is the panel, by its key among the `docks`, that shows why a box is read as it is.
    """

    def __init__(self, state: LabState, page: PagePanel, docks: Docks, maps: Panel) -> None:
        super().__init__(page)
        self._state, self._page, self._docks, self._maps = state, page, docks, maps
        self._reader = PageReader(state)
        self._look = PageSelection(state, page.document)
        self._reread = QTimer(self)
        self._reread.setSingleShot(True)
        self._reread.setInterval(_REREAD_MS)
        self._reread.timeout.connect(self.read)
        lesson = page.lesson
        lesson.wanted.connect(state.training.teach)
        lesson.taken_back.connect(state.training.unlearn)
        FinetunedLetters(state, page.document, lesson)
        state.training.learning.connect(lesson.hear)
        state.training.lesson_ended.connect(lesson.end)
        state.training.restarted.connect(self._on_new_run)
        state.timeline.weights_changed.connect(self._on_weights)
        page.set_reader(self._reader.read, self._reader.recipe, self._reader.part)
        page.document.opened.connect(lambda: self._reread.start())
        page.view.space_tapped.connect(self._on_space)
        page.why_wanted.connect(self._on_why)
        page.came.connect(self.read)
        page.said.connect(state.messages.notify)
        page.unsaid.connect(state.messages.retract)

    @Slot()
    def read(self) -> None:
        """The network has changed, or was not asked lately: what does the page say now?"""
        if self._page.document.page is None:
            return
        if self._state.training.answers:
            self._reader.read_later(self._page.document)
        else:
            self._page.reread_all()

    def show_moment(self) -> None:
        """Another moment is shown: the page is read as the network read it then."""
        if self._page.isVisible():
            self._reread.stop()
            self.read()

    def close_down(self) -> None:
        """Read no more; for the end."""
        self._reread.stop()

    def _on_new_run(self) -> None:
        """Lessons belong to the run they were given in."""
        self._page.set_classes(self._state.training.test.classes)

    def _on_weights(self) -> None:
        if not self._reread.isActive() and self._page.isVisible():
            self._reread.start()

    def _on_space(self) -> None:
        """Between letters that somebody types it does not train."""
        if not self._page.document.selected:
            self._state.training.toggle()

    def _on_why(self) -> None:
        """Why is the chosen box read so?"""
        self._look.look()
        self._docks.show(self._maps.key)
        self._maps.setFocus()  # or the next box, a knob, would take what is typed
