"""Samples panel: test images and their predictions, by filter, confusion cell or score bar."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QKeyEvent

from core.formatting import format_count
from core.record.models import sample_indices
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.state.selection import SamplePrediction
from hellodl_gui.theming.palette import ink
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.pager import Pager
from hellodl_gui.ui.controls.query_chip import QueryChip
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.mosaic import Mosaic
from hellodl_gui.ui.panel import Panel

_A_PAGE = 40
_AS_GOOD_AS_SURE = 0.995
_GUESSES = 3
_FILTER = 6  # characters of the filter that are legible in a narrow dock


class SamplesPanel(Panel):
    """A gallery. Green captions are right, red ones say “true → guess”; a click selects."""

    key, title = "samples", "Samples"
    help = "Test pictures with the latest prediction, and its confidence where below 99.5 %"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._filter = combo_box(
            tr("Which samples"),
            "",
            [tr("all"), tr("mistakes"), tr("most confident mistakes"), tr("least confident")],
            changed=lambda _: self._show_query(),
            elided=True,
        )
        self._filter.setMinimumContentsLength(_FILTER)
        self._picked = QueryChip(tr("Clear this selection"))
        self._picked.cleared.connect(self.mark_dirty)
        self._pager = Pager(_A_PAGE)
        self._pager.turned.connect(self.mark_dirty)
        bar = hbox(self._filter, self._picked, (self._pager, 1), margins=(10, 6, 10, 0))
        self._gallery = Mosaic(symmetric=False)
        self._gallery.set_lut(ink())
        self._gallery.one = tr("sample")
        self._gallery.picked.connect(self._on_picked)
        self._reading = sentence(tr("Click a picture to see how the network reads it."), 12)
        self.fill(bar, (self._gallery, 1), self._reading, margins=(0, 0, 0, 8))
        self._shown: NDArray[np.intp] = np.arange(0)
        state.training.restarted.connect(self._show_query)
        state.selection.queried.connect(self._show_query)
        state.selection.predicted.connect(self._on_read)
        self.redraw_on(state.timeline.evaluated, themes().changed)

    def _show_query(self, query: SampleQuery | None = None) -> None:
        """What another panel asks for, from its first page; all that the filter lets pass."""
        self._picked.show_query(query, self.state.training.test.classes)
        self._pager.page = 0
        self.mark_dirty()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys turn pages."""
        if not self._pager.take_key(event):
            super().keyPressEvent(event)

    def _on_picked(self, tile: int) -> None:
        if tile < len(self._shown):
            self.state.selection.select(int(self._shown[tile]))

    def _on_read(self, reading: SamplePrediction) -> None:
        classes = self.state.training.test.classes
        best = np.argsort(-reading.probabilities)[:_GUESSES]
        guesses = ", ".join(f"“{classes[i]}” {reading.probabilities[i]:.1%}" for i in best)
        true = classes[self.state.training.test.labels[reading.sample]]
        words = tr("sample {number}, a “{true}”, is read as {guesses}")
        self._reading.setText(words.format(number=reading.sample, true=true, guesses=guesses))

    def refresh(self) -> None:
        """Draw one page of the chosen pictures."""
        test = self.state.training.test
        chosen = self._chosen()
        more = ""
        if self._of_past():
            more = tr(" · {count} predictions kept, of mini-batch {step}").format(
                count=self._kept_count(), step=format_count(self._looked_at())
            )
        self._shown = chosen[self._pager.set_count(len(chosen), more)]
        if not len(self._shown):
            self._fallback.explain(self._none_here(), tr("Show all"), self._show_all)
            return
        self._fallback.show_content()
        tiles = test.images[self._shown].astype(np.float32) / np.float32(255)
        self._gallery.set_tiles(tiles, captions=self._captions())

    def _none_here(self) -> str:
        if self._of_past():
            return tr(
                "None of the {count} test pictures kept for past moments match this filter."
            ).format(count=self._kept_count())
        return tr("No test pictures match this filter.")

    def _of_past(self) -> bool:
        """Whether of the moment that is shown not all pictures were kept."""
        evaluation = self.state.timeline.evaluation
        return evaluation is not None and evaluation.samples is not None

    def _kept_count(self) -> str:
        evaluation = self.state.timeline.evaluation
        return format_count(len(evaluation.numbers) if evaluation is not None else 0)

    def _looked_at(self) -> int:
        evaluation = self.state.timeline.evaluation
        return evaluation.step if evaluation is not None else 0

    def _show_all(self) -> None:
        self._filter.setCurrentIndex(0)
        self._show_query()

    def _chosen(self) -> NDArray[np.intp]:
        """The numbers of the samples that pass the filter, in order."""
        test, evaluation = self.state.training.test, self.state.timeline.evaluation
        if self._picked.query is not None and evaluation is not None:
            return self._kept_first(self._picked.query.samples(test.labels, evaluation))
        if evaluation is None or self._filter.currentIndex() == 0:
            return self._kept_first(np.arange(len(test)))
        numbers = evaluation.numbers
        wrong = np.flatnonzero(evaluation.predictions != test.labels[numbers])
        match self._filter.currentIndex():
            case 1:
                return self._kept_first(numbers[wrong])
            case 2:
                return numbers[wrong[np.argsort(-evaluation.confidence[wrong], kind="stable")]]
            case _:
                return numbers[np.argsort(evaluation.confidence, kind="stable")]

    def _kept_first(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those first of which the record keeps every guess: the same pictures at all moments."""
        kept = np.isin(numbers, sample_indices(len(self.state.training.test)))
        return np.concatenate([numbers[kept], numbers[~kept]])

    def _captions(self) -> list[tuple[str, QColor | None]]:
        test, evaluation = self.state.training.test, self.state.timeline.evaluation
        theme = themes().theme
        captions: list[tuple[str, QColor | None]] = []
        looked_at = evaluation.numbers if evaluation else self._shown
        rows = np.minimum(np.searchsorted(looked_at, self._shown), max(len(looked_at) - 1, 0))
        for sample, row in zip(self._shown, rows, strict=True):
            true = test.classes[test.labels[sample]]
            if evaluation is None or looked_at[row] != sample:
                captions.append((true, None))
                continue
            guess = test.classes[evaluation.predictions[row]]
            sure = float(evaluation.confidence[row])
            if guess == true:  # narrow pictures have no room for a “100%”
                shown = true if sure >= _AS_GOOD_AS_SURE else f"{true} {sure:.0%}"
                captions.append((shown, QColor(theme.good)))
            else:
                captions.append((f"{true}→{guess}", QColor(theme.bad)))
        return captions
