"""Traces, histograms and health show what the record holds, follow it, and lead to a moment."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.inspect.weights.parameter_history import ParameterHistory
from core.record.lineage import Lineage
from hellodl_gui.features.layer_health.layer_table import LayerTable
from hellodl_gui.features.layer_health.panel import LayerHealthPanel
from hellodl_gui.features.weight_histograms.histogram_over_time import HistogramOverTimePlot
from hellodl_gui.features.weight_histograms.panel import WeightHistogramsPanel
from hellodl_gui.features.weight_traces.colour_key import ColourKey
from hellodl_gui.features.weight_traces.panel import WeightTracesPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.recorded_panel import RecordPanel
from tests.core.record.runs import Recorded

Part = TypeVar("Part", bound=QWidget)


@pytest.fixture
def shown(qtbot: QtBot, state: LabState) -> Iterator[list[RecordPanel]]:
    panels: list[RecordPanel] = []
    for panel in (WeightTracesPanel(state), WeightHistogramsPanel(state), LayerHealthPanel(state)):
        qtbot.addWidget(panel)
        panel.resize(420, 640)
        panel.show()
        panels.append(panel)
    yield panels
    for one in panels:
        one.close_down()


def settle(*panels: RecordPanel) -> None:
    end = time.monotonic() + 120
    while any(panel.dirty or panel._reader.pending for panel in panels):
        assert time.monotonic() < end, "never at rest"
        for panel in panels:
            if panel.dirty:
                panel.draw(0.0)
        time.sleep(0.002)


def part(panel: QWidget, kind: type[Part]) -> Part:
    return panel.findChildren(kind)[0]


def words(panel: QWidget) -> str:
    return " | ".join(label.text() for label in panel.findChildren(QLabel) if label.text())


def test_without_a_record_they_say_how_to_get_one(shown: list[RecordPanel]) -> None:
    settle(*shown)
    assert all("Press Play" in words(panel) for panel in shown)


def test_lines_are_the_recorded_numbers_and_grow(
    shown: list[RecordPanel], state: LabState, recorded: Recorded
) -> None:
    traces = shown[0]
    state.timeline.open_record(recorded.path)
    settle(traces)
    plot = part(traces, TimePlot)
    with Lineage(recorded.path) as lineage:
        found = ParameterHistory(lineage).traces("0.weight")
    kernel = found.values[:, 27:36]  # the only convolution has four: the last is the nearest to 20
    assert len(plot.lines) == 9
    for line, values in zip(plot.lines, kernel.T, strict=True):
        np.testing.assert_allclose(line.ys, values - values.mean())
    assert plot.lines[0].xs.tolist() == [1, 2, 3, 4, 5, 6]
    recorded.train(3)
    state.training.set_status(Status.PLAYING)
    settle(traces)
    assert plot.lines[0].xs[-1] == 9


def test_gradients_of_another_parameter_can_be_chosen_with_keys(
    qtbot: QtBot, shown: list[RecordPanel], state: LabState, recorded: Recorded
) -> None:
    traces = shown[0]
    state.timeline.open_record(recorded.path)
    parameter, group, what = traces.findChildren(QComboBox)
    for combo in (parameter, what):
        combo.setFocus()
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert parameter.currentText().startswith("0.bias")
    assert group.currentText() == "numbers 0–3"
    settle(traces)
    plot = part(traces, TimePlot)
    with Lineage(recorded.path) as lineage:
        found = ParameterHistory(lineage).traces("0.bias").gradients
    np.testing.assert_allclose(plot.lines[2].ys, found[:, 2] - found[:, 2].mean())
    key = part(traces, ColourKey)
    for _ in range(3):
        qtbot.keyClick(key, Qt.Key.Key_Right)
    assert plot.meant == 2 and "weight 2" in words(traces)
    table = traces.numbers()
    assert table is not None and len(table.text().splitlines()) == 7


def test_a_click_seeks_and_the_moment_is_marked(
    qtbot: QtBot, shown: list[RecordPanel], state: LabState, recorded: Recorded
) -> None:
    wanted: list[int | None] = []
    state.timeline.seek_requested.connect(wanted.append)
    state.timeline.open_record(recorded.path)
    settle(*shown)
    plot = part(shown[0], TimePlot)
    plot.grab()
    at = QPoint(round(plot.axis.x_of(4)), plot.height() // 2)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    ridges = part(shown[1], HistogramOverTimePlot)
    qtbot.mouseClick(ridges, Qt.MouseButton.LeftButton, pos=QPoint(200, ridges.height() - 2))
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=at)
    assert wanted == [4, 6, None]
    state.timeline.moment = 3
    state.timeline.moment_changed.emit()
    assert ridges.row == 3
    assert "after 3" in words(shown[0]) and "after 3" in words(shown[1])


@pytest.fixture
def health(shown: list[RecordPanel], state: LabState, recorded: Recorded) -> RecordPanel:
    """Of the record that is open."""
    state.timeline.open_record(recorded.path)
    settle(shown[2])
    return shown[2]


def test_plots_of_health_share_their_time(qtbot: QtBot, health: RecordPanel) -> None:
    ratio, gradient, weight = health.findChildren(TimePlot)
    assert all(plot.isVisible() for plot in (ratio, gradient, weight))
    ratio.setFocus()
    qtbot.keyClick(ratio, Qt.Key.Key_Right)
    assert ratio.reading == gradient.reading == weight.reading is not None
    qtbot.keyClick(ratio, Qt.Key.Key_Plus)
    assert weight.axis.zoomed
    health.resize(420, 320)
    assert [plot.isVisible() for plot in (ratio, gradient, weight)] == [True, False, False]
    assert ratio.has_foot


def test_dead_units_are_those_of_the_network_in_training(health: RecordPanel) -> None:
    table = part(health, LayerTable)
    assert "0 conv" in table.accessibleDescription()
    health.hide()
    health.show()
    assert len(table.accessibleDescription().split(";")) == 3
    csv = health.numbers()
    assert csv is not None and csv.header[1] == "0 update / weight"


def test_a_heat_map_has_ink_in_every_theme(
    shown: list[RecordPanel], state: LabState, recorded: Recorded
) -> None:
    state.timeline.open_record(recorded.path)
    for theme in ("dark", "light", "contrast"):
        themes().use(theme)
        settle(*shown)
        for panel in shown:
            for button in panel.findChildren(QToolButton):
                button.toggle()
            settle(panel)
            picture = panel.grab().toImage()
            colours = {
                picture.pixel(x, y)
                for x in range(0, picture.width(), 7)
                for y in range(0, picture.height(), 7)
            }
            assert len(colours) > 8


def test_a_lost_record_is_said(
    tmp_path: Path, shown: list[RecordPanel], state: LabState, recorded: Recorded
) -> None:
    other = tmp_path / "broken.sqlite3"
    other.write_bytes(b"no record")
    state.timeline.open_record(other)
    settle(*shown)
    assert all("broken.sqlite3" in words(panel) for panel in shown)
    state.timeline.open_record(recorded.path)
    settle(*shown)
    assert len(part(shown[0], TimePlot).lines) == 9
