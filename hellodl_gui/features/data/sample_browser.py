"""Browser of data that are no pictures: a table of samples, and the chosen one below it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QWidget

from core.data.dataset import Dataset
from core.translation import tr
from hellodl_gui.state.selection import sample_of
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import plain_line
from hellodl_gui.ui.controls.pager import Pager
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.samples.sample_table import SampleTable, sample_rows
from hellodl_gui.ui.samples.sample_view import SampleView

_A_PAGE = 100


class SampleBrowser(QWidget):
    """Shows what `show_sets` was given, a hundred samples a page."""

    def __init__(self) -> None:
        super().__init__()
        self._sets: tuple[Dataset, ...] = ()
        self._first = 0
        self._set = combo_box(tr("Set"), tr("Training or test set"), changed=self._show_set)
        self._pager = Pager(_A_PAGE)
        self._pager.turned.connect(self._draw)
        self._table, self._one, self._foot = SampleTable(), SampleView(), plain_line()
        self._table.picked.connect(self._on_picked)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self._table)
        parts.addWidget(self._one)
        parts.setChildrenCollapsible(False)
        parts.setSizes([300, 200])
        bar = hbox(self._set, (self._pager, 1), margins=(10, 4, 10, 0))
        foot = hbox((self._foot, 1), margins=(12, 0, 10, 0))
        vbox(bar, (parts, 1), foot, margins=(0, 0, 0, 6), spacing=2, on=self)

    def show_sets(self, sets: tuple[Dataset, ...]) -> None:
        """Training set and test set, or only one of them."""
        self._sets = sets
        names = (tr("train"), tr("test")) if len(sets) == 2 else tuple(one.name for one in sets)
        replace_items(self._set, list(names))
        self._show_set()

    def _show_set(self, *_: object) -> None:
        self._pager.page = 0
        self._draw()

    @property
    def _data(self) -> Dataset:
        return self._sets[max(self._set.currentIndex(), 0)]

    def _draw(self) -> None:
        if not self._sets:
            return
        data = self._data
        shown = range(len(data))[self._pager.set_count(len(data))]
        self._first = shown.start
        names = getattr(data.spec, "names", None)
        rows = sample_rows(data, list(shown), None)
        self._table.show_samples(rows, ", ".join(names) if names else tr("text"))
        self._foot.setText(" ".join(data.notes))
        if len(data):
            self._on_picked(0)

    def _on_picked(self, place: int) -> None:
        number = self._first + place
        self._one.show_sample(sample_of(self._data, number), self._data, number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys turn pages."""
        if not self._pager.take_key(event):
            super().keyPressEvent(event)
