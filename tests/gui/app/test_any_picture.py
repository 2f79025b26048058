"""The panels that look inside show colour pictures of another size as they show digits."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.features.weights.panel import WeightsPanel
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.ui.panel import Panel
from tests.gui.answering import RunBeside
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(0)
CLASSES = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@pytest.fixture
def state() -> LabState:
    images = RNG.integers(0, 256, (20, 3, 32, 32)).astype(np.uint8)
    data = Dataset.from_images("noise", images, np.arange(20) % 10, CLASSES)
    made = lab_state(chapter("colour-lenet"), data)
    made.training.set_status(Status.IDLE)
    return made


def settled(qtbot: QtBot, state: LabState, panel: Panel) -> RunBeside:
    beside = RunBeside(state)
    show_widget(qtbot, panel, 700, 500)
    beside.show_weights()
    for _ in range(6):
        panel.refresh()
        qtbot.wait(60)
        if not beside.answer():
            break
    panel.refresh()
    return beside


def test_saliency_lays_its_maps_over_a_photo(qtbot: QtBot, state: LabState) -> None:
    panel = SaliencyPanel(state)
    settled(qtbot, state, panel)
    assert panel.maps.keys() == {"gradient", "product", "smooth", "loss", "activation"}
    assert {found.shape for found in panel.maps.values()} == {(32, 32)}
    assert "evidence" in panel.accessibleDescription()


def test_feature_maps_name_units_and_outline_what_they_see(qtbot: QtBot, state: LabState) -> None:
    panel = FeatureMapsPanel(state)
    settled(qtbot, state, panel)
    assert [layer.values.shape for layer in panel.layers] == [
        (6, 14, 14), (16, 5, 5), (120,), (84,), (10,),
    ]  # fmt: skip
    unit = panel._unit_of(1, 3)
    assert unit is not None and (unit.path, unit.unit) == ("3", 3)
    panel._on_pointed(0, 2, 0, 1)
    assert panel._field is not None and panel._field[0] == 0 < panel._field[3] <= 32


def test_strongest_inputs_and_dreams_are_in_colour(qtbot: QtBot, state: LabState) -> None:
    panel = TopActivationsPanel(state)
    beside = settled(qtbot, state, panel)
    panel._look()
    beside.answer()
    assert panel.liked is not None and len(panel.liked.best) == 9
    panel._on_dream()
    for _ in range(200):
        if not beside.answer():
            break
    assert panel.dreamed is not None and panel.dreamed.over
    assert panel.dreamed.picture.shape == (3, 32, 32)
    panel._on_keep()
    panel.refresh()
    assert panel._samples._coloured is not None and panel._picture._coloured is not None


def test_zoom_and_weights_show_three_channels(qtbot: QtBot, state: LabState) -> None:
    zoom = ZoomPanel(state)
    settled(qtbot, state, zoom)
    assert zoom.found is not None and zoom.found.picture.shape == (3, 32, 32)
    for address in ((), (0,), (0, 2), (0, 2, (1, 1)), (3, 4), (7, 5)):
        zoom.view.go(address, at_once=True)
        zoom.refresh()
        assert not zoom.view.grab().isNull()
    weights = WeightsPanel(state)
    settled(qtbot, state, weights)
    assert weights._here().coloured
    assert weights.atlas._coloured is not None and weights.atlas._coloured.shape == (6, 3, 5, 5)
    weights.close_down()
    zoom.close_down()
