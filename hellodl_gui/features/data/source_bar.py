"""Bar to choose a data source, load it, follow the download and cancel it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QProgressBar,
    QPushButton,
    QWidget,
)

from core.data.sources.source import DataSource, Needs
from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import plain_line
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.tables.table_model import plain_tip

CHAPTER = "chapter"

_SHARES = 1000


class SourceBar(QWidget):
    """Signals: `chosen(str)` a source's key or `CHAPTER`; `place_wanted()` the person has a file
    or folder; `reload_wanted()`; `cancel_wanted()`.
    """

    chosen = Signal(str)
    place_wanted = Signal()
    reload_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, sources: tuple[DataSource, ...]) -> None:
        super().__init__()
        self._choice = ComboBox()
        self._choice.setAccessibleName(tr("Source of the pictures"))
        self._choice.addItem(tr("This chapter's data"), CHAPTER)
        self._choice.setItemData(
            0, tr("The data this chapter trains on"), Qt.ItemDataRole.ToolTipRole
        )
        for place, source in enumerate(sources, 1):
            self._choice.addItem(tr(source.name), source.key)
            self._choice.setItemData(place, tr(source.about), Qt.ItemDataRole.ToolTipRole)
        self._choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._choice.setMinimumContentsLength(14)
        self._choice.activated.connect(lambda _: self.chosen.emit(self.key))
        self._place = QPushButton()
        self._place.setAccessibleName(tr("Choose a file or folder"))
        self._place.clicked.connect(self.place_wanted)
        again = tr("Check for changes and reload")
        self._again = push_button(tr("Load again"), again, self.reload_wanted)
        self._words = plain_line()
        for part in (self._place, self._again):
            part.hide()
        row = hbox(
            self._choice, self._place, self._again, (self._words, 1),
            margins=(10, 6, 10, 0), spacing=8,
        )  # fmt: skip

        self._progress = QWidget()
        self._what = plain_line()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        stop = tr("Stop; a partial download is kept and can be continued")
        self._cancel = push_button(tr("Cancel"), stop, self.cancel_wanted)
        parts = (self._what, 2), (self._bar, 1), self._cancel
        hbox(*parts, margins=(10, 4, 10, 0), on=self._progress)
        self._progress.hide()
        vbox(row, self._progress, spacing=0, on=self)

    @property
    def key(self) -> str:
        """The chosen source's key."""
        return str(self._choice.currentData())

    def choose(self, key: str) -> None:
        """Select a source as a user would."""
        self._choice.setCurrentIndex(self._choice.findData(key))
        self.chosen.emit(self.key)

    def offer(self, source: DataSource | None, loaded: bool) -> None:
        """The buttons that this source needs; None is the chapter's data."""
        needs = Needs.NOTHING if source is None else source.needs
        words = {
            Needs.NOTHING: "",
            Needs.DOWNLOAD: tr("I have the file…"),
            Needs.FILE: tr("Choose a file…"),
            Needs.FOLDER: tr("Choose a folder…"),
        }
        self._place.setText(words[needs])
        # Before anything was chosen the panel itself asks for it.
        asks = needs in (Needs.FILE, Needs.FOLDER) and not loaded
        self._place.setVisible(bool(words[needs]) and not asks)
        own = source is not None and source.remote is None and source.needs is not Needs.NOTHING
        changes = own or (source is not None and source.key == "handwriting")
        self._again.setVisible(loaded and changes)

    def say(self, words: str, tip: str = "") -> None:
        """A short line beside the buttons; the tip says more."""
        self._words.setText(words)
        self._words.setToolTip(plain_tip(f"{words}\n{tip}"))

    def follow(self, done: int, total: int, what: str) -> None:
        """Show how far it is; a total of 0 means that nobody knows."""
        self._progress.show()
        self._what.setText(_measured(done, total, what))
        self._bar.setRange(0, _SHARES if total else 0)
        if total:
            self._bar.setValue(_SHARES * done // total)  # bytes may pass what Qt can count

    def rest(self) -> None:
        """Hide the progress."""
        self._progress.hide()


def _measured(done: int, total: int, what: str) -> str:
    """With megabytes where the numbers are bytes."""
    if total >= 2**20:
        return f"{what} · {format_fixed(done / 2**20, 0)} of {format_fixed(total / 2**20, 0)} MB"
    return what
