"""Class gallery panel: all samples of one class, sorted by how the network reads them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton

from core.chapters.capabilities import CLASSIFICATION, IMAGE
from core.data.dataset import Dataset
from core.inspect.data.class_gallery import (
    BEST,
    FILE,
    RANDOM,
    WORST,
    Predictions,
    class_members,
    sort_members,
)
from core.translation import tr
from hellodl_gui.features.class_gallery.gallery import SCALES, ClassGallery
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import Act, tool_button
from hellodl_gui.ui.controls.combo_utils import chosen_class, combo_box, offer_classes
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.image_close_up import ImageCloseUp
from hellodl_gui.ui.panel import Panel

_MOST = 5_000
_CHUNK = 500  # pictures a question: the training process trains on between two of them
_FIRST = "h"  # the letter of the text's own poster
_NARROW = 60


class ClassGalleryPanel(Panel):
    """Pictures of one class, from the training set or the test set; those that the network takes
    for something else have a red edge. Type a character for its poster.

    Attributes: `poster`, the wall; `shown`, the numbers of its pictures in their set.
    """

    key, title = "posters", "Posters"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "Type a letter to see its poster. Click a picture to enlarge it."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.shown: NDArray[np.intp] = np.arange(0)
        self._seed = 0
        self._numbers: NDArray[np.intp] = np.arange(0)
        self._auto = True
        self._known: Predictions | None = None  # what the training set was last taken for
        self._parts: list[Predictions] = []  # what is read of it at present
        self._round = 0
        self._reading = self._stale = False
        self.poster = ClassGallery()
        self.poster.over.connect(self._on_over)
        self.poster.picked.connect(self._on_picked)
        self.poster.typed.connect(self._on_typed)
        self.poster.resized.connect(self.mark_dirty)
        self._one = ImageCloseUp()
        self._one.closed.connect(self._close_one)
        self._one.stepped.connect(self._step)
        self._place = 0
        self._one.pointed.connect(self._say)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.poster)
        self._stack.addWidget(self._one)
        self._foot = sentence(margin=12)
        bar = self._make_bar()
        self.fill(bar, (self._stack, 1), self._foot, margins=(0, 0, 0, 6), spacing=2)
        state.timeline.evaluated.connect(self._read_again)
        self.redraw_on(state.training.status_changed)
        self.each_run(self._on_restart)

    def _make_bar(self) -> QHBoxLayout:
        self._class = _combo(tr("Class"), tr("Class (or type its name)"), self._begin_again)
        self._set = _combo(tr("Set"), tr("Training or test set"), self._begin_again)
        self._set.addItem(tr("test"), False)
        self._set.addItem(tr("train"), True)
        self._order = _combo(tr("Order"), tr("Order of the pictures"), self.mark_dirty)
        for words, tip, key in (
            (tr("random"), tr("↻ shuffles again"), RANDOM),
            (tr("best"), tr("Confident and correct first, confident and wrong last"), BEST),
            (tr("worst"), tr("Confident and wrong first, confident and correct last"), WORST),
            (tr("file"), tr("In file order"), FILE),
        ):
            self._order.addItem(words, key)
            place = self._order.count() - 1
            self._order.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        again = _button("↻", tr("Shuffle or read again"), self._on_again)
        self._smaller = _button("−", tr("Smaller pictures, more of them"), lambda: self._resize(-1))
        self._larger = _button("+", tr("Larger pictures, fewer of them"), lambda: self._resize(1))
        return hbox(
            (self._class, 4), (self._set, 4), (self._order, 5), again, self._smaller, self._larger,
            margins=(10, 6, 10, 2), spacing=6,
        )  # fmt: skip

    # -- what is wanted -----------------------------------------------------------------------

    @property
    def _train(self) -> bool:
        return bool(self._set.currentData())

    @property
    def _must_ask(self) -> bool:
        """Whether no look at the test set tells what all these pictures are taken for."""
        report = self.state.classification
        return self._train or (report is not None and report.samples is not None)

    @property
    def _data(self) -> Dataset:
        return self.state.training.data.train if self._train else self.state.training.data.test

    def _on_restart(self) -> None:
        """Other data may have other classes."""
        classes = self.state.training.test.classes
        offer_classes(self._class, classes, classes.index(_FIRST) if _FIRST in classes else 0)
        self._begin_again()

    def _begin_again(self, *_: object) -> None:
        """Other pictures."""
        self._numbers = class_members(self._data.labels, chosen_class(self._class), _MOST)
        self._known, self._parts = None, []
        self._reading, self._stale = False, True
        self._round += 1
        self._close_one()
        self.mark_dirty()

    def _read_again(self, *_: object) -> None:
        """Read all boxes anew: the network has changed."""
        self._stale = True
        if not self._train:
            self._known, self._parts, self._reading = None, [], False
            self._round += 1
        self.mark_dirty()

    def _on_again(self) -> None:
        self._seed += 1
        self._read_again()

    def _on_typed(self, text: str) -> None:
        """The class called so; in lower case where there is no other."""
        for name in (text, text.lower(), text.upper()):
            if name in self.state.training.test.classes:
                self._class.setCurrentIndex(self.state.training.test.classes.index(name) + 1)
                self._begin_again()
                return
        self._say(tr("There is no class “{name}”.").format(name=text))

    def _resize(self, by: int) -> None:
        self._auto = False
        place = min(max(SCALES.index(self.poster.scale) + by, 0), len(SCALES) - 1)
        self._smaller.setEnabled(place > 0)
        self._larger.setEnabled(place < len(SCALES) - 1)
        self.poster.set_scale(SCALES[place])

    # -- what the network takes them for ------------------------------------------------------

    def _verdicts(self) -> Predictions | None:
        """Of all pictures that may be shown; None before they are known."""
        if self._must_ask:
            return self._known
        report = self.state.classification
        if report is None:
            return None
        return Predictions(report.predictions, report.confidence).of(self._numbers)

    def _ask_on(self) -> None:
        """Have the next pictures of the training set read; the old verdicts stand until then."""
        have = sum(len(part.guesses) for part in self._parts)
        wanted = self._numbers[have : have + _CHUNK]
        self._reading = bool(len(wanted))
        if not self._reading:
            if self._parts:
                self._known = Predictions(
                    np.concatenate([part.guesses for part in self._parts]),
                    np.concatenate([part.confidence for part in self._parts]),
                )
            self._parts = []
            self.mark_dirty()
            return
        asked = self._round

        def then(found: Predictions) -> None:
            if asked == self._round:
                self._parts.append(found)
                self._ask_on()

        def otherwise(_: bool) -> None:
            if asked == self._round:
                self._parts, self._reading = [], False
                self.mark_dirty()

        question = {"train": self._train, "numbers": wanted}
        self.state.probes.ask("predictions", question, then, otherwise)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """As many as fit, in their order."""
        if self._must_ask and self._stale and not self._reading and self.state.training.answers:
            self._stale = False
            self._ask_on()
        data, verdicts = self._data, self._verdicts()
        size = data.images.shape[-2], data.images.shape[-1]
        if self._auto:
            self._fit(*size)
        labels = data.labels[self._numbers]
        order = sort_members(labels, verdicts, str(self._order.currentData()), self._seed)
        order = order[: self.poster.capacity(*size)]
        self.shown = self._numbers[order]
        pictures = data.images[self.shown]
        wrong = np.zeros(len(order), bool)
        if verdicts is not None:
            wrong = verdicts.guesses[order] != labels[order]
        self.poster.set_pictures(pictures, wrong)
        self._say_summary(verdicts)

    def _fit(self, height: int, width: int) -> None:
        """Let few pictures be large, until the person wants another size."""
        for scale in reversed(SCALES[1:]):
            self.poster.scale = scale
            if self.poster.capacity(height, width) >= len(self._numbers):
                break

    def _say_summary(self, verdicts: Predictions | None) -> None:
        """How many there are, how many are shown, and how many are read otherwise."""
        if self._stack.currentWidget() is self._one:
            return
        text = tr("{shown} of {all} shown").format(
            shown=f"{self.poster.count:,}", all=f"{len(self._numbers):,}"
        )
        if verdicts is not None and len(self._numbers):
            wrong = int((verdicts.guesses != self._data.labels[self._numbers]).sum())
            text += " · " + tr("{wrong} misread ({share})").format(
                wrong=f"{wrong:,}", share=f"{wrong / len(self._numbers):.1%}"
            )
        elif self._reading:
            text += " · " + tr("the network is reading them")
        else:
            text += " · " + tr("not read by the network yet")
        self._foot.setText(text)
        self.poster.setAccessibleDescription(text)

    def _words(self, place: int) -> str:
        """What there is to say of a picture on the wall."""
        number = int(self.shown[place])
        classes = self._data.classes
        label = int(self._data.labels[number])
        words = tr("number {number}: “{label}”").format(number=f"{number:,}", label=classes[label])
        verdicts = self._verdicts()
        if verdicts is None:
            return words
        at = int(np.searchsorted(self._numbers, number))
        return words + tr(", read as “{guess}” ({sure})").format(
            guess=classes[verdicts.guesses[at]], sure=f"{verdicts.confidence[at]:.0%}"
        )

    def _say(self, text: str) -> None:
        self._foot.setText(text)

    def _on_over(self, place: int) -> None:
        if 0 <= place < len(self.shown):
            self._say(self._words(place))
        else:
            self._say_summary(self._verdicts())

    def _on_picked(self, place: int) -> None:
        """Show it large; one of the test set is selected for the other panels too."""
        if place >= len(self.shown):
            return
        self._place = place
        number = int(self.shown[place])
        if not self._train:
            self.state.selection.select(number)
        self._one.show_picture(self._data.images[number], self._words(place), (0, number))
        self._stack.setCurrentWidget(self._one)
        self._one.setFocus()
        self._say(tr("Point at a pixel for its level. Esc goes back."))

    def _step(self, by: int) -> None:
        there = self._place + by
        if 0 <= there < len(self.shown):
            self.poster.current = there
            self._on_picked(there)

    def _close_one(self) -> None:
        if self._stack.currentWidget() is self._one:
            self._stack.setCurrentWidget(self.poster)
            self.poster.setFocus()
            self._say_summary(self._verdicts())


def _combo(name: str, tip: str, activated: Act) -> ComboBox:
    combo = combo_box(name, tip, activated=activated, least=5)
    combo.setMinimumWidth(_NARROW)
    return combo


def _button(text: str, tip: str, act: Act) -> QToolButton:
    button = tool_button(text, tip, act)
    button.setProperty("flat", True)
    button.setFixedWidth(button.fontMetrics().horizontalAdvance("MM"))
    return button
