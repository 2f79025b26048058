"""Panels say what they need: a sentence in their place, grey in the menu, not among the views."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.errors import LabError
from core.ocr.page import Page
from core.paths import resource
from hellodl_gui.features.confusion_matrix import ConfusionMatrixPanel
from hellodl_gui.features.page.page_reader import PageReader
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from tests.gui.kit import show_widget
from tests.gui.short_run import ShortRun, few
from tests.gui.windows import show_window


def _open(state: LabState, key: str) -> None:
    declared = chapter(key)
    state.open_chapter(declared, few(key), layout_of(declared, declared.defaults()))


def test_a_sentence_stands_in_the_place_of_what_does_not_apply(qtbot: QtBot) -> None:
    run = ShortRun("plane")
    panel = show_widget(qtbot, ConfusionMatrixPanel(run.state), 400, 300)
    panel.draw(0.0)
    assert panel._matrix.isVisible() and panel.refusal == ""
    _open(run.state, "line")
    assert panel.dirty
    panel.draw(0.0)
    (cover,) = panel.findChildren(RefusalCover)
    assert cover.text() == (
        "Confusion needs classes. “A line through points” predicts numbers: open a chapter with "
        "classes."
    )
    assert not panel._matrix.isVisible() and cover.geometry() == panel.rect()
    panel.resize(500, 320)
    assert cover.geometry() == panel.rect()
    _open(run.state, "plane")
    panel.draw(0.0)
    assert panel._fallback.isVisible() and not cover.isVisible()


def test_the_menu_is_grey_where_a_panel_does_not_apply(qtbot: QtBot, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path)
    actions = {key: dock.toggleViewAction() for key, dock in window.docks.by_key.items()}
    assert actions["confusion"].isEnabled() and not actions["regression"].isEnabled()
    assert "needs numbers to predict" in actions["regression"].toolTip()
    _open(window.state, "line")
    assert actions["regression"].isEnabled() and actions["curves"].isEnabled()
    for key in ("confusion", "draw", "page", "posters", "surface", "written"):
        assert not actions[key].isEnabled() and " needs " in actions[key].toolTip(), key
    window.close()


def test_views_without_anything_to_show_are_not_opened(qtbot: QtBot, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path)
    declared = window.state.training.chapter
    assert "page" in declared.views
    state, layout = window.state, window.state.training.layout
    colours = few("colour-lenet")
    state.begin_run(5, colours, layout)
    window.actions_by_key["layout"].trigger()
    shown = {key for key, dock in window.docks.by_key.items() if not dock.isHidden()}
    assert {"curves", "samples"} <= shown and not shown & {"page", "draw"}
    window.close()


def test_a_page_stays_unread_where_the_network_reads_no_characters() -> None:
    run = ShortRun("plane")
    reader, page = PageReader(run.state), Page.open(resource("pages/digits.jpg"))
    rects = [box.rect for box in page.boxes[:2]]
    assert not reader.reads and reader.read(page, rects) == [] and reader.part(page) is None
    with pytest.raises(LabError, match="reads no characters"):
        run.state.training.chapter.glyph_style()
