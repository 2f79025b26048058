"""Data panel: choose a data source, load it, browse its images."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QWidget

from core.data.handwriting import HandwritingSample, my_handwriting
from core.data.sources.registry import source as source_of
from core.data.sources.registry import sources
from core.data.sources.source import DataSource, Needs, downloads_dir
from core.errors import LabError
from core.formatting import format_fixed
from core.inspect.data.class_balance import SampleRef
from core.translation import tr
from hellodl_gui.features.data.data_browser import DataBrowser
from hellodl_gui.features.data.sample_browser import SampleBrowser
from hellodl_gui.features.data.source_bar import CHAPTER, SourceBar
from hellodl_gui.features.data.source_fetcher import DataLoader, LoadedData
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.dialogs.file_dialog import ask_folder, ask_open
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.layout.fallback import Fallback
from hellodl_gui.ui.panel import Panel

_MINE = "handwriting"


class DataPanel(Panel):
    """Choose a source, get it, walk through its pictures.

    Begins with the data of the chapter. Everything is loaded in the background.
    Attributes: `bar` and `browser`, its parts; `loaded`, what is shown.
    """

    key, title = "data", "Data"
    help = "Training and test pictures: their source and what is in them"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.loaded: LoadedData | None = None
        self._source: DataSource | None = None
        self._placed: dict[str, DataSource] = {}
        self._seen: object = None
        self._removed: HandwritingSample | None = None
        self.bar = SourceBar(sources())
        self._loader = DataLoader(self)
        self._loader.progressed.connect(self.bar.follow)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._loader.cancelled.connect(lambda: self._introduce(tr("Cancelled.")))
        self.bar.chosen.connect(self._on_chosen)
        self.bar.place_wanted.connect(self._choose_place)
        self.bar.reload_wanted.connect(self._load)
        self.bar.cancel_wanted.connect(self._loader.cancel)
        self.browser = DataBrowser()
        self.browser.remove_wanted.connect(self._on_remove)
        self._others = SampleBrowser()
        self._browsers = QStackedWidget()
        self._browsers.addWidget(self.browser)
        self._browsers.addWidget(self._others)
        self._fallback = Fallback(self._browsers)
        self._undo, self._undo_words = QWidget(), QLabel()
        back = QPushButton(tr("Undo removal"))
        back.clicked.connect(self._put_back)
        hbox(self._undo_words, back, 1, margins=(10, 2, 10, 0), on=self._undo)
        self._undo.hide()
        vbox(self.bar, self._undo, (self._fallback, 1), spacing=4, on=self)
        self.redraw_on(state.training.restarted)

    def refresh(self) -> None:
        """Look at the chapter's data where they are wanted and others than those on show."""
        if self._source is None and self._seen is not self.state.training.data:
            self._seen = self.state.training.data
            self._load()

    def close_down(self) -> None:
        """Stop loading; called on exit."""
        self._loader.finish()

    def showEvent(self, event: QShowEvent) -> None:
        """My handwriting may have grown on the page meanwhile."""
        super().showEvent(event)
        if self._source is not None and self._source.key == _MINE and not self._loader.busy:
            self._load()

    # -- getting ------------------------------------------------------------------------------

    def _on_chosen(self, key: str) -> None:
        self._loader.abandon()
        source = self._source = None if key == CHAPTER else self._placed.get(key, source_of(key))
        self._seen = self.state.training.data if source is None else None
        self._undo.hide()
        if source is None or source.ready:
            self._load()
        else:
            self._introduce()

    def _load(self) -> None:
        source, data = self._source, self.state.training.data
        self._show(None)
        self._loader.load((data.train, data.test) if source is None else source)
        self._fallback.explain(source.about if source else tr("Loading…"))
        self.bar.offer(source, loaded=False)
        self.bar.follow(0, 0, tr("Loading"))

    def _introduce(self, what: str = "") -> None:
        """Say what the chosen source is, and offer the way to get it; `what` went wrong."""
        source = self._source
        self._show(None)
        self.bar.offer(source, loaded=False)
        self.bar.rest()
        if source is None:
            self._fallback.explain("", tr("Try again"), self._load, problem=what)
            return
        credit = source.credit if source.remote is not None else ""
        words = "\n\n".join(part for part in (source.about, source.how, credit) if part)
        self._fallback.explain(words, *self._way(source), problem=what)

    def _way(self, source: DataSource) -> tuple[str, Callable[[], None]]:
        """The button that gets a source, and what it does."""
        match source.needs:
            case Needs.FILE:
                return tr("Choose a file…"), self._choose_place
            case Needs.FOLDER:
                return tr("Choose a folder…"), self._choose_place
            case Needs.DOWNLOAD if source.remote is not None and not source.ready:
                here = source.remote.started(downloads_dir())
                left = format_fixed((source.remote.size - here) / 2**20, 0)
                shape = tr("Continue: {left} MB left") if here else tr("Get it: {left} MB")
                return shape.format(left=left), self._load
            case _:
                return tr("Try again"), self._load

    def _choose_place(self) -> None:
        source = self._source
        if source is None:
            return
        if source.needs is Needs.FOLDER:
            place = ask_folder(self, tr("One folder per class"), "data")
        else:
            place = ask_open(self, source.name, "data")
        if place is not None:
            self.use_place(place)

    def use_place(self, place: Path) -> None:
        """Load the chosen source from a file or folder that the person has."""
        if self._source is None:
            return
        try:
            self._source = self._placed[self._source.key] = self._source.at(place)
        except LabError as error:
            self.state.messages.notify("error", str(error))
            return
        self._load()

    # -- what the loader says -----------------------------------------------------------------

    @Slot(object)
    def _on_loaded(self, loaded: LoadedData) -> None:
        self.bar.rest()
        self._show(loaded)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        if self._source is not None and self._placed.pop(self._source.key, None) is not None:
            self._source = source_of(self._source.key)
        self._introduce(sentence)

    def _show(self, loaded: LoadedData | None) -> None:
        self.loaded = loaded
        self.bar.offer(self._source, loaded is not None)
        if loaded is None:
            self.bar.say("")
            return
        counts = " + ".join(f"{len(one):,}" for one in loaded.sets)
        if loaded.survey is None:
            self.bar.say(tr("{counts} samples").format(counts=counts), loaded.sets[0].name)
            self._others.show_sets(loaded.sets)
            self._browsers.setCurrentWidget(self._others)
            self._fallback.show_content()
            return
        size = " × ".join(str(side) for side in loaded.sets[0].images.shape[1:])
        more = tr("{size} levels each, {classes} classes").format(
            size=size, classes=len(loaded.sets[0].classes)
        )
        credit = loaded.sets[0].name if self._source is None else self._source.credit
        self.bar.say(tr("{counts} pictures").format(counts=counts), f"{more}\n{credit}")
        mine = self._source is not None and self._source.key == _MINE
        self._browsers.setCurrentWidget(self.browser)
        self.browser.show_sets(loaded.sets, loaded.survey, removable=mine)
        self._fallback.show_content()

    # -- my handwriting -----------------------------------------------------------------------

    def _on_remove(self, place: SampleRef) -> None:
        """Take one out of the store, if it is still the one on show."""
        if self.loaded is None:
            return
        image = self.loaded.sets[place[0]].images[place[1]]
        try:
            samples = my_handwriting().all()
            same = [one for one in samples[place[1] : place[1] + 1] if (one.image == image).all()]
            my_handwriting().remove(*(one.number for one in same))
        except LabError as error:
            self.state.messages.notify("error", str(error))
            return
        if same:
            self._removed = same[0]
            self._undo_words.setText(tr("“{label}” was removed.").format(label=same[0].label))
            self._undo.show()
        self._load()

    def _put_back(self) -> None:
        removed, self._removed = self._removed, None
        self._undo.hide()
        if removed is None:
            return
        try:
            my_handwriting().put_back(removed)
        except LabError as error:
            self.state.messages.notify("error", str(error))
        self._load()
