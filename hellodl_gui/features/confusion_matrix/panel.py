"""Confusion matrix panel: which class was taken for which; a click shows the images of a cell."""

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
        report = self.state.classification
        if report is None:
            self._fallback.explain(tr("No test results yet. Press Play to start training."))
            return
        if not report.confusion.size:
            words = tr("Of so many classes no confusion is counted. Samples shows what is misread.")
            self._fallback.explain(words)
            return
        self._fallback.show_content()
        self._matrix.set_counts(report.confusion, self.state.training.test.classes)
        self._colours.set_level(self._matrix.strongest)
        if self._matrix.current is None:
            self._on_hover("")

    def numbers(self) -> NumberTable | None:
        """The counts: a row for each class as it is, a column for each as it was read."""
        report, classes = self.state.classification, self.state.training.test.classes
        if report is None or not report.confusion.size:
            return None
        header = (tr("actual \\ predicted"), *classes)
        return NumberTable(header, [classes, *report.confusion.T])

    def _on_cell(self, true: int, guess: int) -> None:
        self.state.selection.queried.emit(SampleQuery(true=true, guess=guess))

    def _on_hover(self, text: str) -> None:
        evaluation, report = self.state.timeline.evaluation, self.state.classification
        if not text and evaluation is not None and report is not None:
            wrong = int(report.confusion.sum() - report.confusion.trace())
            text = tr("{wrong} of {all} wrong after mini-batch {step}").format(
                wrong=f"{wrong:,}",
                all=f"{report.confusion.sum():,}",
                step=f"{evaluation.step:,}",
            )
            for metric in self.state.training.metrics.tested:
                if metric.key in evaluation.metrics:
                    text += f" · {tr(metric.label)} {metric.text(evaluation.metrics[metric.key])}"
        self._foot.setText(text)
