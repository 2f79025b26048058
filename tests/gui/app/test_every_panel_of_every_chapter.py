"""All panels × all chapters: each shows something of a short run, or says in a sentence why not."""

import re
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from hellodl_gui.app.panel_registry import VIEWS
from hellodl_gui.features.page import PagePanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from hellodl_gui.ui.panel import Panel
from tests.gui.kit import lab_state, show_widget
from tests.gui.short_run import ShortRun, few

PANELS: dict[str, Callable[[LabState], Panel]] = {**VIEWS, "page": PagePanel}
SENTENCE = re.compile(r".+ needs .+\. “.+” .+: open a chapter with .+\.")


@pytest.mark.parametrize("key", [declared.key for declared in chapters()])
def test_every_panel_draws_or_says_why_not(qtbot: QtBot, key: str) -> None:
    run = ShortRun(key)
    for name, make in PANELS.items():
        panel = show_widget(qtbot, make(run.state), 460, 380)
        run.settle(panel)
        if panel.refusal:
            assert SENTENCE.fullmatch(panel.refusal), name
            assert [cover.text() for cover in panel.findChildren(RefusalCover)] == [panel.refusal]
        assert not panel.grab().isNull(), name
        run.state.selection.select(7)
        run.settle(panel)
        panel.close()
        panel.close_down()


@pytest.mark.parametrize("key", [declared.key for declared in chapters()])
def test_a_chapter_asks_for_no_panel_that_it_has_nothing_for(key: str) -> None:
    declared = chapter(key)
    state = lab_state(declared, *few(key))
    offered = state.training.capabilities
    for view in declared.views:
        kind = PANELS[view]
        assert isinstance(kind, type) and kind.needs <= offered, view
