"""Augmentation: the preview follows the knobs, by the same chance until it is thrown again."""

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QTabBar, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.chapters.shared.augmentation_knobs import UNCHANGED
from core.data.dataset import Dataset
from core.data.encodings import Normalize
from core.inspect.data.pixel_histograms import normalization_histograms
from core.training.task import Split
from hellodl_gui.features.augmentation.panel import AugmentationPanel
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(0)
CLASSES = tuple("abcdefghijklmnopqrstuvwxyz")


def opened(key: str) -> LabState:
    found = chapter(key)
    images = np.zeros((260, 28, 28), np.uint8)
    images[:, 6:22, 8:20] = RNG.integers(0, 256, (260, 16, 12))
    data = Dataset.from_images("some", images, (np.arange(260) % 26).astype(np.uint8), CLASSES)
    return lab_state(found, data)


@pytest.fixture
def panel(qtbot: QtBot) -> AugmentationPanel:
    shown = show_widget(qtbot, AugmentationPanel(opened("robust-letters")), 760, 460)
    shown.draw(0.0)
    return shown


def tiles(panel: AugmentationPanel) -> np.ndarray:
    panel.draw(0.0)
    return panel.findChild(ImageMosaic)._tiles.copy()


def control(panel: AugmentationPanel, key: str) -> KnobControl:
    return next(c for c in panel.findChildren(KnobControl) if c.knob.key == key)


def words(panel: AugmentationPanel) -> str:
    panel.draw(0.0)
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def test_originals_stand_above_what_becomes_of_them(panel: AugmentationPanel) -> None:
    panel.state.training.set_knobs({**panel.state.training.knobs, **UNCHANGED})  # type: ignore[dict-item]
    shown = tiles(panel)
    assert len(shown) == 16
    np.testing.assert_array_equal(shown[:4], shown[4:8])
    np.testing.assert_array_equal(shown[8:12], shown[12:])


def test_sliders_are_the_chapters_knobs_both_ways(panel: AugmentationPanel) -> None:
    panel.state.training.set_knobs({**panel.state.training.knobs, **UNCHANGED})  # type: ignore[dict-item]
    before = tiles(panel)
    control(panel, "shift").turned.emit("shift", 3.0)
    assert panel.state.training.knobs["shift"] == 3.0
    moved = tiles(panel)
    np.testing.assert_array_equal(before[:4], moved[:4])
    assert not np.array_equal(before[4:8], moved[4:8])
    panel.state.training.turn("shift", 0.0)
    assert control(panel, "shift")._value == 0.0
    np.testing.assert_array_equal(tiles(panel), before)


def test_chance_is_thrown_again_only_when_asked(panel: AugmentationPanel) -> None:
    first = tiles(panel)
    np.testing.assert_array_equal(tiles(panel), first)
    again = next(b for b in panel.findChildren(QToolButton) if b.text() == "↻")
    again.click()
    second = tiles(panel)
    np.testing.assert_array_equal(first[:4], second[:4])
    assert not np.array_equal(first[4:8], second[4:8])


def test_pictures_of_one_class(panel: AugmentationPanel) -> None:
    combo = panel.findChild(QComboBox)
    combo.setCurrentText("h")
    combo.activated.emit(combo.currentIndex())
    labels = panel.state.training.data.train.labels[panel._numbers]
    assert len(labels) == 8 and (labels == CLASSES.index("h")).all()


def test_a_chapter_that_redraws_nothing_can_be_played_with(qtbot: QtBot) -> None:
    state = opened("letters")
    shown = show_widget(qtbot, AugmentationPanel(state), 370, 330)
    before = dict(state.training.knobs)
    first = tiles(shown)
    control(shown, "rotate").turned.emit("rotate", 40.0)
    assert not np.array_equal(tiles(shown), first)
    assert dict(state.training.knobs) == before
    assert "trains on the original pictures" in words(shown)
    state.open_chapter(
        *(lambda found: (found, state.training.data, layout_of(found, found.defaults())))(
            chapter("robust-letters")
        )
    )
    assert "a different one" in words(shown)


def test_normalising_is_shown_before_and_after(panel: AugmentationPanel) -> None:
    panel.findChild(QTabBar).setCurrentIndex(1)
    assert "minus 0.172, divided by 0.331" in words(panel)
    assert not panel.grab().isNull()


def test_without_numbers_of_its_own_the_pictures_say_theirs() -> None:
    images = RNG.integers(0, 256, (50, 28, 28)).astype(np.uint8)
    found = normalization_histograms(images, Normalize())
    assert not found.own
    assert found.after.mean == pytest.approx(0, abs=1e-5)
    assert found.after.std == pytest.approx(1, abs=1e-5)
    assert found.before.counts.sum() == images.size
    flat = normalization_histograms(np.zeros((3, 28, 28), np.uint8), Normalize())
    assert np.isfinite(flat.after.mean)


def test_colours_are_redrawn_alike(qtbot: QtBot) -> None:
    state = opened("letters")
    images = np.zeros((4, 3, 32, 32), np.uint8)
    images[:, :, 8:24, 12:20] = np.array([200, 100, 50], np.uint8)[:, None, None]
    red = Dataset.from_images("red", images, np.zeros(4, np.uint8), CLASSES)
    state.training.data = Split(red, red)
    shown = AugmentationPanel(state)
    qtbot.addWidget(shown)
    shown.show()
    shown._choose_pictures()
    pictures = shown._redrawn(images).astype(float)
    assert not np.array_equal(pictures, images)
    np.testing.assert_allclose(pictures[:, 0], 2 * pictures[:, 1], atol=3)
    assert "augmentation would do" in words(shown)
    state.training.data = Split(red.take(slice(0)), red)
    assert "no training pictures" in words(shown)
