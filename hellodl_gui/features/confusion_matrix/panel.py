"""Confusion matrix panel: which class was taken for which; a click shows the images of a cell."""

import numpy as np

from core.chapters.capabilities import CLASSIFICATION
from core.translation import tr
from hellodl_gui.features.confusion_matrix.matrix import ConfusionMatrix
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel


class ConfusionMatrixPanel(Panel):
    """The confusion matrix of the latest look at the test set."""

    key, title = "confusion", "Confusion"
    needs = frozenset({CLASSIFICATION})
    help = (
        "Rows: actual. Columns: predicted. Click a cell for its pictures. The diagonal counts "
        "correct answers and stays grey; the stronger the colour of another cell, the larger "
        "its share of the row."
    )

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._matrix = ConfusionMatrix()
        self._matrix.cell_clicked.connect(self._on_cell)
        self._matrix.hovered.connect(self._on_hover)
        self._foot = sentence(margin=12)
        self._colours = ColourBar("heat")
        foot = hbox((self._foot, 1), self._colours)
        self.fill((self._matrix, 1), foot, margins=(4, 8, 4, 6))
        self.redraw_on(state.timeline.evaluated, state.training.restarted)

    def refresh(self) -> None:
        """Draw the latest counts."""
        evaluation = self.state.timeline.evaluation
        if evaluation is None:
            self._fallback.explain(tr("No test results yet. Press Play to start training."))
            return
        self._fallback.show_content()
        self._matrix.set_counts(evaluation.confusion, self.state.training.test.classes)
        self._colours.set_level(self._matrix.strongest)
        if self._matrix.current is None:
            self._on_hover("")

    def numbers(self) -> NumberTable | None:
        """The counts: a row for each class as it is, a column for each as it was read."""
        evaluation, classes = self.state.timeline.evaluation, self.state.training.test.classes
        if evaluation is None:
            return None
        header = (tr("actual \\ predicted"), *classes)
        return NumberTable(header, [classes, *evaluation.confusion.T])

    def _on_cell(self, true: int, guess: int) -> None:
        self.state.selection.queried.emit(SampleQuery(true=true, guess=guess))

    def _on_hover(self, text: str) -> None:
        evaluation = self.state.timeline.evaluation
        if not text and evaluation is not None:
            wrong = int(evaluation.confusion.sum() - evaluation.confusion.trace())
            text = tr("{wrong} of {all} wrong after mini-batch {step}").format(
                wrong=f"{wrong:,}",
                all=f"{evaluation.confusion.sum():,}",
                step=f"{evaluation.step:,}",
            )
            if np.isfinite(evaluation.top2):
                text += tr(" · accuracy {one}, top-2 {two}").format(
                    one=f"{evaluation.accuracy:.1%}", two=f"{evaluation.top2:.1%}"
                )
        self._foot.setText(text)
