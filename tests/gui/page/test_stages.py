"""The strip under the page: a picture a stage, enlarged in the photo's place, with live knobs."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from core.ocr.page import Page
from hellodl_gui.page.page_panel import PagePanel
from hellodl_gui.services import stage_pictures
from hellodl_gui.services.stage_pictures import (
    STAGES,
    StageMaker,
    StagePictures,
    StageRequest,
    draw_stage,
)
from tests.gui.page.kit import LEFT, first_box, order, rect_of

PATIENCE = 20_000


@pytest.fixture
def request_(sample: Page) -> StageRequest:
    lines: list = [[]]
    for box in sample.boxes:
        if box.line == len(lines):
            lines.append([])
        lines[box.line].append(box)
    glyphs = {box.id: np.full((28, 28), 90, np.uint8) for box in sample.boxes}
    return StageRequest(sample, lines, glyphs)


def wait_for_pictures(panel: PagePanel, qtbot: QtBot) -> None:
    buttons = panel._strip._buttons.values()
    qtbot.waitUntil(lambda: all(b.has_picture() for b in buttons), timeout=PATIENCE)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_a_picture_of_the_whole_page(request_: StageRequest, stage: str) -> None:
    height, width = request_.page.flat.shape
    for longest in (160, 900):
        picture = draw_stage(stage, request_, longest)
        assert picture.shape[1] == longest and picture.shape[2] == 3
        assert picture.shape[0] == round(height * longest / width)
        assert picture.dtype == np.uint8 and picture.std() > 5


def test_stages_of_a_page_without_writing_are_drawn_too(request_: StageRequest) -> None:
    page = request_.page
    nothing = np.zeros_like(page.ink)
    blank = replace(page, flat=np.full_like(page.flat, 255), ink=nothing, lines=())
    for stage in STAGES:
        assert draw_stage(stage, StageRequest(blank, [], {}), 200).shape[1] == 200


def test_a_glyph_lies_where_its_box_is(request_: StageRequest) -> None:
    box = request_.page.boxes[7]
    picture = draw_stage("glyphs", request_, request_.page.flat.shape[1])
    x, y = box.rect.centre
    assert picture[round(y), round(x), 0] == 90
    assert picture[5, 5, 0] == 255


def test_of_requests_that_wait_only_the_newest_is_drawn(
    qtbot: QtBot, request_: StageRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, drawn = threading.Event(), []

    def slow(request: StageRequest) -> StagePictures:
        gate.wait(10)
        drawn.append(request.longest)
        small = {stage: np.zeros((1, 1, 3), np.uint8) for stage in STAGES}
        return StagePictures(request.page, small, "", None)

    monkeypatch.setattr(stage_pictures, "draw_stages", slow)
    maker = StageMaker()
    made: list[StagePictures] = []
    maker.made.connect(made.append)
    for longest in (10, 20, 30, 40):
        maker.draw(StageRequest(request_.page, [], {}, longest))
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
    strip.enlarge("components")
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
    assert slider.value() == most and panel.settings.min_size > 0.9
    assert panel.editor.undo.count() == 1
    panel.editor.undo.undo()
    assert document.boxes == before and document.page is page
    assert panel.settings.min_size == 0.3 and slider.value() != most
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
