"""The course: which chapter, its story, and experiments that set the knobs."""

import html

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QTextBrowser, QVBoxLayout

from core.chapters.chapter import Chapter, Experiment
from core.knobs import Knob
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.render_mode import CONTENT
from hellodl_gui.ui.layout.flow_layout import FlowLayout
from hellodl_gui.ui.panel import Panel

_LEAST_ROWS = 3  # on a low screen; the others are scrolled to
_SHARE = 0.3  # of the column at most: it is the story that is read


class ChaptersPanel(Panel):
    """Signals: `chosen(Chapter)` another chapter is wanted."""

    key, title = "chapters", "Chapters"
    chosen = Signal(object)

    def __init__(self, state: LabState, chapters: tuple[Chapter, ...]) -> None:
        super().__init__(state)
        self.setProperty(CONTENT, True)  # these controls are what it shows
        self._chapters = chapters
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Chapters"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for chapter in chapters:
            item = QListWidgetItem(f"{chapter.number}   {tr(chapter.title)}")
            item.setToolTip(tr(chapter.tagline))
            self._list.addItem(item)
        self._list.setCurrentRow(chapters.index(state.training.chapter))
        self._list.currentRowChanged.connect(self._on_row)
        self._story = QTextBrowser()
        self._story.setOpenExternalLinks(True)
        self._story.setAccessibleName(tr("Chapter text"))
        self._story.document().setDocumentMargin(12)
        self._experiments = FlowLayout(4)
        self.setMinimumWidth(240)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.addWidget(self._list)
        layout.addWidget(self._story, 1)
        layout.addLayout(self._experiments)
        self._told: Chapter | None = None
        state.training.chapter_changed.connect(self._on_chapter)
        state.training.opening_changed.connect(self._on_chapter)

    def sizeHint(self) -> QSize:
        """A column to read."""
        return QSize(300, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All chapters where there is room, but most of the column is the story's."""
        super().resizeEvent(event)
        row, count = self._list.sizeHintForRow(0), self._list.count()
        least, whole = row * _LEAST_ROWS, row * count + 8
        self._list.setFixedHeight(min(max(int(self.height() * _SHARE), least), whole))
        self._list.scrollToItem(self._list.currentItem())

    def _on_chapter(self, *_: object) -> None:
        """Another chapter is wanted or open: the list says so before anything else happens."""
        self._list.blockSignals(True)
        self._list.setCurrentRow(self._chapters.index(self.state.training.wanted_chapter))
        self._list.blockSignals(False)
        if self.state.training.wanted_chapter is not self._told:
            self.mark_dirty()

    def refresh(self) -> None:
        """Tell the story of the chapter that was chosen, be it open or on its way."""
        chapter = self._told = self.state.training.wanted_chapter
        self._story.setMarkdown(chapter.story())
        while (item := self._experiments.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # for as long as a dialog is open it is not deleted
                old.deleteLater()
        for experiment in chapter.experiments:
            button = QPushButton(tr(experiment.title).replace("&", "&&"))
            button.setToolTip(_tip_of(chapter, experiment))
            button.clicked.connect(lambda _=False, e=experiment: self.state.training.apply(e))
            self._experiments.add(button, 1)

    @Slot(int)
    def _on_row(self, row: int) -> None:
        """The row of the chapter that is open is a way back while another is being opened."""
        if 0 <= row < len(self._chapters):
            chapter = self._chapters[row]
            if chapter is not self.state.training.wanted_chapter:
                self.chosen.emit(chapter)


def _tip_of(chapter: Chapter, experiment: Experiment) -> str:
    """The question, and the settings as the knobs name them."""
    values = chapter.settings(experiment)
    settings = (
        f"{tr(values.knobs[key].label)}: {_with_unit(values.knobs[key], values[key])}"
        for key in experiment.values
    )
    return "<br>".join(html.escape(line) for line in (tr(experiment.question), *settings))


def _with_unit(knob: Knob, value: float) -> str:
    return f"{knob.text(value)} {tr(knob.unit)}".rstrip()
