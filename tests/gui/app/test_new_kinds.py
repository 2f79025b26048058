"""The window with chapters of kinds that the course does not have: every panel, and what is drawn.

With `HELLODL_LOOK` naming a folder the pictures are kept there, to be looked at.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from core.chapters import registry
from core.inspect.zoom.forward_backward import LayerPass
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.samples.panel import SamplesPanel
from hellodl_gui.features.zoom.layer_scenes import Address, max_depth
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.features.zoom.zoom_style import coloured_pixels
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.samples.sample_table import SampleTable
from tests.gui.app.test_every_panel_of_every_chapter import PANELS, SENTENCE
from tests.gui.kit import show_widget
from tests.gui.short_run import ShortRun
from tests.new_kinds import NEW_KINDS, with_new_kinds

EACH = pytest.mark.parametrize("key", NEW_KINDS)
LOOK = os.environ.get("HELLODL_LOOK")


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = with_new_kinds()
    monkeypatch.setattr(registry, "chapters", lambda: known)


def _keep(panel: Panel, name: str) -> None:
    picture = panel.grab()
    assert not picture.isNull(), name
    if LOOK:
        picture.save(str(Path(LOOK) / f"{name.replace(' ', '_')}.png"))


@EACH
def test_every_panel_draws_or_says_why_not(qtbot: QtBot, key: str) -> None:
    run = ShortRun(key)
    for name, make in PANELS.items():
        panel = show_widget(qtbot, make(run.state), 760, 520)
        run.settle(panel)
        run.state.selection.select(7)
        run.settle(panel)
        if panel.refusal:
            assert SENTENCE.fullmatch(panel.refusal), name
            assert [cover.text() for cover in panel.findChildren(RefusalCover)] == [panel.refusal]
        else:
            _keep(panel, f"{key}-{name}")
        panel.close()
        panel.close_down()


def _inside(stage: LayerPass) -> Address:
    """An address of a number in a stage, as deep as one can go."""
    return ((), (0,), (0, (0, 0)))[max_depth(stage) - 1]


@pytest.mark.parametrize("key", ["tilts", "halves", "depthwise"])
def test_the_zoom_goes_down_to_single_numbers(qtbot: QtBot, key: str) -> None:
    run = ShortRun(key)
    panel = show_widget(qtbot, ZoomPanel(run.state), 760, 520)
    run.settle(panel)
    assert panel.found is not None and panel.found.loss > 0
    for way in (0, 1):
        panel._on_way(way, True)
        for number, stage in enumerate(panel.found.stages):
            for depth in range(len(_inside(stage)) + 1):
                panel.view.go((number, *_inside(stage)[:depth]), at_once=True)
                run.settle(panel)
                _keep(panel, f"zoom-{key}-{way}-{number}-{stage.op}-{depth}")
    panel.close_down()


def test_the_zoom_begins_with_a_colour_picture_in_its_colours(qtbot: QtBot) -> None:
    """The bars are of one colour, and most of the picture is darker."""
    values = np.zeros((3, 4, 5), np.float32)
    values[:, 1] = np.array([0.5, 1.0, -1.0])[:, None]
    image = coloured_pixels(values)
    assert (image.width(), image.height()) == (5, 4)
    assert QColor(image.pixel(2, 1)).getRgb()[:3] == (191, 255, 0)
    assert QColor(image.pixel(2, 0)).getRgb()[:3] == (127, 127, 127)
    run = ShortRun("depthwise")
    panel = show_widget(qtbot, ZoomPanel(run.state), 760, 520)
    run.settle(panel)
    seen = panel.view.grab().toImage()
    seen = seen.copy(0, 0, seen.width() // 4, seen.height() // 3)
    across, down = range(20, seen.width() - 20), range(30, seen.height() - 30)
    colours = {QColor(seen.pixel(x, y)).getRgb()[:3] for x in across for y in down}
    assert any(max(colour) - min(colour) > 60 for colour in colours)
    panel.close_down()


def test_samples_without_targets_have_no_column_for_them(qtbot: QtBot) -> None:
    for key, wanted in (("game", ["sample", "x, y"]), ("dna", ["sample", "text", "actual"])):
        run = ShortRun(key)
        panel = show_widget(qtbot, SamplesPanel(run.state), 760, 520)
        run.settle(panel)
        model = panel.findChildren(SampleTable)[0].model()
        heads = [str(model.headerData(column, Qt.Orientation.Horizontal))
                 for column in range(model.columnCount())]  # fmt: skip
        assert heads[: len(wanted)] == wanted and ("actual" in heads) == (key == "dna")
        panel.close_down()


def test_maps_of_a_network_without_classes_ask_for_none(qtbot: QtBot) -> None:
    run = ShortRun("tilts")
    panel = show_widget(qtbot, FeatureMapsPanel(run.state), 760, 520)
    run.settle(panel)
    assert panel.layers and panel.why.isHidden()
    panel.close_down()
