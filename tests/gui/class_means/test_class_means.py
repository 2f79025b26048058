"""Chapter 2's Film: what a single picture adds to the weights can be watched."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.training.metrics import StepMetrics, step_columns
from core.training.trainer import Trainer
from hellodl_gui.features.class_means.panel import ClassMeansPanel
from hellodl_gui.features.learned_vs_handmade.panel import LearnedVsHandmadePanel
from hellodl_gui.state.models import Status, Weights
from tests.gui.kit import lab_state

LEARNING = chapter("learning")


class Desk:
    """A real neuron trained one mini-batch at a time in this process."""

    def __init__(self) -> None:
        knobs = LEARNING.defaults()
        self.state = lab_state(LEARNING)
        self.run = Trainer(LEARNING.task, knobs)
        self.steps: Iterator[StepMetrics] = LEARNING.steps(
            self.run, lambda: self.state.training.knobs
        )
        self.state.training.set_status(Status.IDLE)
        self.show()

    def show(self) -> None:
        arena = self.run.arena
        self.state.timeline.set_weights(
            Weights(self.run.step, arena.theta.copy(), arena.grad.copy(), arena.layout)
        )

    def step(self) -> None:
        step = next(self.steps)
        row = [
            float(getattr(step, {"step": "number"}.get(name, name), 0.0))
            for name in step_columns(["accuracy"])
        ]
        self.state.timeline.add_steps(np.array([row]))
        self.show()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_after_one_mini_batch_weights_and_picture_add_up(qtbot: QtBot, desk: Desk) -> None:
    panel = LearnedVsHandmadePanel(desk.state)
    qtbot.addWidget(panel)
    panel.refresh()
    assert not panel.words, "nothing was added yet"
    changed = 0
    for number in range(12):
        before = desk.run.arena.theta.copy()
        desk.step()
        panel.refresh()
        old, picture, new = (part._tiles[0] for part in panel._added._pictures)
        np.testing.assert_allclose(
            picture * 255, desk.state.training.data.train.images[number], atol=1e-3
        )
        label = desk.state.training.data.train.labels[number]
        times = (0.01 if label else -0.01) * (not np.array_equal(before, desk.run.arena.theta))
        np.testing.assert_allclose(old + times * picture, new, atol=1e-7)
        assert ("Nothing changes" in panel.words) == (times == 0)
        assert ("0.01 ×" in panel.words) == (times != 0)
        changed += times != 0
    assert changed > 0


def test_many_pictures_at_once_are_compared_with_the_map_made_by_hand(
    qtbot: QtBot, desk: Desk
) -> None:
    panel = LearnedVsHandmadePanel(desk.state)
    qtbot.addWidget(panel)
    desk.step()
    desk.state.training.turn("batch_size", 16)
    desk.step()
    panel.refresh()
    assert not panel.words
    desk.state.training.turn("batch_size", 1)
    desk.step()
    desk.state.training.set_status(Status.PLAYING)
    panel.refresh()
    assert not panel.words


def test_averages_are_named_by_their_digits(qtbot: QtBot, desk: Desk) -> None:
    panel = ClassMeansPanel(desk.state)
    qtbot.addWidget(panel)
    panel.refresh()
    assert [head for head, _ in panel._row.texts()] == ["average 7", "average 3", "7 − 3"]
    assert panel._row.texts()[2][1] == "orange: more ink in 7, blue: in 3"
