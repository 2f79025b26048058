"""The panel of the page: opening, finding, saying what is wrong, exporting, leaving nothing."""

import gc
import json
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider
from pytestqt.qtbot import QtBot

from core.ocr.boxes import Rect
from core.ocr.export import FORMATS, ExportFormat
from core.ocr.page import Page
from core.paths import resource
from hellodl_gui.features.page import export_menu
from hellodl_gui.features.page.panel import PagePanel
from hellodl_gui.theming.theme_manager import themes
from tests.gui.page.kit import LEFT, WidthReader, empty_panel, export, first_box, order, use_reader


def drop(panel: PagePanel, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    where, keys = QPointF(5, 5), Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, LEFT, keys))


def test_all_digits_of_the_sample_page_get_a_box_and_a_reading(panel: PagePanel) -> None:
    assert len(panel.document.boxes) == sum(len(line) for line in panel.document.lines()) > 40
    assert panel.document.readings.keys() == panel.document.boxes.keys()


def test_finding_again_replaces_all_boxes_in_one_undo(panel: PagePanel, sample: Page) -> None:
    ids = set(panel.document.boxes)
    panel.controller._on_found(sample)
    assert not ids & set(panel.document.boxes)
    panel.editor.undo.undo()
    assert set(panel.document.boxes) == ids


def test_characters_are_found_again_on_a_page_that_has_no_boxes(panel: PagePanel) -> None:
    found = len(panel.document.boxes)
    panel.editor.select_all()
    panel.editor.delete_selected()
    panel.editor.look_again(panel.document.page)
    assert len(panel.document.boxes) == found
    panel.editor.undo.undo()
    assert not panel.document.boxes


def test_a_dropped_text_file_is_refused_with_a_sentence_and_the_page_stays(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_text("dear reader")
    count = len(panel.document.boxes)
    drop(panel, letter)
    qtbot.waitUntil(lambda: bool(panel.told))
    assert "letter.jpg" in panel.told[0]
    assert len(panel.document.boxes) == count
    panel.close_down()


def test_a_blank_page_says_what_to_do_and_a_box_can_be_drawn(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.png"
    Image.new("RGB", (400, 300), "white").save(blank)
    panel.open_path(blank)
    qtbot.waitUntil(lambda: bool(panel.told))
    assert panel.told[0].startswith("No writing was found")
    assert not panel.document.boxes and panel.document.text() == []
    QTest.keyClick(panel.view, Qt.Key.Key_Insert)
    assert panel.document.in_order()[0].rect.right <= 400
    panel.close_down()


def test_only_the_newest_request_arrives(panel: PagePanel, qtbot: QtBot) -> None:
    opened: list[Page] = []
    panel.controller.loader.opened.connect(opened.append)
    path = resource("pages/digits.jpg")
    panel.open_path(path)
    panel.open_path(path)
    qtbot.waitUntil(lambda: bool(opened), timeout=120_000)
    panel.close_down()
    qtbot.wait(20)
    assert len(opened) == 1


def test_cancel_forgets_the_work(panel: PagePanel) -> None:
    opened: list[Page] = []
    panel.controller.loader.opened.connect(opened.append)
    panel.open_path(resource("pages/digits.jpg"))
    panel.controller.cancel()
    panel.close_down()
    assert not opened and not panel._progress.isVisible()


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.title)
def test_every_format_is_in_the_menu_and_written_whole(
    panel: PagePanel,
    qtbot: QtBot,
    tmp_path: Path,
    format: ExportFormat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / f"page{format.ending}"
    monkeypatch.setattr(export_menu, "ask_where", lambda *_: path)
    entry = panel._exports.actions()[FORMATS.index(format)]
    assert format.ending in entry.text() and entry.toolTip() == format.help
    entry.trigger()
    qtbot.waitUntil(lambda: bool(panel.told))
    assert path.name in panel.told[0]
    document = panel.document
    boxes = document.in_order()
    readings = [document.readings[box.id] for box in boxes]
    assert document.page is not None
    assert path.read_bytes() == format.make(document.page.photo, boxes, readings)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_export_that_cannot_be_written_is_said(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    export(panel, tmp_path / "nowhere" / "page.txt")
    qtbot.waitUntil(lambda: bool(panel.told))
    assert "could not be written" in panel.told[-1]


def test_a_table_of_boxes_holds_typed_letters_and_lines_in_reading_order(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    use_reader(panel, None)
    panel.document.select({first_box(panel)})
    panel.editor.type_char("Q")
    panel.editor.add(Rect(300, 20, 40, 60))
    path = tmp_path / "page.json"
    export(panel, path)
    qtbot.waitUntil(path.exists)
    panel.close_down()
    boxes = json.loads(path.read_text())["boxes"]
    assert len(boxes) == 61
    assert [box["line"] for box in boxes] == sorted(box["line"] for box in boxes)
    assert [box["char"] for box in boxes if box["typed"]] == ["Q"]


def test_an_empty_panel_invites_and_opens_the_sample_page(qtbot: QtBot) -> None:
    panel = empty_panel()
    qtbot.addWidget(panel)
    panel.show()
    qtbot.mouseClick(panel._fallback._button, LEFT)
    qtbot.waitUntil(lambda: panel.document.page is not None, timeout=120_000)
    assert len(panel.document.boxes) > 40
    panel.close_down()


def test_an_empty_panel_takes_a_dropped_photo(qtbot: QtBot) -> None:
    panel = empty_panel()
    qtbot.addWidget(panel)
    drop(panel, resource("pages/digits.jpg"))
    qtbot.waitUntil(lambda: panel.document.page is not None, timeout=120_000)
    panel.close_down()


def test_a_slider_moved_while_a_photo_opens_opens_it_anew(panel: PagePanel, qtbot: QtBot) -> None:
    before = panel.document.page
    panel.open_path(resource("pages/digits.jpg"))
    panel.controller.settings = replace(panel.controller.settings, sensitivity=0.7)
    panel.controller.find_again()
    qtbot.waitUntil(lambda: panel.document.page is not before, timeout=120_000)
    panel.close_down()
    assert panel.document.page is not None
    assert panel.document.page.settings.sensitivity == 0.7


def test_tools_that_need_a_page_or_a_box_wait_for_it(panel: PagePanel) -> None:
    delete = panel._tools.actions_by_name["delete"]
    assert not delete.isEnabled()
    panel.document.select({first_box(panel)})
    assert delete.isEnabled()
    bare = empty_panel()
    ready = {name for name, a in bare._tools.actions_by_name.items() if a.isEnabled()}
    assert ready == {"open", "more", "snap", "stages"}


def test_a_letter_of_the_text_leads_to_its_box(panel: PagePanel, qtbot: QtBot) -> None:
    text = panel._inspector._text
    for number in (0, 2, 14):
        wanted = order(panel)[number]
        cursor = QTextCursor(text.document())
        cursor.setPosition(text._places.index(wanted))
        spot = text.cursorRect(cursor).center() + QPoint(4, 0)
        QTest.mouseClick(text.viewport(), LEFT, pos=spot)
        assert panel.document.selected == {wanted}


def underlined(panel: PagePanel) -> int:
    marks = panel._inspector._text.extraSelections()
    return sum(len(mark.cursor.selectedText()) for mark in marks if mark.format.fontUnderline())


def test_doubtful_letters_are_underlined_and_a_person_says_what_is_doubtful(
    panel: PagePanel,
) -> None:
    assert underlined(panel) == 0
    use_reader(panel, WidthReader(p=0.5))
    assert underlined(panel) == 60
    slider = panel._inspector.findChild(QSlider)
    slider.setValue(45)
    assert panel.document.doubt == 0.45
    assert underlined(panel) == 0
    assert not any(item.label.endswith("?") for item in panel.view._items.values())
    slider.setValue(55)
    assert all(item.label.endswith("?") for item in panel.view._items.values())


def test_the_text_follows_edits_and_a_selection_made_for_copying_stays(panel: PagePanel) -> None:
    text = panel._inspector._text
    assert text.toPlainText() == "\n".join(panel.document.text())
    cursor = QTextCursor(text.document())
    cursor.setPosition(3, QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    chosen = text.textCursor().selectedText()
    panel.document.select({order(panel)[-1]})
    panel.editor.type_char("Q")
    assert text.toPlainText() == "\n".join(panel.document.text())
    assert text.toPlainText().endswith("Q")
    assert text.textCursor().selectedText() == chosen
    panel.editor.delete_selected()
    assert text.toPlainText() == "\n".join(panel.document.text())
    panel.editor.undo.undo()
    assert text.toPlainText() == "\n".join(panel.document.text())


def test_without_a_network_the_panel_says_so(panel: PagePanel) -> None:
    panel.document.select({first_box(panel)})
    use_reader(panel, None)
    assert not panel.document.readings
    assert panel._inspector._caption.text().startswith("No trained network yet")


def test_reading_again_changes_letters_and_nothing_else(panel: PagePanel) -> None:
    reader = WidthReader(p=0.3)
    use_reader(panel, reader)
    boxes, chosen = dict(panel.document.boxes), panel.document.selected
    reader.p = 0.9
    panel.controller.read_all()
    assert {reading.p for reading in panel.document.readings.values()} == {0.9}
    assert (panel.document.boxes, panel.document.selected) == (boxes, chosen)
    assert panel.editor.undo.count() == 0


def test_a_narrow_panel_stacks_the_page_and_its_text(panel: PagePanel) -> None:
    assert panel._middle.orientation() is Qt.Orientation.Horizontal
    panel.resize(420, 400)
    assert panel._middle.orientation() is Qt.Orientation.Vertical
    assert panel.view.height() > panel._inspector.height()


def test_a_panel_leaves_nothing_behind(qtbot: QtBot, sample: Page) -> None:
    panel = empty_panel()
    use_reader(panel, WidthReader())
    panel.controller._on_opened(sample)
    left: list[weakref.ref] = [
        weakref.ref(panel),
        weakref.ref(panel.view),
        weakref.ref(panel.document),
    ]
    panel.close_down()
    panel.deleteLater()
    del panel
    qtbot.waitUntil(lambda: gc.collect() >= 0 and not any(ref() for ref in left))
    themes().use("light")


def test_joined_letters_are_parted_by_reading_and_joined_again(panel: PagePanel) -> None:
    page = panel.document.page
    before = dict(panel.document.boxes)
    part = panel._tools.actions_by_name["part"]
    use_reader(panel, WidthReader())
    part.trigger()
    assert "Load weights" in panel.told[-1]
    use_reader(panel, WidthReader(), part=lambda same: same)
    part.trigger()
    assert "No joined letters found" in panel.told[-1]
    first, *rest = page.lines[0]
    half = first.w / 2
    halves = replace(first, w=half), replace(first, x=first.x + half, w=half)
    parted = replace(page, lines=((*halves, *rest), *page.lines[1:]))
    use_reader(panel, WidthReader(), part=lambda same: parted)
    part.trigger()
    assert len(panel.document.boxes) == len(before) + 1
    panel.editor.undo.undo()
    assert panel.document.boxes == before


@pytest.mark.parametrize(
    ("size", "way"),
    [
        ((700, 900), Qt.Orientation.Vertical),
        ((1200, 620), Qt.Orientation.Horizontal),
        ((420, 640), Qt.Orientation.Vertical),
    ],
)
def test_the_inspector_stands_where_it_leaves_the_photo_more_room(
    panel: PagePanel, size: tuple[int, int], way: Qt.Orientation
) -> None:
    panel.resize(*size)
    QApplication.processEvents()
    assert panel._middle.orientation() is way
    shown = panel.view.mapFromScene(panel.view.sceneRect()).boundingRect()
    assert shown.width() > 0 and panel.view.width() > 0.5 * size[0]


def test_the_photo_does_not_move_when_the_first_letter_is_typed(panel: PagePanel) -> None:
    panel.lesson.set_classes("abc0123456789")
    QApplication.processEvents()
    before = panel.view.geometry(), panel.view.mapFromScene(0, 0)
    panel.document.select({panel.document.in_order()[0].id})
    panel.view.setFocus()
    QTest.keyClicks(panel.view, "7")
    QApplication.processEvents()
    assert panel.lesson.isVisible()
    assert (panel.view.geometry(), panel.view.mapFromScene(0, 0)) == before


def test_under_the_photo_the_text_has_the_room_while_no_box_is_selected(panel: PagePanel) -> None:
    inspector = panel._inspector
    inspector.lie_down(True)
    inspector.resize(360, 124)
    panel.document.select(())
    inspector.grab()
    assert inspector.why.isHidden()
    assert inspector._text.width() > inspector.width() / 2


def test_bars_of_guesses_are_long_where_there_is_room(panel: PagePanel) -> None:
    panel._inspector.lie_down(True)
    panel._inspector.resize(640, 124)
    panel.document.select({first_box(panel)})
    panel._inspector.grab()
    guesses = panel._inspector._guesses
    assert guesses.width() >= guesses.sizeHint().width() > guesses.minimumWidth()
