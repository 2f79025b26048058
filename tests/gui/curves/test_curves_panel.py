"""Curves: the numbers above them are those of the record, and old runs do not stay for ever."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hellodl_gui.features.curves.panel import CurvesPanel
from hellodl_gui.features.timeline.timeline_picture import TimelineContent, TimelineCurves
from hellodl_gui.features.timeline.timeline_text import describe_moment
from hellodl_gui.state.timeline import BEFORE, ComparisonCurve
from hellodl_gui.ui.chart.plot_data import value_text
from tests.gui.answering import Answering
from tests.gui.kit import show_widget

STEPS = 120


def rows(count: int) -> np.ndarray:
    steps = np.arange(1.0, count + 1)
    loss = 2.3 * np.exp(-steps / 15) + 0.01 * (steps % 7)
    return np.column_stack(
        [steps, steps / 100, steps, loss, 1 - loss / 3, *np.ones((3, count))]
    )  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    run = Answering()
    run.begin()
    made = show_widget(qtbot, CurvesPanel(run.state), 900, 400)
    run.state.timeline.add_steps(rows(STEPS))
    for _ in range(made.partial_redraws):
        made.draw(0.0)
    return made


def said(panel: CurvesPanel) -> str:
    return panel.plots["loss"].accessibleDescription()


@pytest.mark.parametrize("at", [1, 30, 46, 119])
def test_header_and_timeline_give_the_same_number_for_a_moment(panel: CurvesPanel, at: int) -> None:
    panel._on_hover(at + 0.3)
    recorded = rows(STEPS)[at - 1, 3]
    assert f"training {value_text(recorded, False)}" in said(panel)
    assert f"mini-batch {at}," in said(panel)
    steps, loss = rows(STEPS)[:, 0], rows(STEPS)[:, 3]
    told = describe_moment(TimelineContent(TimelineCurves(steps=steps, loss=loss)), at, STEPS, None)
    assert f"loss {value_text(recorded, False)}" in told


def test_the_live_edge_says_its_mini_batch_and_which_number_is_a_mean(panel: CurvesPanel) -> None:
    panel._on_hover(float("nan"))
    assert f"mini-batch {STEPS}, training {value_text(rows(STEPS)[-1, 3], False)}" in said(panel)
    assert "mean of 50 " in said(panel)
    panel._smoothing.setValue(1)
    panel._show_values()
    assert "mean of" not in said(panel)


def test_zooming_one_plot_zooms_the_other(panel: CurvesPanel) -> None:
    loss, accuracy = panel.plots.values()
    loss._zoom(0.5, 60.0)
    assert loss._view.viewRange()[0] == accuracy._view.viewRange()[0]
    accuracy.follow()
    assert loss.follows and accuracy.follows


def test_a_run_from_the_start_forgets_what_was_before_a_fork(panel: CurvesPanel) -> None:
    state, xs = panel.state, np.arange(1.0, 9)
    lines = {"loss": xs * 1e13, "accuracy": xs}
    ghost = ComparisonCurve(BEFORE, 3, xs, lines, xs[:1], {"loss": xs[:1]})
    state.timeline.set_comparison_curves({BEFORE: ghost, "run 7": replace(ghost, name="run 7")})
    state.begin_run(state.training.run_id + 1, state.training.data, state.training.layout)
    assert list(state.timeline.comparison_curves) == ["run 7"]
