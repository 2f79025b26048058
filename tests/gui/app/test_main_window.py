"""The whole window with a real training process: chapters, views, keys, death and recovery."""

import os
import signal
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from hellodl_gui.app.actions import menu_actions
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.theming.theme_manager import themes
from tests.gui.windows import (
    PATIENCE,
    launch_window,
    new_window,
    show_window,
    store_in,
    train,
    until_ready,
)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = show_window(qtbot, tmp_path)
    window.launch()
    yield window
    window.close()


def test_every_view_of_every_chapter_draws(qtbot: QtBot, window: MainWindow) -> None:
    for declared in chapters():
        window.open_chapter(declared)
        qtbot.waitUntil(lambda d=declared: window.state.training.chapter is d, timeout=PATIENCE)
        until_ready(qtbot, window)
        train(qtbot, window, 4)
        qtbot.waitUntil(lambda: window.state.timeline.evaluation is not None, timeout=PATIENCE)
        for view in declared.views:
            window.docks.show(view)
            if view != "page":
                window.panels[view].draw(0.0)
            assert not window.grab().isNull()


def test_space_plays_and_pauses(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.state.timeline.step > 3, timeout=PATIENCE)
    QTest.keyClick(window, Qt.Key.Key_Space)
    until_ready(qtbot, window)


def test_reset_brings_back_the_very_same_start(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    qtbot.waitUntil(lambda: window.state.timeline.weights is not None, timeout=PATIENCE)
    assert window.state.timeline.weights is not None
    first = window.state.timeline.weights.theta.copy()
    train(qtbot, window, 5)
    assert not np.array_equal(window.state.timeline.weights.theta, first)
    window.actions_by_key["reset"].trigger()
    qtbot.waitUntil(
        lambda: (
            window.state.timeline.weights is not None and window.state.timeline.weights.step == 0
        ),
        timeout=PATIENCE,
    )
    assert np.array_equal(window.state.timeline.weights.theta, first)
    assert len(window.state.timeline.steps) == 0


def test_a_slider_acts_on_training_and_leaves_a_mark(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.timeline.step > 2, timeout=PATIENCE)
    window.state.training.turn("lr", 0.003)
    qtbot.waitUntil(lambda: bool(window.state.timeline.marks), timeout=PATIENCE)
    window.state.training.pause()
    until_ready(qtbot, window)
    mark = window.state.timeline.marks[0]
    rates = dict(
        zip(
            window.state.timeline.steps.column("step"),
            window.state.timeline.steps.column("lr"),
            strict=True,
        )
    )
    assert (mark.key, mark.value) == ("lr", 0.003)
    assert rates[mark.step] == 0.003 != rates[mark.step - 1]


def test_a_killed_training_process_costs_nothing(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.timeline.step > 20, timeout=PATIENCE)
    process = window.runner.process
    assert process is not None and process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.state.training.status is Status.LOST, timeout=PATIENCE)
    kept = window.state.timeline.step
    assert any("signal 9" in text for text in window._messages.texts())
    assert (
        window.state.timeline.weights is not None and len(window.state.timeline.steps) == kept > 20
    )
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.timeline.step > kept + 5, timeout=PATIENCE)
    steps = window.state.timeline.steps.column("step")
    assert np.array_equal(steps, np.arange(1, len(steps) + 1))


def test_no_process_and_no_shared_memory_is_left(qtbot: QtBot, tmp_path: Path) -> None:
    boards = []
    for _ in range(3):
        window = launch_window(qtbot, tmp_path)
        process, board = window.runner.process, window.runner._board
        assert process is not None and board is not None
        boards.append(board.name)
        window.close()
        assert process._process.exitcode is not None
    for name in boards:
        with pytest.raises(FileNotFoundError):
            SharedMemory(name)


def test_dragging_the_bias_line_moves_the_accuracy(qtbot: QtBot, window: MainWindow) -> None:
    window.open_chapter(chapter("three-or-seven"))
    until_ready(qtbot, window)
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.training.status is Status.FINISHED, timeout=PATIENCE)
    best = window.state.timeline.evaluation
    assert best is not None and best.metrics["accuracy"] > 0.95
    panel = window.panels["scores"]
    window.docks.show("scores")
    panel.draw(0.0)
    histogram = panel._histogram  # type: ignore[attr-defined]
    histogram.moved.emit(float(histogram._edges[-1]))
    qtbot.waitUntil(
        lambda: (
            window.state.timeline.evaluation is not None
            and window.state.timeline.evaluation.metrics["accuracy"] < 0.6
        ),
        timeout=PATIENCE,
    )
    histogram.reset.emit()
    qtbot.waitUntil(
        lambda: (
            window.state.timeline.evaluation is not None
            and window.state.timeline.evaluation.metrics["accuracy"] == best.metrics["accuracy"]
        ),
        timeout=PATIENCE,
    )


def test_a_confusion_cell_opens_its_pictures(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    qtbot.waitUntil(lambda: window.state.timeline.evaluation is not None, timeout=PATIENCE)
    evaluation = window.state.timeline.evaluation
    assert evaluation is not None
    true, guess = (int(i) for i in np.argwhere(evaluation.classification.confusion)[0])
    window.state.selection.queried.emit(SampleQuery(true=true, guess=guess))
    samples = window.panels["samples"]
    samples.draw(0.0)
    shown = samples._shown  # type: ignore[attr-defined]
    assert len(shown) and all(window.state.training.test.labels[shown] == true)
    assert all(evaluation.classification.predictions[shown] == guess)


def test_a_clicked_sample_is_put_to_the_network(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    window.state.selection.select(3)
    qtbot.waitUntil(lambda: window.state.selection.prediction is not None, timeout=PATIENCE)
    reading = window.state.selection.prediction
    assert reading is not None and reading.sample == 3
    assert float(reading.probabilities.sum()) == pytest.approx(1.0, abs=1e-4)
    assert "sample 3, a “0”" in window.panels["samples"]._reading.text()  # type: ignore[attr-defined]


def test_training_that_ran_away_says_so_and_play_starts_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    until_ready(qtbot, window)
    qtbot.waitUntil(lambda: window.state.timeline.weights is not None, timeout=PATIENCE)
    assert window.state.timeline.weights is not None
    window.state.training.restart(np.full_like(window.state.timeline.weights.theta, np.nan))
    until_ready(qtbot, window)
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.training.status is Status.FAILED, timeout=PATIENCE)
    assert any("ran away" in text for text in window._messages.texts())
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.timeline.step > 3, timeout=PATIENCE)


def test_trained_weights_read_the_sample_page(qtbot: QtBot, window: MainWindow) -> None:
    until_ready(qtbot, window)
    window.weights_files.load_trained()
    qtbot.waitUntil(
        lambda: (
            window.state.timeline.evaluation is not None
            and window.state.timeline.evaluation.metrics["accuracy"] > 0.95
        ),
        timeout=PATIENCE,
    )
    window.open_sample_page()
    qtbot.waitUntil(lambda: bool(window.page.document.readings), timeout=PATIENCE)
    window.page.controller.read_all()
    assert window.page.document.text()[0] == "3141592653"


def test_a_maximised_panel_gives_the_room_back(window: MainWindow) -> None:
    shown = {key for key, dock in window.docks.by_key.items() if not dock.isHidden()}
    size = window.size()
    window.docks.maximise(window.docks.by_key["curves"])
    assert {key for key, dock in window.docks.by_key.items() if not dock.isHidden()} == {"curves"}
    window.docks.maximise(window.docks.by_key["curves"])
    assert {key for key, dock in window.docks.by_key.items() if not dock.isHidden()} == shown
    assert window.size() == size


def test_nothing_lies_above_the_help(window: MainWindow) -> None:
    window.state.messages.notify("warning", "Said before.")
    window.actions_by_key["help"].trigger()
    window.state.messages.notify("error", "Said meanwhile.")
    window.docks.show("runs")
    window._messages.raise_()
    late = QWidget(window)
    late.show()
    late.raise_()
    help, above = window._help, window.children()
    assert help.isVisible() and window._messages.isVisible()
    above = [it for it in above[above.index(help) + 1 :] if isinstance(it, QWidget)]
    assert not above
    window.resize(window.width() + 40, window.height())
    assert help.geometry() == window.rect()
    QTest.keyClick(help, Qt.Key.Key_Escape)
    window._messages.raise_()
    assert not help.isVisible()


def test_help_explains_what_is_under_the_pointer_and_any_key_closes_it(window: MainWindow) -> None:
    knobs = window.panels["knobs"]
    window._help.explain(window.childAt(knobs.mapTo(window, QPoint(60, 70))))
    assert window._help.isVisible()
    assert "Learning rate" in window._help._text.text() and "Space" in window._help._text.text()
    QTest.keyClick(window._help, Qt.Key.Key_F1)
    assert not window._help.isVisible()


def test_every_command_has_an_action_and_no_key_is_given_twice(window: MainWindow) -> None:
    assert set(window.actions_by_key) == {action.key for action in menu_actions()}
    keys = [action.shortcut for action in menu_actions() if action.shortcut]
    assert len(keys) == len(set(keys))


def test_themes_go_round_and_are_remembered(window: MainWindow, tmp_path: Path) -> None:
    first = themes().theme.name
    window.actions_by_key["theme"].trigger()
    assert themes().theme.name != first
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    assert Settings(store).theme == themes().theme.name


def test_the_window_comes_back_with_its_chapter(qtbot: QtBot, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path)
    window.open_chapter(chapter("learning"))
    window.close()
    again = new_window(tmp_path)
    qtbot.addWidget(again)
    assert again.state.training.chapter.key == "learning"
    again.show()
    assert not again.docks.by_key["film"].isHidden()
    again.close()
    QApplication.processEvents()


def test_panels_of_earlier_chapters_do_not_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path)
    for key in ("digits", "learning", "three-or-seven"):
        window.docks.arrange(chapter(key).views)
        QApplication.processEvents()
    window.close()
    again = show_window(qtbot, tmp_path)
    shown = {key for key, dock in again.docks.by_key.items() if not dock.isHidden()}
    assert shown == {"chapters", "knobs", *chapter("three-or-seven").views}
    again.close()


def test_a_restored_layout_leaves_no_tab_bar_of_another(qtbot: QtBot, tmp_path: Path) -> None:
    for _ in range(2):
        window = show_window(qtbot, tmp_path)
        window.open_chapter(chapter("digits"))
        window.close()
    again = show_window(qtbot, tmp_path)
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    bars = [bar for bar in again.findChildren(QTabBar, options=direct) if bar.isVisible()]
    assert len(bars) == 1
    again.close()


def test_a_damaged_layout_is_arranged_anew(qtbot: QtBot, tmp_path: Path) -> None:
    window = new_window(tmp_path)
    qtbot.addWidget(window)
    window.close()
    damaged = store_in(tmp_path)
    damaged.layout = "no layout at all"
    damaged.save()
    again = new_window(tmp_path)
    qtbot.addWidget(again)
    assert not again.docks.by_key["chapters"].isHidden()
    again.close()
