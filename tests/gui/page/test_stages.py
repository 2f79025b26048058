"""The strip under the page: a picture a stage, enlarged in the photo's place, with live knobs."""

import threading
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from core.ocr.glyph import EMNIST_STYLE
from core.ocr.page import Page
from core.ocr.settings import PageSettings
from core.ocr.stages import STAGES
from hellodl_gui.features.page import stage_images
from hellodl_gui.features.page.panel import PagePanel
from hellodl_gui.features.page.stage_images import StageImages, StageRenderer, StageRequest
from tests.gui.page.kit import LEFT, WidthReader, first_box, order, rect_of, use_reader

PATIENCE = 120_000


def wait_for_pictures(panel: PagePanel, qtbot: QtBot) -> None:
    buttons = panel._strip._buttons.values()
    qtbot.waitUntil(lambda: all(b.has_picture() for b in buttons), timeout=PATIENCE)


def test_every_stage_has_a_button_and_every_setting_a_knob(panel: PagePanel) -> None:
    assert list(panel._strip._buttons) == [kind.key for kind in STAGES]
    assert set(panel._strip._controls) == {f.name for f in fields(PageSettings)}


def test_pictures_that_a_moved_box_leaves_alone_are_not_drawn_again(
    sample: Page, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    drawn: list[str] = []

    def noted(key: str, *_: object) -> np.ndarray:
        drawn.append(key)
        return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr(stage_images, "draw", noted)
    maker = StageRenderer()
    for _ in range(2):
        with qtbot.waitSignal(maker.made, timeout=PATIENCE):
            maker.draw(StageRequest(sample, [], EMNIST_STYLE, large="boxes"))
    maker.finish()
    assert drawn[len(STAGES) + 1 :] == ["lines", "boxes", "glyphs", "boxes"]


def test_of_requests_that_wait_only_the_newest_is_drawn(
    qtbot: QtBot, sample: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, drawn = threading.Event(), []

    def slow(request: StageRequest) -> StageImages:
        gate.wait(10)
        drawn.append(request.longest)
        small = {stage: np.zeros((1, 1, 3), np.uint8) for stage in ("ink", "boxes")}
        return StageImages(request.page, small, "", None)

    monkeypatch.setattr(stage_images, "draw_stages", slow)
    maker = StageRenderer()
    made: list[StageImages] = []
    maker.made.connect(made.append)
    for longest in (10, 20, 30, 40):
        maker.draw(StageRequest(sample, [], EMNIST_STYLE, longest))
    gate.set()
    qtbot.waitUntil(lambda: len(made) == 2, timeout=PATIENCE)
    maker.finish()
    assert drawn == [10, 40]


def test_a_click_shows_a_stage_in_the_photos_place_and_another_the_photo(
    panel: PagePanel, qtbot: QtBot
) -> None:
    wait_for_pictures(panel, qtbot)
    photo = panel.view.grab().toImage()
    size = panel.view.size()
    button = panel._strip._buttons["flat"]
    QTest.mouseClick(button, LEFT)
    assert panel._strip.stage == "flat" and button.isChecked()
    corner = panel.view.viewport().rect().center()
    qtbot.waitUntil(
        lambda: panel.view.grab().toImage().pixel(corner) != photo.pixel(corner), timeout=PATIENCE
    )
    QTest.mouseClick(button, LEFT)
    assert panel._strip.stage == "" and not button.isChecked()
    qtbot.waitUntil(lambda: panel.view.size() == size, timeout=PATIENCE)
    back = panel.view.grab().toImage()
    for at in (corner, corner + QPoint(40, -60)):
        before, after = QColor(photo.pixel(at)), QColor(back.pixel(at))
        assert abs(before.lightness() - after.lightness()) <= 4


def test_boxes_are_dragged_over_a_stage_as_over_the_photo(panel: PagePanel, qtbot: QtBot) -> None:
    QTest.mouseClick(panel._strip._buttons["ink"], LEFT)
    wait_for_pictures(panel, qtbot)
    id = first_box(panel)
    rect = rect_of(panel, id)
    panel.document.select({id})
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert rect_of(panel, id).x == rect.x + 1


def test_a_knob_finds_characters_anew_undo_brings_them_and_the_knob_back(
    panel: PagePanel, qtbot: QtBot
) -> None:
    document, strip = panel.document, panel._strip
    before, page = dict(document.boxes), document.page
    strip.enlarge("lines")
    control = strip._controls["min_size"]
    assert control.isVisible() and not strip._controls["sensitivity"].isVisible()
    slider = control.findChild(QSlider)
    for value in (500, 700, 999):
        slider.setValue(value)
    most = slider.value()
    qtbot.waitUntil(
        lambda: document.page is not None and document.page.settings.min_size > 0.9,
        timeout=PATIENCE,
    )
    assert len(document.boxes) < len(before)
    assert slider.value() == most and panel.controller.settings.min_size > 0.9
    assert panel.editor.undo.count() == 1
    panel.editor.undo.undo()
    assert document.boxes == before and document.page is page
    assert panel.controller.settings.min_size == 0.3 and slider.value() != most
    panel.editor.undo.redo()
    assert document.page.settings.min_size > 0.9


def test_typed_letters_survive_a_knob(panel: PagePanel, qtbot: QtBot) -> None:
    panel.document.select({order(panel)[6]})
    panel.editor.type_char("Q")
    page = panel.document.page
    panel._strip.turned.emit("sensitivity", 0.55)
    qtbot.waitUntil(lambda: panel.document.page is not page, timeout=PATIENCE)
    assert [b.char for b in panel.document.in_order() if b.char is not None] == ["Q"]


def test_escape_on_the_strip_shows_the_photo_again(panel: PagePanel, qtbot: QtBot) -> None:
    button = panel._strip._buttons["lines"]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert panel._strip.stage == "lines"
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert panel._strip.stage == ""


def test_a_low_panel_and_a_person_do_without_the_strip(panel: PagePanel) -> None:
    assert panel._strip.isVisible()
    panel._strip.enlarge("ink")
    panel.resize(760, 400)
    assert not panel._strip.isVisible() and panel._strip.stage == ""
    panel.resize(760, 600)
    assert panel._strip.isVisible()
    panel._tools.actions_by_name["stages"].trigger()
    assert not panel._strip.isVisible()


def test_a_knob_that_moves_no_box_keeps_those_moved_by_hand_and_reads_them_again(
    panel: PagePanel, qtbot: QtBot
) -> None:
    id = first_box(panel)
    panel.document.select({id})
    panel.editor.move_selected(7, 5)
    boxes, reader = dict(panel.document.boxes), WidthReader()
    use_reader(panel, reader)
    reader.asked.clear()
    panel._strip.turned.emit("shifts", 2.0)
    qtbot.waitUntil(lambda: panel.document.page.settings.shifts == 2, timeout=PATIENCE)
    assert panel.document.boxes == boxes
    assert [len(rects) for rects in reader.asked] == [len(boxes)]
    panel.editor.undo.undo()
    assert panel.document.boxes == boxes and panel.controller.settings.shifts == 1
