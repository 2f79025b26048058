"""A typed letter is taught with a click, kept as handwriting, told about, and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from core.data.handwriting import my_handwriting
from core.ocr.page import Page
from core.ocr.reading import Reading
from core.paths import resource
from core.training.finetune import FinetuneReport
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.page.finetune_bar import FinetuneBar
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status
from hellodl_gui.state.page_document import PageDocument

PATIENCE = 120_000


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


def _buttons(bar: FinetuneBar) -> tuple[QPushButton, QPushButton]:
    back, learn = sorted(bar.findChildren(QPushButton), key=lambda b: b.text() != "Undo")
    return learn, back


def test_a_corrected_digit_is_learnt_and_forgotten_again(qtbot: QtBot, window: MainWindow) -> None:
    window.open_chapter(chapter("digits"))
    qtbot.waitUntil(lambda: window.state.training.status is Status.IDLE, timeout=PATIENCE)
    window.weights_files.load_trained()
    window.open_sample_page()
    document = window.page.document
    qtbot.waitUntil(lambda: len(document.readings) == 60, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.state.timeline.evaluation is not None, timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: window.state.timeline.evaluation.metrics["accuracy"] > 0.9, timeout=PATIENCE
    )
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
    before = window.state.timeline.weights.theta.copy()
    kept = len(my_handwriting().all())

    qtbot.mouseClick(learn, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Learnt" in bar.findChild(QLabel).text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: document.readings[first.id].char == claimed, timeout=PATIENCE)
    assert "1 of 1" in bar.findChild(QLabel).text()
    assert not learn.isVisible() and back.isVisible()
    assert len(my_handwriting().all()) == kept + 1

    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: np.array_equal(window.state.timeline.weights.theta, before), timeout=PATIENCE
    )
    qtbot.waitUntil(lambda: document.readings[first.id].char == right, timeout=PATIENCE)
    qtbot.waitUntil(lambda: learn.isVisible() and not back.isVisible(), timeout=PATIENCE)
    assert len(my_handwriting().all()) == kept, "what was taken back is no handwriting either"


def _lesson(after: list[float]) -> FinetuneReport:
    sure = np.array(after, np.float32)
    return FinetuneReport(
        sure * 0, sure, asked=100, right=97, won=1, lost=2, steps=200, seconds=1.0
    )


def _typed(qtbot: QtBot, classes: str, letters: str) -> tuple[FinetuneBar, PageDocument]:
    """A bar that is not shown; the first boxes of its page are corrected to these letters."""
    document = PageDocument()
    bar = FinetuneBar(document)
    qtbot.addWidget(bar)
    bar.set_classes(classes)
    document.open(Page.open(resource("pages/digits.jpg")))
    image = np.full((28, 28), 9, np.uint8)
    document.set_readings({box: Reading("c", 0.6, (), image) for box in document.boxes})
    boxes = [document.boxes[id] for id in sorted(document.boxes)]
    document.apply({box.id: replace(box, char=c) for box, c in zip(boxes, letters, strict=False)})
    return bar, document


def test_a_lesson_that_fell_short_names_the_letters_and_goes_on(qtbot: QtBot) -> None:
    bar, _ = _typed(qtbot, "abcdef", "abf")
    bar.show()
    learn, back = _buttons(bar)
    kept: list[list[object]] = []
    bar.kept.connect(kept.append)

    with qtbot.waitSignal(bar.wanted) as wanted:
        qtbot.mouseClick(learn, Qt.MouseButton.LeftButton)
    assert wanted.args[1].tolist() == [0, 1, 5]
    bar.end(_lesson([0.9, 0.1, 0.2]))
    text = bar.findChild(QLabel)
    qtbot.waitUntil(lambda: "Learnt 1 of 3" in text.text())
    assert "still wrong: b, f" in text.text() and "second" not in text.text()
    assert learn.isVisible() and learn.text() == "Continue" and back.isVisible()

    with qtbot.waitSignal(bar.wanted) as wanted:
        qtbot.mouseClick(learn, Qt.MouseButton.LeftButton)
    assert wanted.args[1].tolist() == [0, 1, 5], "taught together, so that none is forgotten"
    assert [len(pictures) for pictures in kept] == [3, 0], "handwriting is kept once"
    bar.end(_lesson([0.9, 0.9, 0.8]))
    qtbot.waitUntil(lambda: "Learnt 3 of 3" in text.text())
    assert not learn.isVisible() and "still wrong" not in text.text()


def test_typed_letters_that_no_lesson_can_teach_are_named(qtbot: QtBot) -> None:
    bar, document = _typed(qtbot, "abcdefghijklmnopqrstuvwxyz", "uäß")
    first = document.boxes[min(document.boxes)]
    said = bar.findChild(QLabel).text()
    assert "You typed “u”" in said and "“ß”, “ä”: not among a–z" in said
    document.apply({first.id: replace(first, char=None)})
    assert "You typed" not in bar.findChild(QLabel).text() and bar.isVisibleTo(None)
    learn, _ = _buttons(bar)
    assert not learn.isVisibleTo(bar)
