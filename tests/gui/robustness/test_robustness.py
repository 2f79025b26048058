"""Robustness: curves of the network as it is, kept beside each other, broken off cleanly."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.chapters.shared.augmentation_knobs import UNCHANGED
from core.data.dataset import Dataset
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.robustness import AMOUNTS, FLIP, SHIFT, perturb, shift_images
from core.training.trainer import Trainer
from hellodl_gui.features.robustness.line_chart import LineChart
from hellodl_gui.features.robustness.panel import RobustnessPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_probe

RNG = np.random.default_rng(0)
CLASSES = tuple("abcdefghijklmnopqrstuvwxyz")
QUESTIONS = len(AMOUNTS[SHIFT]) + len(AMOUNTS[FLIP]) - 1


@pytest.fixture
def state() -> LabState:
    letters = chapter("robust-letters")
    images = np.zeros((52, 28, 28), np.uint8)
    images[:, 8:20, 8:20] = RNG.integers(0, 256, (52, 12, 12))
    data = Dataset.from_images("few", images, (np.arange(52) % 26).astype(np.uint8), CLASSES)
    state = lab_state(letters, data)
    state.training.set_status(Status.IDLE)
    return state


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> RobustnessPanel:
    return show_widget(qtbot, RobustnessPanel(state), 640, 480)


def run_of(state: LabState) -> Trainer:
    return Trainer(
        replace(state.training.chapter.task, data=lambda knobs: state.training.data),
        state.training.knobs,
    )


def answered(state: LabState, run: Trainer, most: int = 1_000) -> None:
    """So many questions are answered as by the training process."""
    left, context = [most], ProbeContext(run)

    def on_question(number: int, probe: str, arguments: dict[str, object]) -> None:
        left[0] -= 1
        if left[0] >= 0:
            state.probes.answer(number, run_probe(probe, context, state.training.knobs, arguments))

    on_probe(state, on_question)


def press(panel: RobustnessPanel, text: str) -> None:
    next(b for b in panel.findChildren(QPushButton) if b.text() == text).click()


def test_curves_stay_to_be_compared(panel: RobustnessPanel, state: LabState) -> None:
    run = run_of(state)
    answered(state, run)
    press(panel, "Measure")
    state.training.set_knobs({**state.training.knobs, **UNCHANGED})  # type: ignore[dict-item]
    run.arena.theta += 0.1
    press(panel, "Measure")
    assert [one.name for one in panel.measured] == [
        "with augmentation, 0 mini-batches",
        "without augmentation, 0 mini-batches",
    ]
    for one in panel.measured:
        assert [x for x, _ in one.points[SHIFT]] == list(AMOUNTS[SHIFT])
        assert [x for x, _ in one.points[FLIP]] == list(AMOUNTS[FLIP])
        assert one.points[SHIFT][0] == one.points[FLIP][0]
    assert panel.measured[0].style != panel.measured[1].style
    state.begin_run(2, state.training.data, state.training.layout)
    assert len(panel.measured) == 2
    press(panel, "Clear")
    assert not panel.measured


def test_a_chart_is_read_with_keys(qtbot: QtBot, panel: RobustnessPanel, state: LabState) -> None:
    answered(state, run_of(state))
    press(panel, "Measure")
    panel.draw(0.0)
    chart = panel.findChildren(LineChart)[0]
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert any("shifted by 1 px" in label.text() for label in panel.findChildren(QLabel))


def test_half_a_curve_is_none(panel: RobustnessPanel, state: LabState) -> None:
    answered(state, run_of(state), most=5)
    press(panel, "Measure")
    assert len(panel.measured) == 1
    press(panel, "Cancel")
    assert not panel.measured
    press(panel, "Measure")
    state.training.set_status(Status.LOST)
    assert not panel.measured


def test_names_are_changed_and_curves_taken_away(
    qtbot: QtBot, panel: RobustnessPanel, state: LabState
) -> None:
    answered(state, run_of(state))
    press(panel, "Measure")
    press(panel, "Measure")
    names = panel.findChild(QListWidget)
    names.item(0).setText("mine")
    assert panel.measured[0].name == "mine"
    names.setCurrentRow(1)
    names.setFocus()
    qtbot.keyClick(names, Qt.Key.Key_Delete)
    assert [one.name for one in panel.measured] == ["mine"]


def test_all_questions_are_about_the_same_weights(state: LabState) -> None:
    run = run_of(state)
    context = ProbeContext(run)

    def ask(hold: bool) -> float:
        question = {"kind": SHIFT, "amount": 0.0, "hold": hold}
        return float(run_probe("robust_accuracy", context, state.training.knobs, question))

    before = ask(hold=True)
    run.arena.theta[:] = 0
    run.arena.theta[-64:] = 1
    here = run.arena.theta.copy()
    assert ask(hold=False) == before
    np.testing.assert_array_equal(run.arena.theta, here)
    assert ask(hold=True) == pytest.approx(1 / 26)


def test_pictures_are_moved_by_exactly_so_many_pixels() -> None:
    images = np.zeros((40, 28, 28), np.uint8)
    images[:, 14, 14] = 255
    far = shift_images(images, 3, np.random.default_rng(0))
    places = np.argwhere(far)[:, 1:] - 14
    assert len(places) == 40
    assert (np.abs(places).sum(axis=1) == 3).all() and (np.abs(places).max(axis=1) == 3).all()
    assert len({tuple(place) for place in places.tolist()}) == 4
    np.testing.assert_array_equal(shift_images(images, 0, RNG), images)


def test_so_many_pixels_are_flipped() -> None:
    images = RNG.integers(0, 100, (50, 28, 28)).astype(np.uint8)
    share = float((perturb(images, FLIP, 0.05) != images).mean())
    assert share == pytest.approx(0.05, abs=0.005)
    np.testing.assert_array_equal(perturb(images, FLIP, 0.0), images)
