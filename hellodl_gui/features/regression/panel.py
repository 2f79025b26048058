"""Regression panel: predicted against true numbers, residuals, and the parameters behind them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from core.chapters.capabilities import REGRESSION
from core.data.specs import PointSpec, TableSpec
from core.training.reports import RegressionReport
from core.translation import tr
from hellodl_gui.features.regression.parameter_table import ParameterTable, parameter_rows
from hellodl_gui.features.regression.pictures import (
    fit_picture,
    predicted_picture,
    residual_picture,
)
from hellodl_gui.features.regression.regression_plot import RegressionPlot
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import flow
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_FIT, _PREDICTED, _RESIDUALS = "fit", "predicted", "residuals"


class RegressionPanel(Panel):
    """Follows training and the moment that is shown. Attributes: `plot`, `parameters`."""

    key, title = "regression", "Regression"
    help = "Predicted numbers beside the true ones. Click a dot to select its sample."
    needs = frozenset({REGRESSION})

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._what = combo_box(
            tr("What to show"),
            tr("The points and the fit, predictions against true numbers, or what is left over"),
            changed=self.mark_dirty,
        )
        self._output = combo_box(
            tr("Output"), tr("Which of the predicted numbers"), changed=self.mark_dirty
        )
        self.plot = RegressionPlot()
        self.plot.read.connect(self._on_read)
        self.plot.picked.connect(state.selection.select)
        self.parameters = ParameterTable()
        self._words = quiet(ElidedLabel())
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.plot)
        parts.addWidget(self.parameters)
        parts.setChildrenCollapsible(False)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 1)
        bar = flow((self._what, 2), (self._output, 1))
        self.fill(bar, (parts, 1), self._words, margins=(10, 6, 10, 8), spacing=4)
        state.timeline.weights_changed.connect(self.follow)
        self.redraw_on(state.timeline.evaluated, themes().changed)
        self.each_run(self._on_restart)

    def _on_restart(self) -> None:
        """Other data may have other inputs and outputs."""
        test = self.state.training.test
        spec = test.spec
        ways = [(tr("predicted against true"), _PREDICTED), (tr("residuals"), _RESIDUALS)]
        if isinstance(spec, PointSpec | TableSpec) and len(spec.names) == 1:
            ways.insert(0, (tr("points and fit"), _FIT))
        self._what.blockSignals(True)
        self._what.clear()
        for words, way in ways:
            self._what.addItem(words, way)
        self._what.blockSignals(False)
        count = test.targets.size // max(len(test), 1) if test.targets is not None else 1
        names = [tr("output {n}").format(n=n + 1) for n in range(count)]
        replace_items(self._output, names)
        self._output.setVisible(count > 1)

    @property
    def _report(self) -> RegressionReport | None:
        seen = self.state.timeline.evaluation
        return None if seen is None else seen.report(RegressionReport)

    def _true_parameters(self) -> Mapping[str, NDArray[np.floating]]:
        """Those that made the data; none where nobody knows them."""
        known = self.state.training.chapter.true_parameters
        return {} if known is None else known(self.state.training.knobs)

    def refresh(self) -> None:
        """Draw what the last look at the test set says, and the weights that are shown."""
        report, output = self._report, max(self._output.currentIndex(), 0)
        if report is None or not len(report.predictions):
            self._fallback.explain(tr("No test results yet. Press Play to start training."))
            return
        self._fallback.show_content()
        true = self._true_parameters()
        output = min(output, report.predictions.shape[1] - 1)
        match self._what.currentData():
            case "fit":
                picture = fit_picture(report, self.state.training.test, output, true)
            case "residuals":
                picture = residual_picture(report, output)
            case _:
                picture = predicted_picture(report, output)
        self.plot.set_picture(picture)
        weights = self.state.timeline.weights
        learnt = {} if weights is None else weights.layout.views(weights.theta)
        rows = parameter_rows(learnt, true)
        self.parameters.setVisible(bool(rows))
        self.parameters.show_parameters(rows)
        self._on_read("")

    def _on_read(self, text: str) -> None:
        """The dot that is read, or how good the predictions are."""
        seen = self.state.timeline.evaluation
        if not text and seen is not None:
            metrics = self.state.training.chapter.task.metrics(self.state.training.test)
            parts = [f"{tr(one.label)} {one.text(seen.metrics[one.key])}" for one in metrics
                     if one.key in seen.metrics]  # fmt: skip
            parts.append(tr("after mini-batch {step}").format(step=f"{seen.step:,}"))
            text = " · ".join(parts)
        self._words.say(text)
        self.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """Every sample: the true numbers, the predicted ones, and what is left."""
        report = self._report
        if report is None:
            return None
        header = [tr("sample")]
        columns: list[NDArray[np.generic]] = [report.numbers]
        for output in range(report.predictions.shape[1]):
            tail = f" {output + 1}" if report.predictions.shape[1] > 1 else ""
            header += [tr("actual") + tail, tr("predicted") + tail, tr("residual") + tail]
            columns += [
                report.targets[:, output], report.predictions[:, output],
                report.residuals[:, output],
            ]  # fmt: skip
        return NumberTable(tuple(header), columns)
