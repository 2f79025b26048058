"""Saliency: maps come from the run, follow what is chosen, and old answers are dropped."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.capture import ProbeContext
from core.inspect.probes import run_probe
from core.training.trainer import Trainer
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_probe

RNG = np.random.default_rng(0)


@pytest.fixture
def state() -> LabState:
    digits = chapter("digit-kernels")
    images = np.zeros((8, 28, 28), np.uint8)
    images[:, 8:20, 8:20] = RNG.integers(0, 256, (8, 12, 12))
    data = Dataset("few", images, np.arange(8, dtype=np.uint8), tuple("0123456789"))
    state = lab_state(digits, data)
    state.training.set_status(Status.IDLE)
    return state


def weights_of(state: LabState, run: Trainer) -> Weights:
    return Weights(0, run.arena.theta.copy(), run.arena.grad.copy(), state.training.layout)


def test_maps_come_for_the_sample_and_the_class_chosen(qtbot: QtBot, state: LabState) -> None:
    run = Trainer(
        replace(state.training.chapter.task, data=lambda knobs: state.training.data),
        state.training.knobs,
    )
    asked: list[tuple[int, str, dict[str, object]]] = []
    on_probe(state, lambda n, probe, arguments: asked.append((n, probe, arguments)))
    panel = show_widget(qtbot, SaliencyPanel(state), 640, 400)
    panel.refresh()
    assert not asked, "before there are weights nothing is asked"
    state.timeline.set_weights(weights_of(state, run))
    panel.refresh()
    assert sorted(probe for _, probe, _ in asked) == ["grad_cam", "occlusion", "saliency"]
    panel.refresh()
    assert len(asked) == 3, "what has been asked is not asked again"
    old, asked[:] = asked[:], []
    combo = next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == "Class")
    combo.setCurrentIndex(4)
    panel.refresh()
    for number, probe, arguments in old:
        state.probes.answer(
            number, run_probe(probe, ProbeContext(run), state.training.knobs, arguments)
        )
    assert not panel.maps, "those were for the guess"
    for number, probe, arguments in asked:
        assert arguments["target"] == 3
        state.probes.answer(
            number, run_probe(probe, ProbeContext(run), state.training.knobs, arguments)
        )
    panel.refresh()
    assert panel.maps.keys() == {"gradient", "product", "smooth", "loss", "activation"}
    assert "“3”" in panel.accessibleDescription()
