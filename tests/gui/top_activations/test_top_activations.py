"""Favourites: samples, dreams and changes come from the run, in pieces that can be broken off."""

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.capture import ProbeContext
from core.inspect.probes import run_probe
from core.runtime.protocol import Restart
from core.training.task import Split
from core.training.trainer import Trainer
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.state.models import Status, Weights
from tests.gui.kit import lab_state
from tests.gui.sent_commands import on_command, on_probe

RNG = np.random.default_rng(0)


class Lab:
    """A panel with a run that answers when it is told to."""

    def __init__(self, qtbot: QtBot) -> None:
        digits = chapter("digit-kernels")
        images = np.zeros((30, 28, 28), np.uint8)
        images[:, 8:20, 8:20] = RNG.integers(0, 256, (30, 12, 12))
        data = Dataset("few", images, (np.arange(30) % 10).astype(np.uint8), tuple("0123456789"))
        self.state = lab_state(digits, data)
        self.state.training.set_status(Status.IDLE)
        self.run = Trainer(
            replace(digits.task, data=lambda knobs: data_split(data)), self.state.training.knobs
        )
        self.probes = ProbeContext(self.run)
        self.asked: deque[tuple[int, str, dict[str, object]]] = deque()
        on_probe(self.state, lambda *q: self.asked.append((q[0], q[1], q[2])))
        self.panel = TopActivationsPanel(self.state)
        qtbot.addWidget(self.panel)
        self.panel.resize(760, 520)
        self.panel.show()
        theta, grad = self.run.arena.theta.copy(), self.run.arena.grad.copy()
        self.state.timeline.set_weights(Weights(0, theta, grad, self.state.training.layout))
        qtbot.waitUntil(lambda: bool(self.asked))

    def answer_all(self, most: int = 400) -> list[str]:
        seen = []
        while self.asked and len(seen) < most:
            number, probe, arguments = self.asked.popleft()
            seen.append(probe)
            self.state.probes.answer(
                number, run_probe(probe, self.probes, self.state.training.knobs, arguments)
            )
        self.panel.refresh()
        return seen


def data_split(data: Dataset) -> Split:
    return Split(data, data)


@pytest.fixture
def lab(qtbot: QtBot) -> Lab:
    return Lab(qtbot)


def test_favourites_of_the_chosen_unit_come_by_themselves(lab: Lab) -> None:
    assert set(lab.answer_all()) == {"top_activations"}
    liked = lab.panel.liked
    assert liked is not None and liked.done == liked.total == 30 and len(liked.best) == 9


def test_a_dream_forms_from_question_to_question_and_can_be_kept(lab: Lab) -> None:
    lab.answer_all()
    lab.panel._dream.click()
    assert lab.panel._dream.text() == "Dream"
    lab.panel.refresh()
    assert lab.panel._dream.text() == "Cancel"
    assert set(lab.answer_all()) == {"feature_visualization"}
    assert lab.panel.dreamed is not None and lab.panel.dreamed.over
    lab.panel._keep.click()
    assert len(lab.panel.gallery) == 1


def test_a_cancelled_dream_asks_no_more(lab: Lab) -> None:
    lab.answer_all()
    lab.panel._dream.click()
    lab.panel._dream.click()
    assert lab.answer_all() == ["feature_visualization"]
    assert lab.panel.dreamed is None


def test_a_change_is_tested_undone_and_applied_only_when_asked(lab: Lab) -> None:
    lab.answer_all()
    begun: list[object] = []
    on_command(lab.state, Restart, lambda c: begun.append(c.theta))
    theta = lab.run.arena.theta.copy()
    lab.panel.unit_gallery.trying.click()
    assert lab.answer_all() == ["ablation"]
    assert "→" in lab.panel.unit_gallery.worth.text()
    assert np.array_equal(theta, lab.run.arena.theta)
    lab.panel.unit_gallery.applying.click()
    (made,) = begun
    assert isinstance(made, np.ndarray) and not np.array_equal(made, theta)
    lab.panel.unit_gallery.undoing.click()
    assert not lab.panel.edits


def test_a_weight_typed_over_is_one_more_change(lab: Lab) -> None:
    lab.panel._layer.setCurrentIndex(0)
    lab.answer_all()
    assert lab.panel.unit_gallery.numbers.isVisible()
    lab.panel.unit_gallery.numbers.edited.emit(1, 2, 0.75)
    lab.panel.unit_gallery.numbers.edited.emit(0, 0, -0.5)
    assert lab.answer_all().count("ablation") == 2
    kernel = lab.panel._kernel()
    assert kernel is not None and kernel[0, 1, 2] == 0.75 and kernel[0, 0, 0] == -0.5
    lab.panel.unit_gallery.undoing.click()
    kernel = lab.panel._kernel()
    assert kernel is not None and kernel[0, 1, 2] == 0.75 and kernel[0, 0, 0] != -0.5
