"""The panels that look inside open on networks that are no rows of layers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.registry import chapter
from core.inspect.ablation import AblationResult
from core.nn import GRU, Conv2d, Linear, Module, MultiheadAttention
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.ui.panel import Panel
from tests.gui.answering import RunBeside, blots
from tests.gui.kit import lab_state, show_widget


class Skipping(Module):
    """Convolutions with a sum around one of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.first = Conv2d(1, 4, 5, stride=2, padding=2, rng=rng)
        self.block = Conv2d(4, 4, 3, padding=1, rng=rng)
        self.head = Linear(4 * 49, 10, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first(x))
        y = F.max_pool2d(F.relu(self.block(y) + y), 2)
        return self.head(y.reshape(len(y), -1))


class Rows(Module):
    """A picture's rows one after the other: attention, then recurrence."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embed = Linear(28, 8, rng=rng)
        self.attention = MultiheadAttention(8, 2, batch_first=True, rng=rng)
        self.gru = GRU(8, 12, batch_first=True, rng=rng)
        self.head = Linear(12, 10, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        y = self.embed(x.reshape(len(x), 28, 28))
        mixed: Any = self.attention(y, y, y)
        y = y + (mixed[0] if isinstance(mixed, tuple) else mixed)
        return self.head(self.gru(y)[0][:, -1])


class Halves(Module):
    """Upper and lower half of a picture through layers of their own."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.upper = Linear(14 * 28, 8, rng=rng)
        self.lower = Linear(14 * 28, 8, rng=rng)
        self.head = Linear(16, 10, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        halves = [x[:, 0, :14], x[:, 0, 14:]]
        parts = [layer(half.reshape(len(x), -1)) for layer, half in
                 zip((self.upper, self.lower), halves, strict=True)]  # fmt: skip
        return self.head(F.tanh(F.cat(parts, dim=1)))


NETWORKS = {"skip": Skipping, "attention and recurrence": Rows, "two branches": Halves}


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys())
def beside(request: pytest.FixtureRequest) -> RunBeside:
    network: Callable[[np.random.Generator], Module] = request.param
    digits = chapter("digits")
    own = replace(digits, task=replace(digits.task, model=lambda knobs, rng: network(rng)))
    state = lab_state(own, blots(12, 16, "0123456789", np.random.default_rng(0)))
    state.training.set_status(Status.IDLE)
    return RunBeside(state)


def settle(qtbot: QtBot, beside: RunBeside, panel: Panel) -> LabState:
    show_widget(qtbot, panel, 900, 560)
    beside.show_weights()
    for _ in range(8):
        panel.refresh()
        qtbot.wait(50)
        if not beside.answer():
            break
    panel.refresh()
    return beside.state


def test_zoom_goes_into_every_stage(qtbot: QtBot, beside: RunBeside) -> None:
    panel = ZoomPanel(beside.state)
    settle(qtbot, beside, panel)
    assert panel.found is not None and len(panel.found.stages) > 6
    for way in (0, 1):
        panel._on_way(way, True)
        for number in range(len(panel.found.stages)):
            panel.view.go((number,), at_once=True)
            panel.refresh()
            assert panel.view.canvas((number,)).size.width() > 0
            panel.view.grab()
    panel.close_down()


def test_maps_show_every_link_with_its_inside(qtbot: QtBot, beside: RunBeside) -> None:
    panel = FeatureMapsPanel(beside.state)
    settle(qtbot, beside, panel)
    model = beside.run.model
    words = [" ".join(layer.words) for layer in panel.layers]
    if isinstance(model, Rows):
        assert {"attention weights", "reset gate"} <= set(words)
        weights = panel.layers[words.index("attention weights")].values
        assert weights.shape == (2, 28, 28)
    panel._each.click()
    panel.refresh()
    assert len(panel.layers) > 5
    for number in range(len(panel.layers)):
        panel._open(number, 0)
        panel.refresh()
        panel._on_closed()


def test_saliency_and_strongest_inputs_answer_and_a_unit_is_tried(
    qtbot: QtBot, beside: RunBeside
) -> None:
    saliency = SaliencyPanel(beside.state)
    settle(qtbot, beside, saliency)
    kernels = isinstance(beside.run.model, Skipping)
    assert saliency.maps.keys() >= {"gradient", "product", "smooth", "loss"}
    assert ("activation" in saliency.maps) == kernels
    panel = TopActivationsPanel(beside.state)
    settle(qtbot, beside, panel)
    for place in range(panel._layer.count()):
        panel._layer.setCurrentIndex(place)
        panel._look()
        beside.answer()
        panel.refresh()
        assert panel.liked is not None and len(panel.liked.best) == 9
    panel._layer.setCurrentIndex(0)
    panel._on_try(0.0)
    beside.answer()
    assert isinstance(panel._effect, AblationResult)
    panel._on_over(0)


def of_chapter(key: str) -> LabState:
    one = chapter(key)
    data = one.task.data(one.defaults())
    state = lab_state(one, data.train.take(slice(40)), data.test.take(slice(20)))
    state.training.set_status(Status.IDLE)
    return state


@pytest.mark.parametrize("key", ["line", "plane", "character-gru"])
def test_maps_show_points_and_texts_too(qtbot: QtBot, key: str) -> None:
    state = of_chapter(key)
    panel = FeatureMapsPanel(state)
    settle(qtbot, RunBeside(state), panel)
    assert panel.layers and not panel._picture.isVisible()
    words = {" ".join(layer.words) for layer in panel.layers}
    assert ("reset gate" in words) == (key == "character-gru")
    assert panel.why.isVisible() == (key == "plane")
    for number in range(len(panel.layers)):
        panel._open(number, 0)
        panel._on_pointed(number, 0, 0, 0)
        panel.refresh()
        panel._on_closed()
    assert panel.numbers() is not None


@pytest.mark.parametrize("key", ["line", "plane", "character-gru"])
def test_zoom_follows_points_and_texts_too(qtbot: QtBot, key: str) -> None:
    state = of_chapter(key)
    panel = ZoomPanel(state)
    settle(qtbot, RunBeside(state), panel)
    assert panel.found is not None and np.isfinite(panel.found.loss)
    for way in (0, 1):
        panel._on_way(way, True)
        for address in ((), *((number,) for number in range(len(panel.found.stages)))):
            panel.view.go(address, at_once=True)
            panel.refresh()
            assert not panel.view.grab().isNull()
    panel.close_down()
