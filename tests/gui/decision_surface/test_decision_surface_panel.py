"""The surface over the plane: its colours, what a place says, wrong points, the numbers."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.training.reports import SurfaceReport
from hellodl_gui.features.decision_surface import DecisionSurfacePanel
from tests.gui.kit import show_widget
from tests.gui.short_run import ShortRun


@pytest.fixture
def run() -> ShortRun:
    return ShortRun("plane", 40)


@pytest.fixture
def panel(qtbot: QtBot, run: ShortRun) -> DecisionSurfacePanel:
    made = show_widget(qtbot, DecisionSurfacePanel(run.state), 500, 460)
    made.draw(0.0)
    return made


def test_the_surface_is_what_the_network_says_there(
    panel: DecisionSurfacePanel, run: ShortRun
) -> None:
    surface = panel.chart.surface
    assert surface is not None
    (left, bottom), (right, top) = surface.low, surface.high
    corners = np.array([[left, bottom], [right, bottom], [left, top]], np.float32)
    wanted = run.run.task.predict_proba(run.run.model, corners)
    found = np.array([panel.chart.values_at(*corner) for corner in corners.tolist()])
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_place_of_the_second_axis_is_painted_upwards(panel: DecisionSurfacePanel) -> None:
    surface = panel.chart.surface
    assert surface is not None
    values = np.zeros((1, 4, 4), np.float32)
    values[0, -1] = 1  # the largest second coordinate
    points, chart = panel._points(), panel.chart
    chart.set_surface(SurfaceReport(values, surface.low, surface.high), points, (), ("x", "y"))
    upper, lower = chart._image.pixelColor(1, 0), chart._image.pixelColor(1, 3)
    assert upper != lower and chart.values_at(0.0, surface.high[1]) == 1


def test_pointing_reads_and_a_click_selects_the_nearest_point(
    panel: DecisionSurfacePanel, run: ShortRun
) -> None:
    place = run.state.training.test.inputs[11]
    at = panel.chart.point(float(place[0]), float(place[1])).toPoint()
    QTest.mouseMove(panel.chart, at + QPoint(1, 0))
    assert "“A”" in panel.chart.sentence() and "%" in panel._words.text()
    QTest.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=at)
    assert run.state.selection.sample == 11


def test_arrow_keys_walk_over_the_points(panel: DecisionSurfacePanel, run: ShortRun) -> None:
    for _ in range(3):
        QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    QTest.keyClick(panel.chart, Qt.Key.Key_Return)
    assert run.state.selection.sample == 2


def test_the_numbers_are_all_places_of_the_grid(panel: DecisionSurfacePanel) -> None:
    table, surface = panel.numbers(), panel.chart.surface
    assert table is not None and surface is not None
    assert table.header == ("x", "y", "A", "B")
    assert np.array_equal(table.columns[2], surface.values[0].reshape(-1))
