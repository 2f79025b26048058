"""Dataset browser: images by class, class means, class counts, duplicates, single images."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from core.data.dataset import Dataset
from core.data.labels import parse_labels
from core.inspect.data.class_balance import DataSummary, SampleRef
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.class_bars import ClassBars
from hellodl_gui.ui.controls.inputs import ComboBox, TabBar
from hellodl_gui.ui.controls.labels import plain_line
from hellodl_gui.ui.controls.pager import Pager
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.layout.fallback import Fallback
from hellodl_gui.ui.mosaic.image_close_up import ImageCloseUp
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.mosaic import Caption

_A_PAGE = 96
_SEARCH = 150
_CLASS = 104
_SMALL = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
PICTURES, AVERAGES, CLASSES, TWICE = range(4)


class DataBrowser(QWidget):
    """Shows what `show_sets` was given.

    Signals: `remove_wanted(SampleRef)` the person wants a picture gone (where that is offered).
    """

    remove_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._sets: tuple[Dataset, ...] = ()
        self._survey: DataSummary | None = None
        self._places: list[SampleRef] = []
        self._make_controls()

        self._mosaic = ImageMosaic()
        self._mosaic.picked.connect(self._on_picked)
        self._mosaic.over.connect(self._on_over)
        self._bars = ClassBars()
        self._bars.picked.connect(self.find_class)
        self._bars.read.connect(self._on_bar)
        self._one = ImageCloseUp()
        self._one.closed.connect(self._show_many)
        self._one.stepped.connect(self._step)
        self._one.remove_wanted.connect(self.remove_wanted)
        self._one.pointed.connect(self._say)
        self._empty = Fallback(self._mosaic)
        self._stack = QStackedWidget()
        for part in (self._empty, self._bars, self._one):
            self._stack.addWidget(part)
        self._foot = plain_line()
        self._notes = ""
        tabs = hbox((self._tabs, 1), margins=(4, 0, 4, 0))
        foot = hbox((self._foot, 1), self._pager, margins=(12, 0, 10, 0))
        self._filters = QWidget()
        hbox(
            self._which, self._class, (self._search, 9), 1,
            margins=(10, 4, 10, 0), spacing=6, on=self._filters,
        )  # fmt: skip
        vbox(tabs, self._filters, (self._stack, 1), foot, margins=(0, 0, 0, 6), spacing=2, on=self)
        themes().changed.connect(self._draw)

    def _make_controls(self) -> None:
        self._tabs = TabBar()
        for text in (tr("Pictures"), tr("Averages"), tr("Classes"), tr("Duplicates")):
            self._tabs.addTab(text)
        self._tabs.setTabToolTip(TWICE, tr("Pictures with identical pixels"))
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tabs.currentChanged.connect(self._begin_again)
        self._which = ComboBox()
        self._which.setAccessibleName(tr("Training or test set"))
        self._which.currentIndexChanged.connect(self._begin_again)
        self._class = ComboBox()
        self._class.setAccessibleName(tr("Label"))
        self._class.setMinimumWidth(_CLASS)
        self._class.activated.connect(self._on_class)
        for box in (self._which, self._class):
            box.setSizeAdjustPolicy(_SMALL)
            box.setMinimumContentsLength(4)
        self._search = QLineEdit()
        self._search.setAccessibleName(tr("Find by label"))
        self._search.setPlaceholderText(tr("find labels"))
        self._search.setToolTip(tr("Type labels, such as a or a b 7"))
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(_SEARCH)
        self._search.textChanged.connect(self._begin_again)
        self._pager = Pager(_A_PAGE)
        self._pager.turned.connect(self._draw)

    # -- what is shown ------------------------------------------------------------------------

    def show_sets(
        self, sets: tuple[Dataset, ...], survey: DataSummary, removable: bool = False
    ) -> None:
        """Begin with the pictures of the first set; `removable` offers to remove them."""
        self._sets, self._survey = sets, survey
        self._one.set_removable(removable)
        for box in (self._which, self._class):
            box.blockSignals(True)
            box.clear()
        if len(sets) > 1:
            self._which.addItems([tr("train"), tr("test")])
        self._which.setVisible(len(sets) > 1)
        self._class.addItems([tr("all labels"), *sets[0].classes])
        self._search.blockSignals(True)
        self._search.clear()
        for part in (self._which, self._class, self._search):
            part.blockSignals(False)
        twice = len(survey.duplicates)
        counted = tr("Duplicates ({count})").format(count=f"{twice:,}")
        self._tabs.setTabText(TWICE, counted if twice else tr("Duplicates"))
        self._bars.set_counts(survey.counts, sets[0].classes)
        self._notes = " ".join(note for one in sets for note in one.notes)
        self._begin_again()

    def find_class(self, label: int) -> None:
        """The pictures of one class."""
        self._tabs.setCurrentIndex(PICTURES)
        self._search.setText(self._sets[0].classes[label])

    def _on_class(self, place: int) -> None:
        self._search.setText(self._class.itemText(place) if place else "")

    @property
    def shown(self) -> list[SampleRef]:
        """The pictures on this page; in “Twice” the first of each group."""
        return list(self._places)

    def _set(self) -> int:
        return max(self._which.currentIndex(), 0)

    def _begin_again(self, *_: object) -> None:
        self._pager.page = 0
        self._draw()

    def _draw(self, *_: object) -> None:
        """Everything anew."""
        if self._survey is None:
            return
        tab = self._tabs.currentIndex()
        self._filters.setVisible(tab == PICTURES or (tab == AVERAGES and len(self._sets) > 1))
        for part in (self._class, self._search):
            part.setVisible(tab == PICTURES)
        self._pager.setVisible(tab == PICTURES or (tab == TWICE and bool(self._survey.duplicates)))
        self._say("")
        if tab == CLASSES:
            self._stack.setCurrentWidget(self._bars)
            self._on_bar("")
            return
        self._stack.setCurrentWidget(self._empty)
        self._empty.show_content()
        self._mosaic.current = None
        if tab == AVERAGES:
            self._draw_averages(self._survey)
        elif tab == TWICE:
            self._draw_twins(self._survey)
        else:
            self._draw_pictures()

    def _draw_pictures(self) -> None:
        one = self._sets[self._set()]
        wanted, unknown = parse_labels(self._search.text(), one.classes)
        self._class.setCurrentIndex(wanted[0] + 1 if len(wanted) == 1 else 0)
        self._search.setProperty("wrong", bool(unknown))
        self._search.style().polish(self._search)
        if unknown:
            self._places = []
            words = tr("No label is called “{name}”. There are: {all}.")
            words = words.format(name=unknown, all=", ".join(one.classes[:40]))
            self._empty.explain(words, tr("Show all"), self._search.clear)
            self._pager.set_count(0)
            return
        chosen = np.flatnonzero(np.isin(one.labels, wanted)) if wanted else np.arange(len(one))
        here = chosen[self._pager.set_count(len(chosen))]
        self._places = [(self._set(), int(number)) for number in here]
        if not len(here):
            self._empty.explain(tr("There is no such picture in this set."))
            return
        captions: list[Caption] = [(one.classes[one.labels[number]], None) for number in here]
        self._mosaic.set_pictures(one.images[here], captions)

    def _draw_averages(self, survey: DataSummary) -> None:
        one, number = self._sets[self._set()], self._set()
        self._places = []
        averages = np.rint(survey.class_means[number] * 255).astype(np.uint8)
        captions: list[Caption] = [(name, None) for name in one.classes]
        self._mosaic.set_pictures(averages, captions)

    def _draw_twins(self, survey: DataSummary) -> None:
        groups = survey.duplicates
        here = groups[self._pager.set_count(len(groups))]
        self._places = [twin.places[0] for twin in here]
        if not here:
            self._empty.explain(tr("There are no duplicates."))
            return
        theme = themes().theme
        captions: list[Caption] = []
        for twin in here:
            names = dict.fromkeys(self._name(place) for place in twin.places)
            colour = theme.bad if twin.conflicting_labels else theme.doubt if twin.across else None
            captions.append(
                (f"{'/'.join(names)} ×{len(twin.places)}", QColor(colour) if colour else None)
            )
        pictures = [self._sets[home].images[number] for home, number in self._places]
        self._mosaic.set_pictures(np.stack(pictures), captions)

    # -- words --------------------------------------------------------------------------------

    def _name(self, place: SampleRef) -> str:
        one = self._sets[place[0]]
        return one.classes[one.labels[place[1]]]

    def _where(self, place: SampleRef) -> str:
        """A picture in words."""
        kinds = (tr("of the training set"), tr("of the test set"))
        kind = kinds[place[0]] if len(self._sets) > 1 else tr("of the set")
        return tr("“{name}”, picture {number} {kind}").format(
            name=self._name(place), number=f"{place[1]:,}", kind=kind
        )

    def _say(self, text: str) -> None:
        if not text and self._stack.currentWidget() is self._one:
            text = self._one.hint()
        self._foot.setText(text or self._notes)
        self._foot.setToolTip(self._foot.text())

    def _on_bar(self, text: str) -> None:
        if not text and len(self._sets) > 1:
            text = tr("Wide bars: training set. Narrow bars: test set.")
        self._say(text)

    def _on_over(self, tile: int) -> None:
        tab = self._tabs.currentIndex()
        if self._survey is None or tile < 0:
            self._say("")
        elif tab == AVERAGES and tile < len(self._sets[0].classes):
            count = int(self._survey.counts[self._set(), tile])
            name = self._sets[0].classes[tile]
            words = tr("the average of {count} pictures of “{name}”")
            self._say(words.format(count=f"{count:,}", name=name))
        elif tab == TWICE and tile < len(self._places):
            self._say(self._twin_words(self._pager.page * _A_PAGE + tile))
        elif tile < len(self._places):
            self._say(self._where(self._places[tile]))

    def _twin_words(self, number: int) -> str:
        assert self._survey is not None
        twin = self._survey.duplicates[number]
        shown = " = ".join(self._where(place) for place in twin.places[:3])
        more = len(twin.places) - 3
        if more > 0:
            shown += tr(" and {count} more").format(count=more)
        if twin.conflicting_labels:
            return tr("conflicting labels: {places}").format(places=shown)
        return shown

    # -- one picture --------------------------------------------------------------------------

    def _on_picked(self, tile: int) -> None:
        if self._tabs.currentIndex() == AVERAGES:
            self.find_class(tile)
        elif tile < len(self._places):
            self._open(tile)

    def _open(self, tile: int) -> None:
        place = self._places[tile]
        words = self._where(place)
        if self._tabs.currentIndex() == TWICE:
            words = self._twin_words(self._pager.page * _A_PAGE + tile)
        self._filters.hide()
        self._pager.hide()
        self._one.show_picture(self._sets[place[0]].images[place[1]], words, place)
        self._stack.setCurrentWidget(self._one)
        self._mosaic.current = tile
        self._one.setFocus()
        self._say("")

    def _show_many(self) -> None:
        self._filters.setVisible(self._tabs.currentIndex() == PICTURES)
        self._pager.show()
        self._stack.setCurrentWidget(self._empty)
        self._say("")
        self._mosaic.setFocus()

    def _step(self, by: int) -> None:
        there = (self._mosaic.current or 0) + by
        if 0 <= there < len(self._places):
            self._open(there)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys turn pages."""
        if not self._pager.take_key(event):
            super().keyPressEvent(event)
