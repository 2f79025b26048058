"""Typing on the page: letters, the space bar, Backspace and Delete do what a typist expects."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hellodl_gui.features.page.page_project import unpack_project
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import export, on_screen, order


def typed(panel: PagePanel, count: int) -> list[str | None]:
    return [panel.document.boxes[id].char for id in order(panel)[:count]]


def start(panel: PagePanel) -> None:
    panel.document.select({order(panel)[0]})
    panel.view.setFocus()


def test_the_space_bar_never_trains_while_a_box_is_chosen(panel: PagePanel, qtbot: QtBot) -> None:
    start(panel)
    with qtbot.assertNotEmitted(panel.view.space_tapped):
        QTest.keyClicks(panel.view, "ab")
        QTest.keyClick(panel.view, Qt.Key.Key_Space)


def test_a_space_typed_between_letters_parts_words_and_is_undone(panel: PagePanel) -> None:
    start(panel)
    QTest.keyClicks(panel.view, "ab")
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    QTest.keyClicks(panel.view, "c")
    assert panel.document.text()[0].startswith("ab c")
    assert panel._inspector._text.toPlainText().startswith("ab c")
    panel.editor.undo.undo()
    panel.editor.undo.undo()
    assert panel.document.text()[0].startswith("ab") and panel.document.text()[0][2] != " "


def test_a_space_typed_where_there_is_a_gap_already_keeps_it(panel: PagePanel) -> None:
    """The second line is 06 4457 3908."""
    line = panel.document.lines()[1]
    panel.document.select({line[0].id})
    panel.view.setFocus()
    QTest.keyClicks(panel.view, "06")
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    QTest.keyClicks(panel.view, "4")
    assert panel.document.text()[1].startswith("06 4")


def test_space_alone_sets_and_takes_a_space_before_the_chosen_box(panel: PagePanel) -> None:
    panel.document.select({order(panel)[3]})
    before = panel.document.text()[0]
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.document.text()[0] == before[:3] + " " + before[3:]
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.document.text()[0] == before


def test_backspace_goes_back_and_forgets_delete_deletes(panel: PagePanel) -> None:
    start(panel)
    count = len(panel.document.boxes)
    QTest.keyClicks(panel.view, "ax")
    QTest.keyClick(panel.view, Qt.Key.Key_Backspace)
    assert typed(panel, 3) == ["a", None, None]
    assert panel.document.selected == {order(panel)[1]}
    assert len(panel.document.boxes) == count
    QTest.keyClicks(panel.view, "b")
    assert typed(panel, 3) == ["a", "b", None]
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert len(panel.document.boxes) == count - 1


def test_backspace_behind_the_last_box_forgets_its_letter(panel: PagePanel) -> None:
    last = order(panel)[-1]
    panel.document.select({last})
    QTest.keyClicks(panel.view, "z")
    QTest.keyClick(panel.view, Qt.Key.Key_Backspace)
    assert panel.document.boxes[last].char is None and panel.document.selected == {last}


def test_spaces_are_exported_and_kept_in_a_project(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.document.select({order(panel)[3]})
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    with qtbot.waitSignal(panel.controller.loader.saved, timeout=120_000):
        export(panel, tmp_path / "page.json")
    lines = json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))["lines"]
    assert lines == panel.document.text() and lines[0][3] == " "
    with qtbot.waitSignal(panel.controller.loader.kept, timeout=120_000):
        panel.files.save_to(tmp_path / "page.hdlpage")
    boxes = unpack_project(tmp_path / "page.hdlpage").boxes
    assert [box.space for box in boxes].count(True) == 1


def test_the_gap_between_words_is_a_setting(panel: PagePanel, qtbot: QtBot) -> None:
    assert panel.document.text()[1].count(" ") == 2
    panel.controller.find(panel.controller.settings.changed("word_gap", 3.0))
    qtbot.waitUntil(lambda: panel.document.text()[1].count(" ") == 0, timeout=120_000)
    assert panel._inspector._text.toPlainText().count(" ") == 0
    panel.editor.undo.undo()
    assert panel.document.text()[1].count(" ") == 2


def test_a_right_click_on_a_box_offers_what_can_be_done_with_it(
    panel: PagePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = order(panel)[2]
    centre = panel.document.boxes[id].rect.centre
    at = on_screen(panel, *centre)
    menu = panel._box_menu
    opened: list[QPoint] = []
    monkeypatch.setattr(menu, "popup", opened.append)  # offscreen no menu can grab the keyboard
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, panel.view.viewport().mapToGlobal(at)
    )
    QApplication.sendEvent(panel.view.viewport(), asked)
    assert asked.isAccepted() and opened == [asked.globalPos()]
    assert panel.document.selected == {id}
    entries = {action.text(): action for action in menu.actions() if action.text()}
    assert {"Delete", "Duplicate", "Split", "Fit to ink", "Space before this letter"} <= set(
        entries
    )
    count = len(panel.document.boxes)
    entries["Delete"].trigger()
    assert len(panel.document.boxes) == count - 1


def test_a_right_click_on_paper_is_left_to_the_panel(panel: PagePanel) -> None:
    at = on_screen(panel, 5, 5)
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, panel.view.viewport().mapToGlobal(at)
    )
    asked.setAccepted(False)
    panel.view.contextMenuEvent(asked)
    assert not asked.isAccepted()
