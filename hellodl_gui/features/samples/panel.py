"""Samples panel: test samples and their predictions, by filter, confusion cell or score bar."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget

from core.chapters.capabilities import CLASSIFICATION, REGRESSION
from core.data.specs import ImageSpec, TokenSpec
from core.formatting import format_count
from core.record.models import sample_indices
from core.training.reports import ClassificationReport, RegressionReport
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.state.selection import Sample, SamplePrediction
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.pager import Pager
from hellodl_gui.ui.controls.query_chip import QueryChip
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.samples.sample_table import SampleTable, sample_rows
from hellodl_gui.ui.samples.sample_text import target_text
from hellodl_gui.ui.samples.sample_view import SampleView

_A_PAGE = 40
_AS_GOOD_AS_SURE = 0.995
_GUESSES = 3
_FILTER = 6  # characters of the filter that are legible in a narrow dock


class SamplesPanel(Panel):
    """A gallery of pictures, or a table of other samples with the selected one below.

    Green is right, red says “true → guess”; a click selects.
    """

    key, title = "samples", "Samples"
    help = "Test samples with the latest prediction, and its confidence where below 99.5 %"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._filter = combo_box(
            tr("Which samples"),
            "",
            changed=lambda _: self._show_query(),
            elided=True,
        )
        self._filter.setMinimumContentsLength(_FILTER)
        self._picked = QueryChip(tr("Clear this selection"))
        self._picked.cleared.connect(self.mark_dirty)
        self._pager = Pager(_A_PAGE)
        self._pager.turned.connect(self.mark_dirty)
        bar = hbox(self._filter, self._picked, (self._pager, 1), margins=(10, 6, 10, 0))
        self._gallery = ImageMosaic(enlarges=True)
        self._gallery.one = tr("sample")
        self._gallery.picked.connect(self._on_picked)
        self._table, self._one = SampleTable(), SampleView()
        self._table.picked.connect(self._on_picked)
        self._one.cursor_moved.connect(state.selection.move_cursor)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self._table)
        parts.addWidget(self._one)
        parts.setChildrenCollapsible(False)
        parts.setSizes([300, 200])
        self._stack = QStackedWidget()
        self._stack.addWidget(self._gallery)
        self._stack.addWidget(parts)
        self._reading = sentence("", 12)
        self.fill(bar, (self._stack, 1), self._reading, margins=(0, 0, 0, 8))
        self._shown: NDArray[np.intp] = np.arange(0)
        self.each_run(self._on_restart)
        state.selection.input_changed.connect(self._on_selected)
        state.selection.queried.connect(self._show_query)
        state.selection.predicted.connect(self._on_read)
        self.redraw_on(state.timeline.evaluated, themes().changed)

    def _on_restart(self) -> None:
        """Other data may be of another kind."""
        pictures = isinstance(self.state.training.test.spec, ImageSpec)
        self._stack.setCurrentIndex(0 if pictures else 1)
        filters = [tr("all")]
        if CLASSIFICATION in self.state.training.capabilities:
            filters += [tr("mistakes"), tr("most confident mistakes"), tr("least confident")]
        elif REGRESSION in self.state.training.capabilities:
            filters.append(tr("largest errors"))
        replace_items(self._filter, filters)
        self._filter.setVisible(len(filters) > 1)
        self._reading.setText(
            tr("Click a picture to see how the network reads it.")
            if pictures
            else tr("Choose a sample to look at it.")
        )
        self._show_query()

    def _on_selected(self) -> None:
        """What is no picture is shown below the table."""
        looked, test = self.state.selection.input, self.state.training.test
        if self._stack.currentIndex() == 1 and looked.from_data:
            self._one.show_sample(looked, test, self.state.selection.sample)
            if CLASSIFICATION not in self.state.training.capabilities:
                self._reading.setText(self._said(looked))

    def _said(self, looked: Sample) -> str:
        """Which sample it is; of a text, what comes after the cursor."""
        test, caption = self.state.training.test, looked.caption
        spec, after = test.spec, looked.target
        if not isinstance(spec, TokenSpec) or not isinstance(after, np.ndarray):
            return caption
        if after.shape != looked.value.shape:
            return caption
        here, then = (
            repr(spec.vocabulary[int(tokens[looked.cursor])])[1:-1]
            for tokens in (looked.value, after)
        )
        words = tr("{caption}: after “{here}” at place {place} comes “{then}”")
        return words.format(caption=caption, here=here, then=then, place=looked.cursor + 1)

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
        if isinstance(test.spec, ImageSpec):
            self._gallery.set_pictures(test.images[self._shown], self._captions())
            return
        rows = sample_rows(test, self._shown.tolist(), self.state.timeline.evaluation)
        names = getattr(test.spec, "names", None)
        self._table.show_samples(rows, ", ".join(names) if names else tr("text"))
        self._on_selected()

    def numbers(self) -> NumberTable | None:
        """The samples of this page, what they are and what they were predicted to be."""
        test, evaluation = self.state.training.test, self.state.timeline.evaluation
        if not len(self._shown):
            return None
        rows = sample_rows(test, self._shown.tolist(), evaluation)
        header = tr("sample"), tr("actual"), tr("predicted")
        words = [row.target for row in rows], [row.predicted for row in rows]
        return NumberTable(header, [self._shown, *words])

    def _none_here(self) -> str:
        if self._of_past():
            return tr(
                "None of the {count} test samples kept for past moments match this filter."
            ).format(count=self._kept_count())
        return tr("No test samples match this filter.")

    def _of_past(self) -> bool:
        """Whether of the moment that is shown not all pictures were kept."""
        report = self._report
        return report is not None and report.samples is not None

    def _kept_count(self) -> str:
        return format_count(len(self._report.numbers) if self._report is not None else 0)

    @property
    def _report(self) -> ClassificationReport | RegressionReport | None:
        """What the last look at the test set says of single samples."""
        seen = self.state.timeline.evaluation
        return None if seen is None else seen.classification or seen.report(RegressionReport)

    def _looked_at(self) -> int:
        evaluation = self.state.timeline.evaluation
        return evaluation.step if evaluation is not None else 0

    def _show_all(self) -> None:
        self._filter.setCurrentIndex(0)
        self._show_query()

    def _chosen(self) -> NDArray[np.intp]:
        """The numbers of the samples that pass the filter, in order."""
        test, report = self.state.training.test, self._report
        if self._picked.query is not None and isinstance(report, ClassificationReport):
            return self._kept_first(self._picked.query.samples(test.labels, report))
        if report is None or self._filter.currentIndex() <= 0:
            return self._kept_first(np.arange(len(test)))
        numbers = report.numbers
        if isinstance(report, RegressionReport):
            apart = np.abs(report.residuals).sum(axis=1)
            return numbers[np.argsort(-apart, kind="stable")]
        wrong = np.flatnonzero(report.predictions != test.labels[numbers])
        match self._filter.currentIndex():
            case 1:
                return self._kept_first(numbers[wrong])
            case 2:
                return numbers[wrong[np.argsort(-report.confidence[wrong], kind="stable")]]
            case _:
                return numbers[np.argsort(report.confidence, kind="stable")]

    def _kept_first(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those first of which the record keeps every guess: the same pictures at all moments."""
        kept = np.isin(numbers, sample_indices(len(self.state.training.test)))
        return np.concatenate([numbers[kept], numbers[~kept]])

    def _captions(self) -> list[tuple[str, QColor | None]]:
        test, report = self.state.training.test, self.state.classification
        theme = themes().theme
        captions: list[tuple[str, QColor | None]] = []
        looked_at = report.numbers if report is not None else self._shown
        rows = np.minimum(np.searchsorted(looked_at, self._shown), max(len(looked_at) - 1, 0))
        for sample, row in zip(self._shown, rows, strict=True):
            true = target_text(test, int(sample))
            if report is None or looked_at[row] != sample:
                captions.append((true, None))
                continue
            guess = test.classes[report.predictions[row]]
            sure = float(report.confidence[row])
            if guess == true:  # narrow pictures have no room for a “100%”
                shown = true if sure >= _AS_GOOD_AS_SURE else f"{true} {sure:.0%}"
                captions.append((shown, QColor(theme.good)))
            else:
                captions.append((f"{true}→{guess}", QColor(theme.bad)))
        return captions
