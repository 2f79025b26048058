"""Calibration panel: reliability diagram, and accuracy when unsure answers are withheld."""

import math
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

from core.chapters.capabilities import CLASSIFICATION
from core.formatting import format_number, format_percent
from core.inspect.calibration import (
    CoverageCurve,
    ReliabilityDiagram,
    SelectiveAccuracy,
    reliability_diagram,
)
from core.translation import tr
from hellodl_gui.features.calibration.coverage_plot import CoveragePlot
from hellodl_gui.features.calibration.reliability_plot import ReliabilityPlot
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.inputs import slider
from hellodl_gui.ui.controls.labels import ElidedLabel, label_of
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.layout.wide_or_tall import WideOrTall
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_STEPS = 1000
_NINES = 4.0  # the slider ends at a threshold of 1 − 10⁻⁴: most answers are very sure ones
_GOALS = (0.99, 0.999)
_NARROW = 480  # pixels


class CalibrationPanel(Panel):
    """Follows the moment that is shown. Attributes: `found`; `kept`, at the threshold chosen."""

    key, title = "calibration", "Calibration"
    needs = frozenset({CLASSIFICATION})
    help = "Are answers given with 80 % confidence correct in 80 of 100 cases?"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.found: ReliabilityDiagram | None = None
        self.kept: SelectiveAccuracy | None = None
        self._coverage: CoverageCurve | None = None
        self._threshold = 0.0
        self._error = ElidedLabel()
        self._plot = ReliabilityPlot()
        self._curve = CoveragePlot()
        self._curve.sought.connect(self._on_sought)
        plots = WideOrTall()
        for plot in (self._plot, self._curve):
            plot.read.connect(self._on_hover)
            plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            plots.addWidget(plot)
        plots.setStretchFactor(0, 1)
        plots.setStretchFactor(1, 1)
        row = self._make_threshold_row()
        self._words = ElidedLabel()
        self.fill(self._error, (plots, 1), row, self._words, margins=(10, 6, 10, 8), spacing=4)
        training = state.training
        self.redraw_on(state.timeline.evaluated, training.restarted, training.chapter_changed,
                       themes().changed)  # fmt: skip

    def _make_threshold_row(self) -> QHBoxLayout:
        self._slider = slider(
            tr("Confidence threshold"),
            tr("Below this confidence the answer is “I don't know” (steps get finer towards "
                "100 %)"),
            (0, _STEPS), self._on_slider,
        )  # fmt: skip
        self._slider.setPageStep(_STEPS // 10)
        self._from = QLabel()
        self._from.setMinimumWidth(self._from.fontMetrics().horizontalAdvance("99.999% sure"))
        self._answer = label_of(tr("Answer only above"), self._slider)
        self._goals: dict[float, QPushButton] = {}
        for goal in _GOALS:
            button = push_button(
                "",
                tr("The lowest threshold from which {goal}% of the predictions are correct")
                .format(goal=format_number(100 * goal)),
                partial(self._on_goal, goal),
            )  # fmt: skip
            button.setAccessibleName(button.toolTip())
            self._goals[goal] = button
        return hbox(self._answer, (self._slider, 1), self._from, *self._goals.values(), spacing=6)

    def refresh(self) -> None:
        """Draw what the last look at the test set says."""
        report = self.state.classification
        if report is None or not len(report.predictions):
            self.found = self._coverage = self.kept = None
            self._fallback.explain(tr("No test results yet. Press Play to start training."))
            return
        self._fallback.show_content()
        right = report.predictions == self.state.training.test.labels[report.numbers]
        self.found = reliability_diagram(report.confidence, right)
        self._coverage = CoverageCurve(report.confidence, right)
        self._plot.set_reliability(self.found)
        self._say_error()
        for goal, button in self._goals.items():
            button.setEnabled(self._coverage.for_accuracy(goal) is not None)
        self._show_threshold()

    def _say_error(self) -> None:
        found, report = self.found, self.state.classification
        assert found is not None and report is not None
        side = tr("overconfident") if found.overconfidence > 0 else tr("underconfident")
        words = tr("Expected calibration error {error} · {side} by {excess} · {count:,} samples")
        said = words.format(
            error=_percent(found.error),
            excess=_percent(abs(found.overconfidence)),
            side=side,
            count=len(report.predictions),
        )
        self._error.say(said)
        self.setAccessibleDescription(said)

    def _show_threshold(self) -> None:
        """What is left of the answers from here on."""
        if self._coverage is None:
            return
        self.kept = kept = self._coverage.at(self._threshold)
        self._plot.set_threshold(self._threshold)
        self._curve.set_curve(self._coverage.covered, self._coverage.accuracy, kept)
        self._from.setText(_threshold_text(self._threshold))
        if not kept.answered:
            self._words.say(tr("No prediction reaches this confidence."))
            return
        words = tr(
            "{right} of {answered:,} predictions correct, {wrong:,} wrong · {coverage} answered, "
            "{silent:,} × “I don't know”"
        )
        self._words.say(
            words.format(
                right=f"{kept.accuracy:.2%}",
                answered=kept.answered,
                wrong=kept.wrong,
                coverage=f"{kept.coverage:.1%}",
                silent=kept.total - kept.answered,
            )
        )

    @Slot(str)
    def _on_hover(self, text: str) -> None:
        if text:
            self._error.say(text)
        elif self.found is not None and self.state.classification is not None:
            self._say_error()

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        self._threshold = 1 - 10 ** (-_NINES * value / _STEPS)
        self._show_threshold()

    def _choose(self, kept: SelectiveAccuracy) -> None:
        """Stand there, the slider too."""
        self._threshold = min(max(kept.threshold, 0.0), 1.0)
        left = max(1 - self._threshold, 10**-_NINES)
        self._slider.blockSignals(True)
        self._slider.setValue(round(-math.log10(left) / _NINES * _STEPS))
        self._slider.blockSignals(False)
        self._show_threshold()

    @Slot(float)
    def _on_sought(self, share: float) -> None:
        if self._coverage is not None:
            self._choose(self._coverage.for_coverage(share))

    def _on_goal(self, goal: float, *_: object) -> None:
        kept = self._coverage.for_accuracy(goal) if self._coverage is not None else None
        if kept is not None:
            self._choose(kept)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the slider needs it most."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._answer.setVisible(not narrow)
        words = tr("{goal}%") if narrow else tr("{goal}% correct")
        for goal, button in self._goals.items():
            button.setText(words.format(goal=format_number(100 * goal)))

    def numbers(self) -> NumberTable | None:
        """Of each bin: its edges, how many answers, how sure and how often right they are."""
        if self.found is None:
            return None
        found = self.found
        header = (
            tr("confidence from"), tr("to"), tr("answers"),
            tr("mean confidence"), tr("accuracy"),
        )  # fmt: skip
        columns = [found.edges[:-1], found.edges[1:], found.counts, found.confidence,
                   found.accuracy]  # fmt: skip
        return NumberTable(header, [np.asarray(column) for column in columns])


def _percent(share: float) -> str:
    return format_percent(share) if share >= 0.001 else "< 0.1%"


def _threshold_text(threshold: float) -> str:
    digits = 1 if threshold < 0.99 else 2 if threshold < 0.999 else 3
    return f"{threshold:.{digits}%} sure"
