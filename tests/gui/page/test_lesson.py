"""A typed letter is taught with a click, kept as handwriting, told about, and taken back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from core.data.handwriting import my_handwriting
from hellodl_gui.main_window import MainWindow
from hellodl_gui.page.lesson import LessonBar
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.facts import Status

PATIENCE = 60_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(chapters(), Settings(store))
    # Changed boxes would make the window ask before it closes.
    qtbot.addWidget(window, before_close_func=lambda w: w.page.editor.undo.setClean())
    window.resize(1280, 800)
    window.show()
    window.launch()
    yield window
    window.close()


def _buttons(bar: LessonBar) -> tuple[QPushButton, QPushButton]:
    back, learn = sorted(bar.findChildren(QPushButton), key=lambda b: b.text() != "&Take back")
    return learn, back


def test_a_corrected_digit_is_learnt_and_forgotten_again(qtbot: QtBot, window: MainWindow) -> None:
    window.open_chapter(chapter("digits"))
    qtbot.waitUntil(lambda: window.state.status is Status.IDLE, timeout=PATIENCE)
    window.load_trained()
    window.open_sample_page()
    document = window.page.document
    qtbot.waitUntil(lambda: len(document.readings) == 60, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.state.evaluation is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.state.evaluation.accuracy > 0.9, timeout=PATIENCE)
    bar = window.page.lesson
    learn, back = _buttons(bar)
    assert not bar.isVisible()

    first = document.in_order()[0]
    right = document.readings[first.id].char
    claimed = "7" if right != "7" else "1"  # nobody else would, but the person is right
    window.page.view.setFocus()
    document.select([first.id])
    qtbot.keyClick(window.page.view, claimed)
    assert document.boxes[first.id].char == claimed
    assert bar.isVisible() and learn.isVisible() and not back.isVisible()
    assert f"“{claimed}”" in bar.findChild(QLabel).text()
    before = window.state.weights.theta.copy()
    kept = len(my_handwriting().all())

    qtbot.mouseClick(learn, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "read right" in bar.findChild(QLabel).text(), timeout=PATIENCE)
    assert document.readings[first.id].char == claimed
    assert "1 of 1" in bar.findChild(QLabel).text()
    assert not learn.isVisible() and back.isVisible()
    assert len(my_handwriting().all()) == kept + 1

    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: np.array_equal(window.state.weights.theta, before), timeout=PATIENCE)
    qtbot.waitUntil(lambda: document.readings[first.id].char == right, timeout=PATIENCE)
    qtbot.waitUntil(lambda: learn.isVisible() and not back.isVisible(), timeout=PATIENCE)
