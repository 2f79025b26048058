"""Posters: all of one class, in an order that tells something, wrong ones framed, fluid."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.data.class_gallery import (
    BEST,
    FILE,
    RANDOM,
    WORST,
    Predictions,
    class_members,
    sort_members,
)
from core.training.metrics import Evaluation
from core.training.reports import ClassificationReport
from hellodl_gui.features.class_gallery.panel import ClassGalleryPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.image_close_up import ImageCloseUp
from hellodl_gui.ui.mosaic.pixel_grid import PixelGrid
from tests.gui.answering import RunBeside
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_probe

RNG = np.random.default_rng(0)
CLASSES = tuple("0123456789")


def dataset(count: int) -> Dataset:
    images = RNG.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return Dataset.from_images("some", images, (np.arange(count) % 10).astype(np.uint8), CLASSES)


@pytest.fixture
def state() -> LabState:
    digits = chapter("digits")
    train, test = dataset(1200), dataset(400)
    state = lab_state(digits, train, test)
    guesses = np.array(test.labels)
    guesses[13] = 8
    state.timeline.add_evaluation(
        Evaluation(1, 0.0, 1.0, {"accuracy": 0.9}, (
            ClassificationReport(guesses, np.linspace(0.5, 1, 400).astype(np.float32),
                                 np.zeros((10, 10), np.int64), np.empty(0, np.float32)),
        ))
    )  # fmt: skip
    return state


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> ClassGalleryPanel:
    shown = show_widget(qtbot, ClassGalleryPanel(state), 700, 420)
    shown.draw(0.0)
    return shown


def answered(state: LabState) -> None:
    """Questions are answered as by the training process."""
    beside = RunBeside(state)
    state.training.set_status(Status.IDLE)
    on_probe(state, lambda *_: beside.answer())


def choose(panel: ClassGalleryPanel, name: str, text: str) -> None:
    combo = next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == name)
    combo.setCurrentText(text)
    combo.activated.emit(combo.currentIndex())
    panel.draw(0.0)


def said(panel: ClassGalleryPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def test_a_key_shows_all_pictures_of_its_class(qtbot: QtBot, panel: ClassGalleryPanel) -> None:
    qtbot.keyClick(panel.poster, Qt.Key.Key_3)
    panel.draw(0.0)
    assert (panel.state.training.test.labels[panel.shown] == 3).all()
    assert "40 of 40 shown · 1 misread (2.5%)" in said(panel)
    qtbot.keyClick(panel.poster, Qt.Key.Key_X)
    assert "There is no class “x”." in said(panel)


def test_wrong_ones_have_a_red_edge(qtbot: QtBot, panel: ClassGalleryPanel) -> None:
    qtbot.keyClick(panel.poster, Qt.Key.Key_3)
    choose(panel, "Order", "file")
    picture = panel.poster.grab().toImage()
    corners = [
        picture.pixelColor(panel.poster.tile_rect(place).topLeft().toPoint()).name()
        for place in range(3)
    ]
    assert corners[1] == themes().theme.bad
    assert corners[0] == corners[2] == themes().theme.panel


def test_surely_wrong_ones_come_last_or_first() -> None:
    labels = np.zeros(4, np.uint8)
    verdicts = Predictions(
        np.array([0, 1, 0, 1], np.uint8), np.array([0.6, 0.9, 0.8, 0.5], np.float32)
    )
    assert sort_members(labels, verdicts, BEST, 0).tolist() == [2, 0, 3, 1]
    assert sort_members(labels, verdicts, WORST, 0).tolist() == [1, 3, 0, 2]
    assert sort_members(labels, None, BEST, 0).tolist() == [0, 1, 2, 3]
    assert sort_members(labels, verdicts, FILE, 0).tolist() == [0, 1, 2, 3]
    assert sorted(sort_members(labels, verdicts, RANDOM, 1).tolist()) == [0, 1, 2, 3]


def test_of_too_many_an_even_choice_is_taken() -> None:
    labels = np.zeros(10_000, np.uint8)
    some = class_members(labels, 0, 100)
    assert len(some) == 100 and (np.diff(some) == 100).all()


def test_the_training_set_is_read_by_the_training_process(
    qtbot: QtBot, panel: ClassGalleryPanel
) -> None:
    answered(panel.state)
    choose(panel, "Set", "train")
    qtbot.waitUntil(lambda: panel._known is not None)
    panel.draw(0.0)
    assert "120 of 120 shown" in said(panel) and "misread" in said(panel)
    assert (panel.state.training.data.train.labels[panel.shown] == 0).all()


def test_old_verdicts_stand_while_new_ones_are_read(qtbot: QtBot, panel: ClassGalleryPanel) -> None:
    answered(panel.state)
    choose(panel, "Set", "train")
    panel.draw(0.0)
    ask: list[Callable[..., object]] = []
    panel.state.probes.ask = lambda probe, arguments, then, _: ask.append(then)  # type: ignore[method-assign]
    assert panel.state.timeline.evaluation is not None
    panel.state.timeline.add_evaluation(panel.state.timeline.evaluation)
    panel.draw(0.0)
    assert len(ask) == 1
    assert "misread" in said(panel)


def test_a_click_enlarges_and_escape_goes_back(qtbot: QtBot, panel: ClassGalleryPanel) -> None:
    place = panel.poster.tile_rect(2).center().toPoint()
    qtbot.mouseClick(panel.poster, Qt.MouseButton.LeftButton, pos=place)
    grid = panel.findChild(PixelGrid)
    assert grid.isVisible()
    assert panel.state.selection.sample == panel.shown[2]
    one = panel.findChild(ImageCloseUp)
    following = next(b for b in one.findChildren(QToolButton) if b.text() == "▶")
    following.click()
    assert panel.state.selection.sample == panel.shown[3]
    qtbot.keyClick(grid, Qt.Key.Key_Escape)
    assert panel.poster.isVisible()


def test_few_pictures_are_large_until_another_size_is_wanted(panel: ClassGalleryPanel) -> None:
    assert panel.poster.scale > 1
    for _ in range(4):
        next(b for b in panel.findChildren(QToolButton) if b.text() == "−").click()
    assert panel.poster.scale == 0.5
    panel.draw(0.0)
    assert panel.poster.count == 40


def test_five_thousand_pictures_are_one_image(qtbot: QtBot, panel: ClassGalleryPanel) -> None:
    panel.resize(1400, 1100)
    images = RNG.integers(0, 256, (5000, 28, 28)).astype(np.uint8)
    panel.poster.scale = 0.5
    panel.poster.set_pictures(images, np.zeros(5000, bool))
    began = time.perf_counter()
    for place in range(20):
        panel.poster._light(place)
        panel.poster.grab()
    assert (time.perf_counter() - began) / 20 < 0.1
