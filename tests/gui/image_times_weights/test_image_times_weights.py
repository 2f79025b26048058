"""Product: the sum of one picture's products is written as a sum is."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.training.task import Split
from core.training.trainer import Trainer
from hellodl_gui.features.image_times_weights.panel import ImageTimesWeightsPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights


@pytest.mark.parametrize(
    ("bias", "words"),
    [
        (0.0, "0 + 0 (bias) = 0"),
        (2.62, "0 + 2.620 (bias) = 2.620"),
        (-0.5, "0 − 0.5000 (bias) = −0.5000"),
    ],
)
def test_the_bias_is_added_or_subtracted(qtbot: QtBot, bias: float, words: str) -> None:
    original = chapter("three-or-seven")
    data = Dataset.from_images(
        "two", np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 0, 1], np.uint8), ("3", "7")
    )
    split = Split(data, data)
    run = Trainer(replace(original.task, data=lambda knobs: split), original.defaults())
    state = LabState(original, split, run.arena.layout)
    panel = ImageTimesWeightsPanel(state)
    qtbot.addWidget(panel)
    theta = np.zeros_like(run.arena.theta)
    list(run.arena.layout.views(theta).values())[-1][...] = bias
    state.timeline.set_weights(Weights(0, theta, run.arena.grad, run.arena.layout))
    panel.show()
    panel.draw(0.0)
    assert panel._sum.text().startswith(words)
