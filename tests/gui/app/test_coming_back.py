"""Each chapter keeps its run and its panels: going elsewhere and back loses nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from hellodl_gui.app.dock_layout_json import describe
from hellodl_gui.app.main_window import MainWindow
from tests.gui.app.test_main_window import window  # noqa: F401
from tests.gui.windows import PATIENCE, new_window, train, until_ready


def go_to(qtbot: QtBot, window: MainWindow, key: str) -> None:  # noqa: F811
    window.open_chapter(chapter(key))
    qtbot.waitUntil(lambda: window.state.training.chapter.key == key, timeout=PATIENCE)
    until_ready(qtbot, window)


def test_a_trained_network_is_there_again_and_goes_on_bit_for_bit(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
) -> None:
    state = window.state
    until_ready(qtbot, window)
    state.training.set_speed(100.0)
    train(qtbot, window, 20)
    state.training.turn("lr", 0.03)
    qtbot.waitUntil(
        lambda: (
            state.timeline.weights is not None
            and state.timeline.weights.step == state.timeline.step
        )
    )
    assert state.timeline.weights is not None
    steps, theta = state.timeline.steps.column("loss").copy(), state.timeline.weights.theta.copy()
    go_to(qtbot, window, "three-or-seven")
    assert state.timeline.step == 0
    go_to(qtbot, window, "digits")
    assert np.array_equal(state.timeline.steps.column("loss"), steps)
    assert np.array_equal(state.timeline.weights.theta, theta)
    assert state.training.knobs["lr"] == 0.03
    qtbot.waitUntil(lambda: len(state.timeline.moments) > 0, timeout=PATIENCE)
    train(qtbot, window, len(steps) + 10)
    assert np.array_equal(state.timeline.steps.column("loss")[: len(steps)], steps)
    assert np.array_equal(
        state.timeline.steps.column("step"), np.arange(1, state.timeline.step + 1)
    )


def test_the_line_of_a_finished_chapter_1_still_moves_after_coming_back(
    qtbot: QtBot,
    window: MainWindow,  # noqa: F811
) -> None:
    state = window.state
    go_to(qtbot, window, "three-or-seven")
    state.training.play()
    qtbot.waitUntil(lambda: state.timeline.step > 0 and state.training.answers, timeout=PATIENCE)
    until_ready(qtbot, window)
    best, trained = state.timeline.evaluation, state.timeline.step
    assert best is not None
    go_to(qtbot, window, "learning")
    go_to(qtbot, window, "three-or-seven")
    assert state.timeline.step == trained
    state.training.apply(state.training.chapter.experiment("No bias"))
    qtbot.waitUntil(
        lambda: (
            state.timeline.evaluation is not None
            and 0.9 < state.timeline.evaluation.metrics["accuracy"] < best.metrics["accuracy"]
        ),
        timeout=PATIENCE,
    )
    assert state.timeline.step == trained, "the line moves, the averages stay"
    state.training.apply(state.training.chapter.experiment("Half-way"))
    qtbot.waitUntil(
        lambda: (
            state.timeline.evaluation is not None
            and state.timeline.evaluation.metrics["accuracy"] == best.metrics["accuracy"]
        ),
        timeout=PATIENCE,
    )


def begin(qtbot: QtBot, window: MainWindow) -> None:  # noqa: F811
    window.state.training.restart()

    def begun() -> bool:
        window.runner.poll()
        return window.state.training.run_id > 0

    qtbot.waitUntil(begun, timeout=PATIENCE)


def open_without_a_process(qtbot: QtBot, window: MainWindow, key: str) -> None:  # noqa: F811
    window.open_chapter(chapter(key))

    def over() -> bool:
        window.runner.poll()
        return window.state.training.chapter.key == key

    qtbot.waitUntil(over, timeout=PATIENCE)
    QApplication.processEvents()


def test_panels_moved_by_hand_stand_so_again(qtbot: QtBot, tmp_path: Path) -> None:
    window = new_window(tmp_path)  # noqa: F811
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    begin(qtbot, window)
    window.docks.by_key["weights"].hide()
    window.docks.show("health")
    QApplication.processEvents()
    before = json.loads(describe(window, window.docks))
    open_without_a_process(qtbot, window, "three-or-seven")
    assert window.docks.by_key["health"].isHidden()
    open_without_a_process(qtbot, window, "digits")
    after = json.loads(describe(window, window.docks))
    assert [row[0] for row in after] == [row[0] for row in before]
    window.state.training.restart()
    assert [row[0] for row in json.loads(describe(window, window.docks))] == [
        row[0] for row in before
    ], "Reset moves no panel"
    window.close()


@pytest.mark.parametrize("maximised", [False, True])
def test_a_floating_panel_floats_again(qtbot: QtBot, tmp_path: Path, maximised: bool) -> None:
    window = new_window(tmp_path)  # noqa: F811
    qtbot.addWidget(window)
    (window.showMaximized if maximised else window.show)()
    begin(qtbot, window)
    window.docks.by_key["curves"].setFloating(True)
    QApplication.processEvents()
    open_without_a_process(qtbot, window, "three-or-seven")
    assert not window.docks.by_key["curves"].isFloating()
    open_without_a_process(qtbot, window, "digits")
    assert window.docks.by_key["curves"].isFloating()
    assert not window.docks.by_key["curves"].isHidden()
    open_without_a_process(qtbot, window, "three-or-seven")  # or it would outlive the window
    window.close()
    QApplication.processEvents()
