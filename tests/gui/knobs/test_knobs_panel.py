"""The knobs of a chapter: usual ones in sight, the craft folded away and still counted."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.nn.arena import ArenaLayout
from core.training.task import Split
from hellodl_gui.features.knobs.panel import KnobsPanel
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.collapsible import Collapsible
from hellodl_gui.ui.controls.knob_control import KnobControl


def _opened(found: Chapter) -> tuple[Chapter, Split, ArenaLayout]:
    knobs = found.defaults()
    return found, found.task.data(knobs), layout_of(found, knobs)


@pytest.fixture
def panel(qtbot: QtBot) -> KnobsPanel:
    digits = chapter("digits")
    panel = KnobsPanel(LabState(*_opened(digits)))
    qtbot.addWidget(panel)
    panel.resize(280, 900)
    panel.show()
    return panel


def _heading(panel: KnobsPanel) -> QToolButton:
    return panel.findChild(Collapsible).findChild(QToolButton)


def _in_sight(panel: KnobsPanel) -> set[str]:
    return {c.knob.key for c in panel.findChildren(KnobControl) if c.isVisible()}


def test_the_craft_is_one_click_away(qtbot: QtBot, panel: KnobsPanel) -> None:
    assert "lr" in _in_sight(panel)
    assert "clip_norm" not in _in_sight(panel)
    qtbot.mouseClick(_heading(panel), Qt.MouseButton.LeftButton)
    assert {"lr", "clip_norm", "network"} <= _in_sight(panel)
    qtbot.keyClick(_heading(panel), Qt.Key.Key_Space)
    assert "clip_norm" not in _in_sight(panel)


def test_the_fold_says_how_much_is_not_as_usual(panel: KnobsPanel) -> None:
    assert _heading(panel).text() == "More settings"
    panel.state.training.turn("clip_norm", 1.0)
    panel.state.training.turn("ema", 100)
    assert _heading(panel).text() == "More settings · 2 changed"
    panel.state.training.turn("lr", 0.2)
    panel.state.training.turn("ema", 1)
    assert _heading(panel).text() == "More settings · 1 changed"


def test_the_fold_stays_open_in_the_next_chapter(qtbot: QtBot, panel: KnobsPanel) -> None:
    qtbot.mouseClick(_heading(panel), Qt.MouseButton.LeftButton)
    kernels = chapter("digit-kernels")
    panel.state.open_chapter(*_opened(kernels))
    assert "clip_norm" in _in_sight(panel)
