"""Score histogram panel (chapters 1 and 2): scores of two classes and the bias to drag."""

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel

from core.chapters.capabilities import CLASSIFICATION, SINGLE_SCORE, TWO_CLASSES
from core.formatting import format_count, format_fixed
from core.translation import tr
from hellodl_gui.features.score_histogram.score_histogram import ScoreHistogram
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel


class ScoreHistogramPanel(Panel):
    """Scores of the test set before the bias. The line is the bias: drag it and the accuracy moves.

    In a chapter that has the knob “bias” dragging turns that knob; elsewhere it only asks what if.
    """

    key, title = "scores", "Scores"
    needs = frozenset({CLASSIFICATION, SINGLE_SCORE, TWO_CLASSES})
    help = "Drag the line or move it with the arrow keys; double-click to reset it"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._histogram = ScoreHistogram()
        self._histogram.moved.connect(self._on_moved)
        self._histogram.reset.connect(self._on_reset)
        self._histogram.bar_clicked.connect(self._on_bar)
        self._histogram.read.connect(self._on_hover)
        self._right = QLabel()
        self._right.setProperty("role", "title")
        tip = tr("Show the pictures on the wrong side of the line")
        self._errors = push_button("", tip, self._on_errors)
        self._errors.setAccessibleName(tip)
        self._foot = quiet(QLabel())
        self._foot.setWordWrap(True)
        self._foot.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        head = hbox(self._right, 1, self._errors, margins=(12, 8, 12, 0))
        self.fill(head, (self._histogram, 1), self._foot, margins=(0, 0, 0, 8))
        self._scores = np.empty(0, np.float32)
        self._labels = np.empty(0, np.int64)
        self._bias = 0.0
        self._by_hand = False
        timeline = state.timeline
        self.redraw_on(timeline.evaluated, timeline.weights_changed, state.training.restarted)

    def refresh(self) -> None:
        """Draw the latest scores."""
        report = self.state.classification
        if report is None or not len(report.margin):
            self._fallback.explain(tr("Press Play: the scores appear with the first test."))
            return
        self._fallback.show_content()
        self._bias = report.bias
        self._scores = report.margin - np.float32(self._bias)
        first, second = self.state.training.test.classes
        self._labels = self.state.training.test.labels[report.numbers]
        self._histogram.set_scores(self._scores, self._labels, (first, second))
        if not self._by_hand:
            self._histogram.set_threshold(-self._bias)
        self._by_hand = False
        self._count()

    def numbers(self) -> NumberTable | None:
        """Each sample's class and score, as far as they are known."""
        report, test = self.state.classification, self.state.training.test
        if report is None or not len(self._scores):
            return None
        classes = [test.classes[label] for label in self._labels]
        header = (tr("sample"), tr("actual"), tr("score before the bias"))
        return NumberTable(header, [report.numbers, classes, self._scores])

    def _count(self) -> None:
        threshold = self._histogram.threshold
        wrong = int(np.sum((self._scores > threshold) != self._labels))
        total = max(len(self._scores), 1)
        self._right.setText(tr("accuracy {right}").format(right=f"{1 - wrong / total:.2%}"))
        self._errors.setText(tr("{wrong} errors").format(wrong=format_count(wrong)))
        self._foot.setText(
            tr("bias {bias}: “{first}” left of the line, “{second}” right").format(
                bias=format_fixed(-threshold, 3, signed=True),
                first=self.state.training.test.classes[0],
                second=self.state.training.test.classes[1],
            )
        )

    @Slot(float)
    def _on_moved(self, score: float) -> None:
        self._by_hand = True
        self._count()
        knobs = self.state.training.knobs.knobs
        if "bias" in knobs:
            self.state.training.turn(
                "bias_rule", float(knobs["bias_rule"].choices.index("by hand"))
            )
            self.state.training.turn(
                "bias", min(max(-score, knobs["bias"].low), knobs["bias"].high)
            )

    @Slot()
    def _on_reset(self) -> None:
        self._by_hand = False
        if "bias_rule" in self.state.training.knobs:
            self.state.training.turn(
                "bias_rule", self.state.training.knobs.knobs["bias_rule"].default
            )
        self._histogram.set_threshold(-self._bias)
        self._count()

    @Slot()
    def _on_errors(self) -> None:
        self.state.selection.queried.emit(
            SampleQuery(bias=self._bias, threshold=self._histogram.threshold)
        )

    @Slot(float, float)
    def _on_bar(self, low: float, high: float) -> None:
        self.state.selection.queried.emit(SampleQuery(low=low, high=high, bias=self._bias))

    @Slot(str)
    def _on_hover(self, text: str) -> None:
        if text:
            self._foot.setText(text)
        elif len(self._scores):
            self._count()
