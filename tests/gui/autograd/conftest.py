"""The Autograd panel on a small state of the chapter with kernels."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from hellodl_gui.features.autograd.panel import AutogradPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from tests.gui.kit import lab_state


@pytest.fixture
def state() -> LabState:
    declared = chapter("digit-kernels")
    images = np.zeros((20, 28, 28), np.uint8)
    images[:, 8:20, 12:16] = 255
    labels = (np.arange(20) % 10).astype(np.uint8)
    data = Dataset.from_images("some", images, labels, tuple("0123456789"))
    found = lab_state(declared, data)
    found.training.set_status(Status.IDLE)
    return found


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> Iterator[AutogradPanel]:
    shown = AutogradPanel(state)
    qtbot.addWidget(shown)
    shown.resize(720, 520)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.close_down()
