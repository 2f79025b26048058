"""Mistakes panel: misread images, their nearest training images, and fine-tuning on them.

A picture whose neighbours all carry another label was perhaps labelled wrongly itself.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QUndoStack
from PySide6.QtWidgets import QToolButton, QWidget

from core.chapters.capabilities import CLASSIFICATION, GLYPHS, IMAGE
from core.data.dataset import Dataset
from core.inspect.features.nearest_neighbors import METRICS
from core.training.reports import ClassificationReport
from core.translation import tr
from hellodl_gui.features.mistakes.mistake_text import (
    neighbor_captions,
    neighbor_summary,
    prediction_captions,
)
from hellodl_gui.features.mistakes.neighbor_finder import NeighborFinder
from hellodl_gui.features.mistakes.prediction_card import PredictionCard
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.focus_shortcuts import add_shortcut
from hellodl_gui.ui.controls.label_and_save_row import LabelAndSaveRow
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.controls.pager import Pager
from hellodl_gui.ui.controls.query_chip import QueryChip
from hellodl_gui.ui.layout.boxes import hbox, vbox_widget
from hellodl_gui.ui.layout.wide_or_tall import WideOrTall
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_A_PAGE, _A_SMALL_PAGE = 24, 10
_NEIGHBOURS, _FEW_NEIGHBOURS = 12, 8
_SMALL, _LOW = 500, 400  # pixels: a narrower or lower panel shows fewer and larger pictures

Subject = tuple[bool, int]
"""Whether the picture is one of the training set, and its number there or in the test set."""


class MistakesPanel(Panel):
    """Attributes: `subject`, the picture looked at; `undo`, what was kept from here."""

    key, title = "mistakes", "Mistakes"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "Misread pictures and the training pictures most similar to them for the network"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.subject: Subject | None = None
        self.undo = QUndoStack(self)
        self._listed: NDArray[np.intp] = np.arange(0)
        self._near: NDArray[np.int64] = np.empty(0, np.int64)
        self._seen: ClassificationReport | None = None
        self._drawn: tuple[object, ...] = ()
        self._finder = NeighborFinder(self)
        parts = WideOrTall()
        parts.addWidget(self._left())
        parts.addWidget(self._right())
        for place, share in enumerate((4, 5)):
            parts.setStretchFactor(place, share)
        self.fill(parts, margins=(10, 6, 10, 6))
        self._keep.changed.connect(self.mark_dirty)
        self.redraw_on(
            state.timeline.evaluated, state.timeline.weights_changed, state.training.status_changed
        )
        state.selection.queried.connect(self._begin_again)
        state.training.restarted.connect(self._leave_pick)
        state.training.chapter_changed.connect(self._leave_pick)
        themes().changed.connect(self._on_theme)

    def _left(self) -> QWidget:
        self._order = combo_box(
            tr("Which mistakes first"),
            tr("The most confident mistakes are often hard to read or mislabelled"),
            [tr("most confident first"), tr("least confident first")],
            changed=self._on_order,
        )
        self._picked = QueryChip(tr("Clear this selection and show all mistakes"))
        self._picked.cleared.connect(self._leave_pick)
        self._pager = Pager(_A_PAGE)
        self._pager.turned.connect(self.mark_dirty)
        self._gallery = ImageMosaic()
        self._gallery.setAccessibleName(tr("Misread pictures"))
        self._gallery.setMinimumHeight(44)
        self._gallery.picked.connect(self._on_tile)
        bar = hbox(self._order, self._picked, 1, self._pager)
        return vbox_widget(bar, (self._gallery, 1), spacing=4)

    def _right(self) -> QWidget:
        self._about = ElidedLabel()
        self._back = tool_button(
            tr("Back"), tr("Back to the test picture (Esc)"), self._leave_training
        )
        self._back.hide()
        back = add_shortcut(self, QAction(self), Qt.Key.Key_Escape)
        back.triggered.connect(self._leave_training)
        self._card = PredictionCard()
        self._said = quiet(ElidedLabel())
        self._metric = combo_box(
            tr("How similarity is measured"),
            tr(
                "Similarity of two pictures by the inputs of the last layer: cosine of "
                "their angle, or Euclidean distance"
            ),
            [tr("by angle"), tr("by distance")],
            changed=self._look_again,
        )
        self._neighbours = ImageMosaic()
        self._neighbours.setAccessibleName(tr("The nearest training pictures"))
        self._neighbours.setToolTip(tr("Click a training picture to see its neighbours"))
        self._neighbours.setMinimumHeight(44)
        self._neighbours.picked.connect(self._on_neighbour)
        self._keep = LabelAndSaveRow(self.state, self.undo, self._shown)
        self._keep.field.setAccessibleName(tr("What it is"))
        self._keep.field.setToolTip(
            tr("The true label of this picture; Enter saves it in My handwriting")
        )
        undo = self.undo.createUndoAction(self, tr("Undo"))
        add_shortcut(self, undo, QKeySequence.StandardKey.Undo)
        undo.setToolTip(tr("Take the picture out of My handwriting again (Ctrl+Z)"))
        self._undo = QToolButton()
        self._undo.setDefaultAction(undo)
        self._undo.hide()
        self.undo.canUndoChanged.connect(self._undo.setVisible)
        return vbox_widget(
            hbox((self._about, 1), self._back),
            (self._card, 1),
            hbox((self._said, 1), self._metric),
            (self._neighbours, 1),
            hbox((self._keep, 1), self._undo),
            spacing=4,
        )

    # -- what is chosen -----------------------------------------------------------------------

    def _begin_again(self, query: SampleQuery | None) -> None:
        """Other mistakes, or what another panel asks for, from its first page."""
        self._picked.show_query(query, self.state.training.test.classes)
        self._pager.page = 0
        self.subject = None
        self._on_theme()

    def _leave_pick(self) -> None:
        self._begin_again(None)

    @Slot()
    def _on_order(self, *_: object) -> None:
        self._begin_again(self._picked.query)

    @Slot()
    def _on_theme(self, *_: object) -> None:
        self._drawn = ()
        self.mark_dirty()

    @Slot(int)
    def _on_tile(self, tile: int) -> None:
        if tile < len(self._listed):
            self._look_at((False, int(self._listed[tile])))
            self.state.selection.select(int(self._listed[tile]))

    @Slot(int)
    def _on_neighbour(self, tile: int) -> None:
        if tile < len(self._near):
            self._look_at((True, int(self._near[tile])))

    @Slot()
    def _leave_training(self) -> None:
        if self.subject is not None and self.subject[0]:
            self._look_at((False, self.state.selection.sample))

    @Slot()
    def _look_again(self, *_: object) -> None:
        if self.subject is not None:
            self._look_at(self.subject)

    def _look_at(self, subject: Subject) -> None:
        """Another picture, or the same one by another measure."""
        changed = subject != self.subject
        self.subject = subject
        self._finder.look_at(self._picture(), METRICS[self._metric.currentIndex()])
        self._near = np.empty(0, np.int64)
        if changed:
            classes = self.state.training.test.classes
            name = classes[self._label()]
            self._keep.field.setText(name if len(name) == 1 else "")
            self._keep.say("")
        self.mark_dirty()

    def _picture(self) -> NDArray[np.uint8]:
        """The picture looked at."""
        data, number = self._place()
        return np.asarray(data.images[number])

    def _label(self) -> int:
        data, number = self._place()
        return int(data.labels[number])

    def _place(self) -> tuple[Dataset, int]:
        """The set that the picture is of, and its number there."""
        assert self.subject is not None
        trained, number = self.subject
        split = self.state.training.data
        return split.train if trained else split.test, number

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The page of mistakes, and the one that is looked at."""
        report = self.state.classification
        if report is None:
            self._fallback.explain(tr("No test results yet. Press Play to start training."))
            return
        chosen = self._chosen(report)
        if not len(chosen):
            words = tr("No test pictures match this filter.")
            if self._picked.query is None:
                words = tr("No mistakes: every test picture kept is read correctly.")
                self._fallback.explain(words)
            else:
                self._fallback.explain(words, tr("All mistakes"), self._leave_pick)
            return
        self._fallback.show_content()
        self._pager.set_size(_A_SMALL_PAGE if self._small else _A_PAGE)
        self._show_gallery(report, chosen)
        if self.subject is None:
            self._look_at((False, int(self._listed[0])))
        self._finder.go_on()
        self._show_subject()
        self.dirty = False  # what was chosen just now has been drawn

    @property
    def _small(self) -> bool:
        return self.width() < _SMALL or self.height() < _LOW

    def _chosen(self, report: ClassificationReport) -> NDArray[np.intp]:
        labels, numbers = self.state.training.test.labels, report.numbers
        if self._picked.query is not None:
            return self._picked.query.samples(labels, report)
        wrong = np.flatnonzero(report.predictions != labels[numbers])
        sign = 1 if self._order.currentIndex() else -1
        return numbers[wrong[np.argsort(sign * report.confidence[wrong], kind="stable")]]

    def _show_gallery(self, report: ClassificationReport, chosen: NDArray[np.intp]) -> None:
        self._listed = chosen[self._pager.set_count(len(chosen))]
        self._order.setVisible(self._picked.query is None)
        drawn = (self._pager.page, self._picked.query, self._order.currentIndex(), self._small)
        if report is self._seen and drawn == self._drawn:
            return
        self._seen, self._drawn = report, drawn
        test = self.state.training.test
        captions = prediction_captions(test, report, self._listed, brief=self._small)
        self._gallery.set_pictures(test.images[self._listed], captions)

    def _show_subject(self) -> None:
        assert self.subject is not None
        state, found = self.state, self._finder.found
        trained, number = self.subject
        classes, true = state.training.test.classes, self._label()
        probs = found.probs if found is not None else None
        self._card.show_reading(self._picture(), true, classes, probs)
        where = tr("Training picture") if trained else tr("Test picture")
        words = tr("{where} {number:,}, labelled “{true}”")
        self._about.say(words.format(where=where, number=number, true=classes[true]))
        self._back.setVisible(trained)
        fits = GLYPHS in state.training.capabilities
        self._keep.set_state(fits, fits and state.training.status in (Status.IDLE, Status.PLAYING))
        if found is None:
            self._near = np.empty(0, np.int64)
            self._said.say(
                tr("Finding the nearest training pictures …")
                if state.training.answers
                else tr("The training process is not ready to compare.")
            )
            self._neighbours.set_pictures(state.training.test.images[:0], [])
            return
        keep = found.numbers != number if trained else np.ones(len(found.numbers), bool)
        self._near = found.numbers[keep][:_NEIGHBOURS]
        labels = state.training.data.train.labels[self._near]
        shown = _FEW_NEIGHBOURS if self._small else _NEIGHBOURS
        far = found.distances[keep][:_NEIGHBOURS]
        captions = neighbor_captions(classes, labels, far, true, brief=self._small)
        images = state.training.data.train.images[self._near[:shown]]
        self._neighbours.set_pictures(images, captions[:shown])
        self._said.say(neighbor_summary(found, classes, labels, true))

    def numbers(self) -> NumberTable | None:
        """Every listed sample: its class, what it is read as, and how surely; none, no table."""
        report, test = self.state.classification, self.state.training.test
        if report is None:
            return None
        listed = self._chosen(report)
        if not len(listed):
            return None
        known = np.isin(listed, report.numbers)
        rows = np.searchsorted(report.numbers, listed[known])
        return NumberTable(
            ("sample", "actual", "predicted", "probability"),
            [
                listed[known],
                [test.classes[label] for label in test.labels[listed[known]]],
                [test.classes[guess] for guess in report.predictions[rows]],
                report.confidence[rows],
            ],
        )

    # -- putting it right ---------------------------------------------------------------------

    def _shown(self) -> tuple[NDArray[np.uint8], str] | None:
        """The picture looked at, and where it is from."""
        if self.subject is None:
            return None
        data, number = self._place()
        was = data.classes[self._label()]
        words = tr("{name} {number}, labelled {was}")
        return self._picture(), words.format(name=data.name, number=number, was=was)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """More room, more pictures."""
        super().resizeEvent(event)
        self.mark_dirty()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Page keys turn pages."""
        if not self._pager.take_key(event):
            super().keyPressEvent(event)
