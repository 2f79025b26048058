"""A lab is saved and opened again in another window: chapter, knobs, curve, moment, panels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.share.weights_hash import weights_sha256
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.state.lab import LabState
from tests.gui.kit import messages_of
from tests.gui.windows import PATIENCE, launch_window, train, until_ready


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = _new(qtbot, tmp_path)
    yield window
    window.close()


def _new(qtbot: QtBot, folder: Path) -> MainWindow:
    folder.mkdir(exist_ok=True)
    return launch_window(qtbot, folder)


def _trained(qtbot: QtBot, window: MainWindow) -> None:
    """Chapter 2 for a while, with its rate turned on the way."""
    window.open_chapter(chapter("learning"))
    qtbot.waitUntil(lambda: window.state.training.chapter.key == "learning", timeout=PATIENCE)
    until_ready(qtbot, window)
    window.state.training.turn("stop_at", 1.0)
    train(qtbot, window, 100)
    window.state.training.turn("lr", 0.002)
    train(qtbot, window, window.state.timeline.step + 50)
    qtbot.waitUntil(lambda: window.state.timeline.path is not None, timeout=PATIENCE)


def _saved(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    said = messages_of(window.state)
    window.lab_files.save_to(path)
    qtbot.waitUntil(lambda: any("Lab saved" in message.text for message in said), timeout=PATIENCE)


def _validations(state: LabState) -> dict[int, float]:
    """Test losses by step: standing still adds one at the last step, perhaps after the saving."""
    table = state.timeline.validations
    return dict(zip(table.column("step").tolist(), table.column("loss").tolist(), strict=True))


def test_a_lab_reopens_to_the_same_table(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    _trained(qtbot, window)
    window.docks.show("weights")
    window.docks.by_key["film"].hide()
    state = window.state
    # The last look at the test set comes once training stands still.
    qtbot.waitUntil(
        lambda: state.timeline.validations.column("step")[-1] == state.timeline.step,
        timeout=PATIENCE,
    )
    path = tmp_path / "mine.hdllab"
    end, steps = state.timeline.weights, state.timeline.steps.column("loss").copy()
    assert end is not None
    state.timeline.seek(40)
    qtbot.waitUntil(lambda: state.timeline.moment is not None, timeout=PATIENCE)
    shown = state.timeline.moment, weights_sha256(state.timeline.weights.theta)  # type: ignore[union-attr]
    _saved(qtbot, window, path)
    assert path.stat().st_size < 2_000_000

    other = _new(qtbot, tmp_path / "other")
    said = messages_of(other.state)
    other.lab_files.open_path(path)
    qtbot.waitUntil(lambda: other.state.timeline.moment is not None, timeout=PATIENCE)
    again = other.state
    assert again.training.chapter.key == "learning" and again.training.knobs == state.training.knobs
    assert np.array_equal(again.timeline.steps.column("loss"), steps)
    assert _validations(again) == _validations(state)
    assert (again.timeline.moment, weights_sha256(again.timeline.weights.theta)) == shown  # type: ignore[union-attr]
    for key in ("film", "weights", "curves"):
        assert other.docks.by_key[key].isHidden() == window.docks.by_key[key].isHidden(), key
    assert any("opened as saved" in message.text for message in said)
    until_ready(qtbot, other)
    again.timeline.seek(None)
    qtbot.waitUntil(
        lambda: again.timeline.weights is not None and again.timeline.weights.step == end.step,
        timeout=PATIENCE,
    )
    assert weights_sha256(again.timeline.weights.theta) == weights_sha256(end.theta)  # type: ignore[union-attr]
    train(qtbot, other, end.step + 20)
    assert not [message for message in said if message.level == "error"]
    other.close()


def test_copy_as_python_goes_up_to_the_moment(qtbot: QtBot, window: MainWindow) -> None:
    said = messages_of(window.state)
    window.actions_by_key["copy_python"].trigger()
    assert "Train it first" in said[-1].text
    _trained(qtbot, window)
    window.state.timeline.seek(30)
    qtbot.waitUntil(lambda: window.state.timeline.moment is not None, timeout=PATIENCE)
    window.actions_by_key["copy_python"].trigger()
    qtbot.waitUntil(lambda: "Copied" in said[-1].text, timeout=PATIENCE)
    text = QGuiApplication.clipboard().text()
    assert f"run.train({window.state.timeline.moment})" in text and "run.turn(" not in text
    compile(text, "script", "exec")


def test_a_lab_may_be_dropped_anywhere_and_a_bad_one_is_a_sentence(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    said = messages_of(window.state)
    path = tmp_path / "bad.hdllab"
    path.write_bytes(b"no lab")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place, copy = QPoint(5, 5), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    over_page = QDragEnterEvent(place, copy, data, left, none)
    over_page.ignore()
    window.page.dragEnterEvent(over_page)
    assert not over_page.isAccepted(), "the page leaves a lab to the window"
    enter = QDragEnterEvent(place, copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(place), copy, data, left, none))
    qtbot.waitUntil(lambda: any(message.level == "error" for message in said), timeout=PATIENCE)
    assert "bad.hdllab is no whole zip archive" in said[-1].text
