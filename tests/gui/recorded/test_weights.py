"""Weights: kernels in any order, by any scale, told apart by the pointer; the start is recorded."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from core.formatting import format_number
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.record.lineage import Lineage
from hellodl_gui.features.weights.kernel_atlas import KernelAtlas
from hellodl_gui.features.weights.panel import WeightsPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights
from hellodl_gui.state.selection import Unit
from hellodl_gui.state.timeline import Moment
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.lookup_table import robust_max
from tests.core.record.runs import Recorded
from tests.gui.kit import show_widget

NEITHER = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
RNG = np.random.default_rng(0)


@pytest.fixture
def panel(qtbot: QtBot, recorded: Recorded, state: LabState) -> Iterator[WeightsPanel]:
    run = recorded.run
    state.timeline.set_weights(
        Weights(6, run.arena.theta.copy(), run.arena.grad.copy(), state.training.layout)
    )
    made = show_widget(qtbot, WeightsPanel(state), 420, 360)
    yield made
    made.close_down()


def choose(panel: WeightsPanel, name: str, text: str) -> None:
    combo = next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == name)
    combo.setCurrentIndex(combo.findText(text))
    end = time.monotonic() + 120
    while panel.dirty:
        assert time.monotonic() < end, "never at rest"
        panel.draw(0.0)
        time.sleep(0.002)


def first_layer(panel: WeightsPanel) -> np.ndarray:
    weights = panel.state.timeline.weights
    assert weights is not None
    return weights.layout.views(weights.theta)["0.weight"]


def test_kernels_are_sorted_by_norm_and_by_use(panel: WeightsPanel, recorded: Recorded) -> None:
    choose(panel, "Order", "by norm")
    kernels = first_layer(panel)
    norms = np.linalg.norm(kernels.reshape(len(kernels), -1), axis=1)
    assert panel.atlas.order.tolist() == np.argsort(-norms, kind="stable").tolist()
    choose(panel, "Order", "by use")
    used = run_probe("mean_activations", ProbeContext(recorded.run), recorded.knobs, {})["0"]
    assert panel.atlas.order.tolist() == np.argsort(-used, kind="stable").tolist()
    choose(panel, "Order", "by number")
    assert panel.atlas.order.tolist() == list(range(len(kernels)))


def test_the_start_of_an_opened_run_is_found_in_its_record(
    panel: WeightsPanel, recorded: Recorded
) -> None:
    panel.state.timeline.open_record(recorded.path)
    choose(panel, "What to show", "change since start")
    choose(panel, "Order", "by change")
    numbers = panel.numbers()
    assert numbers is not None
    with Lineage(recorded.path) as film:
        start = film.seek(0)
    assert start.step == 0
    moved = first_layer(panel) - panel.state.training.layout.views(start.theta)["0.weight"]
    assert np.abs(moved).max() > 0
    shown = np.stack(numbers.columns[1:], axis=1)
    np.testing.assert_allclose(shown, moved.reshape(len(moved), -1), atol=1e-6)
    norms = np.linalg.norm(moved.reshape(len(moved), -1), axis=1)
    assert panel.atlas.order.tolist() == np.argsort(-norms, kind="stable").tolist()


def test_the_scale_of_all_layers_is_the_largest(panel: WeightsPanel) -> None:
    panel.draw(0.0)
    own = panel.atlas.level
    choose(panel, "Scale", "scale: all layers")
    weights = panel.state.timeline.weights
    assert weights is not None and panel.atlas.level >= own * 0.9
    choose(panel, "Layer", panel._layer.itemText(panel._layer.count() - 1))
    views = weights.layout.views(weights.theta)
    largest = max(robust_max(views[picture.parameter]) for picture in panel._shown)
    assert panel.atlas.level == pytest.approx(largest)


def test_each_layer_remembers_its_unit(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.state.selection.unit_inspected.emit(Unit("0", 2))
    panel.draw(0.0)
    assert panel.atlas.unit == 2 and panel._here().parameter == "0.weight"
    last = panel._layer.itemText(panel._layer.count() - 1)
    choose(panel, "Layer", last)
    assert panel.atlas.unit is None
    spot = panel.atlas.unit_rect(3).center().toPoint()
    qtbot.mouseClick(panel.atlas, LEFT, NEITHER, spot)
    assert panel.atlas.unit == 3
    choose(panel, "Layer", panel._layer.itemText(0))
    assert panel.atlas.unit == 2
    choose(panel, "Layer", last)
    assert panel.atlas.unit == 3


@pytest.fixture
def atlas(qtbot: QtBot) -> KernelAtlas:
    return show_widget(qtbot, KernelAtlas(), 700, 500)


def test_thousands_of_kernels_are_told_apart(qtbot: QtBot, atlas: KernelAtlas) -> None:
    kernels = RNG.normal(size=(128, 64, 3, 3)).astype(np.float32)
    order = RNG.permutation(128)
    atlas.one = "kernel"
    atlas.set_kernels(kernels, order)
    heard: list[str] = []
    atlas.hovered.connect(heard.append)
    index = 5 * 64 + 17
    spot = atlas.tile_rect(index).center().toPoint()
    qtbot.mouseMove(atlas, spot)
    tile = kernels[order[5], 17]
    assert f"kernel {order[5]}, input 17 ·" in heard[-1]
    low = format_number(tile.min(), 3, signed=True, zeros=True)
    norm = format_number(np.linalg.norm(tile), 3, zeros=True)
    assert f"norm {norm}" in heard[-1] and low in heard[-1]
    picked: list[int] = []
    atlas.unit_picked.connect(picked.append)
    qtbot.mouseClick(atlas, LEFT, NEITHER, spot)
    assert picked == [order[5]] and atlas.enlarged == index


def test_colours_of_a_dense_picture_stand_where_the_pointer_says(atlas: KernelAtlas) -> None:
    kernels = np.zeros((30, 20, 3, 3), np.float32)
    kernels[7, 4], kernels[0, 0] = 1.0, -1.0
    atlas.set_kernels(kernels, np.arange(30))
    shot = atlas.grab().toImage()
    place = atlas.tile_rect(7 * 20 + 4).center().toPoint()
    assert shot.pixelColor(place).name() == themes().theme.positive
    assert shot.pixelColor(atlas.tile_rect(0).center().toPoint()).name() == themes().theme.negative


def test_kernels_of_three_channels_have_their_colours(atlas: KernelAtlas) -> None:
    kernels = np.zeros((4, 3, 5, 5), np.float32)
    kernels[1, 0], kernels[1, 1:], kernels[2, 2] = 1.0, -1.0, 1.0
    atlas.set_kernels(kernels, np.arange(4), coloured=True)
    shot = atlas.grab().toImage()
    seen = [shot.pixelColor(atlas.tile_rect(i).center().toPoint()) for i in range(4)]
    assert (seen[1].red(), seen[1].green(), seen[1].blue()) == (255, 0, 0)
    assert seen[2].blue() == 255 and 120 < seen[2].red() < 135
    assert 120 < seen[0].red() == seen[0].green() == seen[0].blue() < 135


def test_by_each_ones_scale_a_faint_kernel_has_full_colour(atlas: KernelAtlas) -> None:
    kernels = np.stack([np.full((5, 5), value, np.float32) for value in (1.0, 1e-3, -1e-5)])
    atlas.each = True
    atlas.set_kernels(kernels, np.arange(3))
    shot, theme = atlas.grab().toImage(), themes().theme
    seen = [shot.pixelColor(atlas.tile_rect(i).center().toPoint()).name() for i in range(3)]
    assert seen == [theme.positive, theme.positive, theme.negative]


def test_the_scale_of_the_whole_run_is_the_same_at_every_moment(
    panel: WeightsPanel, recorded: Recorded
) -> None:
    choose(panel, "Scale", "scale: whole run")
    state, live = panel.state, panel.atlas.level
    weights = state.timeline.live_weights
    assert weights is not None and live > 0
    small = replace(weights, theta=weights.theta * np.float32(0.01), step=1)
    state.timeline.show(Moment(1, small, None, dict(state.training.knobs)))
    panel.draw(0.0)
    assert panel.atlas.level == live
    assert panel._colours.level == live
