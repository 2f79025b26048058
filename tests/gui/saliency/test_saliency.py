"""Saliency: maps come from the run, follow what is chosen, and old answers are dropped."""

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.inspect.probes import run_probe
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from tests.gui.answering import RunBeside, blots
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(0)


@pytest.fixture
def state() -> LabState:
    state = lab_state(chapter("digit-kernels"), blots(8, 12, "0123456789", RNG))
    state.training.set_status(Status.IDLE)
    return state


def test_maps_come_for_the_sample_and_the_class_chosen(qtbot: QtBot, state: LabState) -> None:
    beside = RunBeside(state)
    asked = beside.asked
    panel = show_widget(qtbot, SaliencyPanel(state), 640, 400)
    panel.refresh()
    assert not asked, "before there are weights nothing is asked"
    beside.show_weights()
    panel.refresh()
    assert sorted(probe for _, probe, _ in asked) == ["grad_cam", "occlusion", "saliency"]
    panel.refresh()
    assert len(asked) == 3, "what has been asked is not asked again"
    old = list(asked)
    asked.clear()
    combo = next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == "Class")
    combo.setCurrentIndex(4)
    panel.refresh()
    for number, probe, arguments in old:
        state.probes.answer(
            number, run_probe(probe, beside.probes, state.training.knobs, arguments)
        )
    assert not panel.maps, "those were for the guess"
    assert [arguments["target"] for _, _, arguments in asked] == [3, 3, 3]
    beside.answer()
    panel.refresh()
    assert panel.maps.keys() == {"gradient", "product", "smooth", "loss", "activation"}
    assert "“3”" in panel.accessibleDescription()
