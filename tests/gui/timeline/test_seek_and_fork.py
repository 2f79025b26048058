"""Time as a slider in the real window: seek, fork, an old run on the table again."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.record.reader import RunFile
from hellodl_gui.app.main_window import MainWindow
from tests.gui.kit import messages_of
from tests.gui.windows import PATIENCE, launch_window, train, until_ready


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = launch_window(qtbot, tmp_path)
    yield window
    window.close()


def wait_for_moments(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: len(window.state.timeline.moments) >= count, timeout=PATIENCE)


def test_everything_follows_the_moment_and_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    state = window.state
    train(qtbot, window, 300)
    wait_for_moments(qtbot, window, 3)
    now = state.timeline.weights
    state.selection.select(3)
    qtbot.waitUntil(lambda: state.selection.prediction is not None, timeout=PATIENCE)
    read_now = state.selection.prediction
    state.timeline.seek(0)
    assert state.timeline.moment == 0
    assert state.timeline.weights is not None and state.timeline.weights.step == 0
    assert np.isnan(state.timeline.weights.grad).all()
    assert state.timeline.evaluation is not None and state.timeline.evaluation.step == 0
    qtbot.waitUntil(lambda: state.selection.prediction is not read_now, timeout=PATIENCE)
    assert state.selection.prediction is not None and read_now is not None
    assert np.abs(state.selection.prediction.probabilities - read_now.probabilities).max() > 0.1
    state.timeline.seek(None)
    assert state.timeline.weights is now and state.timeline.moment is None
    assert state.timeline.evaluation is not None
    assert state.timeline.evaluation.classification.samples is None


def test_training_goes_on_while_one_looks_back(qtbot: QtBot, window: MainWindow) -> None:
    state = window.state
    state.training.play()
    wait_for_moments(qtbot, window, 3)
    state.timeline.seek(1)
    shown, step = state.timeline.weights, state.timeline.step
    qtbot.waitUntil(lambda: state.timeline.step > step + 20, timeout=PATIENCE)
    assert state.timeline.weights is shown
    state.timeline.seek(None)
    assert state.timeline.weights is not shown
    state.training.pause()
    until_ready(qtbot, window)


def test_a_fork_keeps_the_curve_and_goes_its_own_way(qtbot: QtBot, window: MainWindow) -> None:
    state = window.state
    train(qtbot, window, 120)
    wait_for_moments(qtbot, window, 3)
    old = state.timeline.steps.column("loss").copy()
    parent, run = state.timeline.path, state.training.run_id
    state.training.turn("lr", 0.001)
    state.training.fork(10)
    qtbot.waitUntil(lambda: state.training.run_id > run, timeout=PATIENCE)
    until_ready(qtbot, window)
    assert state.timeline.step == 10
    assert state.training.knobs["lr"] == chapter(state.training.chapter.key).defaults()["lr"]
    assert "before the fork" in state.timeline.comparison_curves
    assert state.timeline.moments.max() <= 10
    train(qtbot, window, 60)
    assert np.array_equal(state.timeline.steps.column("loss")[:60], old[:60])
    qtbot.waitUntil(lambda: state.timeline.path != parent, timeout=PATIENCE)
    assert state.timeline.path is not None and parent is not None
    with RunFile(state.timeline.path) as film:
        assert film.about.parent is not None and film.about.parent.file == parent.name
    state.timeline.seek(3)
    assert state.timeline.moment is not None and state.timeline.moment < 10, (
        "what was before the fork"
    )


def test_an_old_run_is_on_the_table_again_and_goes_on(qtbot: QtBot, window: MainWindow) -> None:
    state = window.state
    train(qtbot, window, 80)
    wait_for_moments(qtbot, window, 3)
    path, key, losses = (
        state.timeline.path,
        state.training.chapter.key,
        state.timeline.steps.column("loss").copy(),
    )
    assert path is not None
    window.open_chapter(chapter("three-or-seven"))
    qtbot.waitUntil(lambda: state.training.chapter.key == "three-or-seven", timeout=PATIENCE)
    until_ready(qtbot, window)
    state.training.open_run(path)
    qtbot.waitUntil(lambda: state.training.chapter.key == key, timeout=PATIENCE)
    until_ready(qtbot, window)
    assert np.array_equal(state.timeline.steps.column("loss"), losses)
    assert state.timeline.visiting
    state.timeline.seek(0)
    assert state.timeline.weights is not None and state.timeline.weights.step == 0
    train(qtbot, window, len(losses) + 5)
    assert not state.timeline.visiting
    assert np.array_equal(state.timeline.steps.column("loss")[: len(losses)], losses)


def test_what_cannot_be_opened_or_continued_is_a_sentence(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    said = messages_of(window.state)
    window.state.training.fork(5)
    assert "not recorded" in said[-1].text
    foreign = tmp_path / "foreign.sqlite3"
    foreign.write_text("nothing")
    window.state.training.open_run(foreign)
    qtbot.waitUntil(lambda: "no record of a run" in said[-1].text, timeout=PATIENCE)


def test_the_page_reads_as_it_was_read_then(qtbot: QtBot, window: MainWindow) -> None:
    state = window.state
    window.open_sample_page()
    document = window.page.document
    qtbot.waitUntil(lambda: bool(document.readings), timeout=PATIENCE)
    qtbot.waitUntil(lambda: state.timeline.page_probe is not None, timeout=PATIENCE)
    train(qtbot, window, 200)
    wait_for_moments(qtbot, window, 3)
    state.timeline.seek(0)
    assert state.timeline.page_at_moment is not None
    beginning = {id: reading.p for id, reading in document.readings.items()}
    state.timeline.seek(int(state.timeline.moments[-1]))
    qtbot.waitUntil(
        lambda: {id: reading.p for id, reading in document.readings.items()} != beginning,
        timeout=PATIENCE,
    )
