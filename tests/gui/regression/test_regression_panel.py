"""Predicted numbers beside the true ones: the fit, residuals, parameters, the table of numbers."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from core.training.reports import RegressionReport
from hellodl_gui.features.regression import RegressionPanel
from hellodl_gui.features.regression.parameter_table import parameter_rows
from tests.gui.kit import show_widget
from tests.gui.short_run import ShortRun


@pytest.fixture
def run() -> ShortRun:
    return ShortRun("line", 300)


@pytest.fixture
def panel(qtbot: QtBot, run: ShortRun) -> RegressionPanel:
    made = show_widget(qtbot, RegressionPanel(run.state), 520, 460)
    made.draw(0.0)
    return made


def _report(run: ShortRun) -> RegressionReport:
    seen = run.state.timeline.evaluation
    assert seen is not None
    report = seen.report(RegressionReport)
    assert report is not None
    return report


def test_the_learnt_line_goes_through_the_points_beside_the_true_one(
    panel: RegressionPanel, run: ShortRun
) -> None:
    shown, report = panel.plot.picture, _report(run)
    learnt, true = shown.lines
    assert np.array_equal(shown.ys, report.targets[:, 0])
    assert np.array_equal(np.sort(report.predictions[:, 0]), np.sort(learnt.ys).astype(np.float32))
    assert (true.ys[1] - true.ys[0]) / (true.xs[1] - true.xs[0]) == pytest.approx(2)


def test_parameters_stand_beside_those_that_made_the_data(
    panel: RegressionPanel, run: ShortRun
) -> None:
    model = panel.parameters.model()
    texts = [[model.index(row, column).data() for column in range(4)] for row in range(2)]
    assert [row[0] for row in texts] == ["weight", "bias"]
    assert [row[2] for row in texts] == ["2", "−1"]
    assert texts[0][1] == f"{run.run.arena.theta[0]:.4g}"


def test_parameters_of_another_shape_are_left_out() -> None:
    learnt = {"weight": np.ones((1, 2)), "bias": np.zeros(1)}
    rows = parameter_rows(learnt, {"weight": np.ones((1, 3)), "bias": np.ones(1)})
    assert [(row.name, row.apart) for row in rows] == [("bias", -1.0)]


@pytest.mark.parametrize(("place", "axis"), [(1, "y: predicted"), (2, "y: residual")])
def test_predictions_and_residuals(
    panel: RegressionPanel, run: ShortRun, place: int, axis: str
) -> None:
    panel.findChildren(QComboBox)[0].setCurrentIndex(place)
    panel.draw(0.0)
    assert axis in panel.plot.across.title
    report = _report(run)
    wanted = report.predictions if place == 1 else report.residuals
    assert np.allclose(panel.plot.picture.ys, wanted[:, 0])


def test_a_dot_is_read_by_keys_and_selected(panel: RegressionPanel, run: ShortRun) -> None:
    panel.plot.setFocus()
    QTest.keyClick(panel.plot, Qt.Key.Key_Right)
    assert "true" in panel.plot.sentence() and "predicted" in panel.plot.sentence()
    QTest.keyClick(panel.plot, Qt.Key.Key_Return)
    picked = run.state.selection.sample
    assert f"sample {picked:,}" in panel.plot.sentence()


def test_the_numbers_are_those_of_the_report(panel: RegressionPanel, run: ShortRun) -> None:
    table = panel.numbers()
    assert table is not None and table.header == ("sample", "actual", "predicted", "residual")
    assert np.array_equal(table.columns[3], _report(run).residuals[:, 0])
