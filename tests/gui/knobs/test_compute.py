"""The engine is switched with a click while training runs, and its speed is seen."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.runtime.compute import ComputeSettings
from core.runtime.protocol import ComputeChanged
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.knobs.compute_control import ComputeControl
from hellodl_gui.state.models import Status
from hellodl_gui.state.throughput import samples_per_second, speeds
from tests.gui.kit import lab_state, show_widget
from tests.gui.windows import show_window

PATIENCE = 120_000
# A list that opens grabs the keyboard, which the offscreen screen has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing", extend=True)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = show_window(qtbot, tmp_path, 1280, 800)
    window.launch()
    yield window
    window.close()


def _box(parent: QWidget, name: str) -> QComboBox:
    return parent.findChild(QComboBox, name)


def _choose(qtbot: QtBot, box: QComboBox, row: int) -> None:
    """Open the list and click a row of it, once the list no longer waits for a double click."""
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    rows = box.view()
    qtbot.waitUntil(rows.isVisible)
    qtbot.wait(QApplication.doubleClickInterval() + 20)
    place = rows.visualRect(box.model().index(row, 0)).center()
    qtbot.mouseMove(rows.viewport(), place)
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: not rows.isVisible())


def test_a_click_changes_the_engine_of_a_run_that_plays(qtbot: QtBot, window: MainWindow) -> None:
    state, panel = window.state, window.panels["knobs"]
    qtbot.waitUntil(lambda: state.training.status is Status.IDLE, timeout=PATIENCE)
    state.training.play()
    qtbot.waitUntil(lambda: state.timeline.step > 20, timeout=PATIENCE)
    _choose(qtbot, _box(panel, "engine"), 1)
    assert state.training.computing.engine == "reference"
    qtbot.waitUntil(lambda: len(state.timeline.compute_changes) == 2, timeout=PATIENCE)
    shift = state.timeline.compute_changes[-1]
    assert shift.computing.engine == "reference"
    qtbot.waitUntil(lambda: state.timeline.step > shift.step + 20, timeout=PATIENCE)
    state.training.pause()
    qtbot.waitUntil(lambda: state.training.status is Status.IDLE, timeout=PATIENCE)
    assert {
        computing.engine
        for computing in speeds(state.timeline.steps, state.timeline.compute_changes)
    } == {
        "fast",
        "reference",
    }
    panel.draw(0.0)
    words = panel.findChild(QLabel, "speeds").text()
    assert "Compiled code" in words and "Readable numpy" in words and "(1.0×)" in words
    state.training.restart()
    qtbot.waitUntil(lambda: len(state.timeline.compute_changes) == 1, timeout=PATIENCE)
    assert state.timeline.compute_changes[0] == ComputeChanged(
        state.training.run_id, 1, state.training.computing
    ), "a new run keeps the choice"


@pytest.fixture
def control(qtbot: QtBot) -> ComputeControl:
    return show_widget(qtbot, ComputeControl(ComputeSettings()), 300, 110)


def test_cores_are_chosen_where_they_matter(qtbot: QtBot, control: ComputeControl) -> None:
    chosen: list[ComputeSettings] = []
    control.chosen.connect(chosen.append)
    _choose(qtbot, _box(control, "threads"), 1)
    qtbot.keyClick(_box(control, "engine"), Qt.Key.Key_Down)
    assert chosen == [ComputeSettings("fast", 2), ComputeSettings("reference", 2)]
    assert not _box(control, "threads").isEnabled()


def test_showing_a_choice_is_not_choosing(control: ComputeControl) -> None:
    chosen: list[ComputeSettings] = []
    control.chosen.connect(chosen.append)
    control.set_computing(ComputeSettings("reference", 2))
    assert chosen == [] and _box(control, "engine").currentText() == "Readable numpy"


def test_speeds_are_compared_with_the_slowest(control: ComputeControl) -> None:
    label = control.findChild(QLabel, "speeds")
    assert "Press Play" in label.text()
    control.show_speeds({ComputeSettings("fast", 2): 181_740.0})
    assert label.text() == "Samples per second\nCompiled code, 2 cores: 180,000"
    control.show_speeds({ComputeSettings("fast"): 96_310.0, ComputeSettings("reference"): 7.44})
    assert label.text().split("\n")[2] == "Readable numpy: 7 (1.0×)"


def test_each_engine_is_timed_by_its_own_mini_batches() -> None:
    learning = chapter("learning")
    state = lab_state(learning)
    fast, slow = ComputeSettings("fast"), ComputeSettings("reference")
    rows = np.zeros((40, 8))
    rows[:, 0] = np.arange(1, 41)
    rows[:, 2] = np.arange(1, 41) * 10
    rows[:, 7] = np.concatenate([np.arange(1, 21) * 0.01, 0.2 + np.arange(1, 21) * 0.1])
    state.timeline.add_compute_change(ComputeChanged(1, 1, fast))
    state.timeline.add_steps(rows[:20])
    assert samples_per_second(
        state.timeline.steps, state.timeline.compute_changes
    ) == pytest.approx(1000)
    state.timeline.add_compute_change(ComputeChanged(1, 21, slow))
    assert samples_per_second(state.timeline.steps, state.timeline.compute_changes) == 0, (
        "not yet known"
    )
    state.timeline.add_steps(rows[20:])
    assert samples_per_second(
        state.timeline.steps, state.timeline.compute_changes
    ) == pytest.approx(100)
    assert speeds(state.timeline.steps, state.timeline.compute_changes) == {
        fast: pytest.approx(1000),
        slow: pytest.approx(100),
    }
