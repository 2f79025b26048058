"""The window with chapters of kinds that the course does not have: every panel, and what is drawn.

With `HELLODL_LOOK` naming a folder the pictures are kept there, to be looked at.
"""

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.chapters import registry
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from hellodl_gui.ui.panel import Panel
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
