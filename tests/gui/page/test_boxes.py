"""Boxes by mouse and keys: dragged, drawn, typed, undone; what is read follows."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.ocr.boxes import Rect
from hellodl_gui.features.page.boxes.resize_handles import resized
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import (
    CTRL,
    LEFT,
    SHIFT,
    WidthReader,
    drag,
    first_box,
    on_screen,
    order,
    press,
    rect_of,
    turn_wheel,
    use_reader,
)


def test_a_drag_moves_a_box_reads_it_at_every_move_and_is_one_undo(panel: PagePanel) -> None:
    document = panel.document
    id = first_box(panel)
    before = document.boxes[id].rect
    reader = WidthReader()
    use_reader(panel, reader)
    reader.asked.clear()
    drag(panel, before.centre, (before.centre[0] + 90, before.centre[1] + 60))
    after = document.boxes[id].rect
    assert after.x > before.x + 60 and after.y > before.y + 30
    assert (after.w, after.h) == (before.w, before.h)
    assert len(reader.asked) >= 3 and all(len(rects) == 1 for rects in reader.asked)
    assert panel.editor.undo.count() == 1
    panel.editor.undo.undo()
    assert document.boxes[id].rect == before
    panel.editor.undo.redo()
    assert document.boxes[id].rect == after


def test_a_box_cannot_be_dragged_off_the_page(panel: PagePanel) -> None:
    id = first_box(panel)
    rect = panel.document.boxes[id].rect
    drag(panel, rect.centre, (-400.0, -400.0))
    assert panel.document.boxes[id].rect.x == 0
    assert panel.document.boxes[id].rect.y == 0


def test_a_handle_resizes_and_the_opposite_corner_stays(panel: PagePanel) -> None:
    id = first_box(panel)
    rect = panel.document.boxes[id].rect
    panel.document.select({id})
    drag(panel, (rect.right, rect.bottom), (rect.right + 80, rect.bottom + 50))
    after = panel.document.boxes[id].rect
    assert (after.x, after.y) == (rect.x, rect.y)
    assert after.w > rect.w + 50 and after.h > rect.h + 25


def test_handles_neither_turn_a_box_inside_out_nor_pull_it_off_the_page() -> None:
    rect = Rect(10, 10, 20, 30)
    for handle in ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)):
        for pull in (-500, 500):
            new = resized(rect, handle, pull, pull, (100, 100))
            assert new.w >= 4 and new.h >= 4
            assert new.x >= 0 and new.y >= 0 and new.right <= 100 and new.bottom <= 100
            stays = (
                rect.right if handle[0] == 0 else rect.x,
                rect.bottom if handle[1] == 0 else 10,
            )
            assert stays == (
                new.right if handle[0] == 0 else new.x,
                new.bottom if handle[1] == 0 else new.y,
            )


def test_the_middle_of_a_box_small_on_screen_moves_it(panel: PagePanel) -> None:
    panel.resize(320, 300)
    for id in order(panel)[:10]:
        before = rect_of(panel, id)
        panel.document.select({id})
        drag(panel, before.centre, (before.centre[0] + 60, before.centre[1] + 60))
        after = rect_of(panel, id)
        assert (after.w, after.h) == (before.w, before.h)
        assert after.x > before.x + 20


def test_a_trembling_click_chooses_and_moves_nothing(panel: PagePanel) -> None:
    id = order(panel)[4]
    before = rect_of(panel, id)
    at = press(panel, before.centre)
    QTest.mouseMove(panel.view.viewport(), at + QPoint(1, 1))
    QTest.mouseRelease(panel.view.viewport(), LEFT, pos=at)
    assert panel.document.selected == {id}
    assert rect_of(panel, id) == before and panel.editor.undo.count() == 0


def test_shift_click_chooses_several_and_they_stop_together_at_the_edge(panel: PagePanel) -> None:
    first, third = order(panel)[0], order(panel)[2]
    a, b = rect_of(panel, first), rect_of(panel, third)
    viewport = panel.view.viewport()
    QTest.mouseClick(viewport, LEFT, pos=on_screen(panel, *a.centre))
    QTest.mouseClick(viewport, LEFT, SHIFT, pos=on_screen(panel, *b.centre))
    assert panel.document.selected == {first, third}
    drag(panel, b.centre, (-900.0, b.centre[1]))
    assert rect_of(panel, first).x == pytest.approx(0)
    assert rect_of(panel, third).x - rect_of(panel, first).x == pytest.approx(b.x - a.x)
    panel.editor.undo.undo()
    assert (rect_of(panel, first), rect_of(panel, third)) == (a, b)


def test_escape_gives_up_a_drag_as_if_it_had_not_been(panel: PagePanel) -> None:
    id = first_box(panel)
    before = rect_of(panel, id)
    viewport = panel.view.viewport()
    for start in (before.centre, (before.right, before.bottom)):
        at = press(panel, start)
        QTest.mouseMove(viewport, at + QPoint(40, 30))
        assert rect_of(panel, id) != before
        QTest.keyClick(panel.view, Qt.Key.Key_Escape)
        QTest.mouseRelease(viewport, LEFT, pos=at)
        assert rect_of(panel, id) == before
        assert panel.document.selected == {id}
        assert panel.editor.undo.count() == 0


def test_a_box_moved_to_another_line_is_read_there(panel: PagePanel) -> None:
    lines = panel.document.lines()
    mover, target = lines[0][0], lines[2][-1]
    end = (target.rect.centre[0] + 90, target.rect.centre[1])
    drag(panel, mover.rect.centre, end)
    assert panel.document.lines()[2][-1].id == mover.id


def test_a_rectangle_drawn_on_paper_becomes_a_chosen_box(panel: PagePanel) -> None:
    count = len(panel.document.boxes)
    drag(panel, (1380.0, 1060.0), (1460.0, 1150.0))
    assert len(panel.document.boxes) == count + 1
    (id,) = panel.document.selected
    assert panel.document.boxes[id].rect.w > 40
    assert id in panel.document.readings
    panel.editor.undo.undo()
    assert len(panel.document.boxes) == count


def test_delete_takes_a_box_away_chooses_the_next_and_undo_brings_it_back(
    panel: PagePanel,
) -> None:
    order = [box.id for box in panel.document.in_order()]
    panel.document.select({order[3]})
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert order[3] not in panel.document.boxes
    assert panel.document.selected == {order[4]}
    panel.editor.undo.undo()
    assert order[3] in panel.document.boxes


def test_arrows_nudge_by_one_pixel_shift_by_ten_and_ctrl_resizes(panel: PagePanel) -> None:
    id = first_box(panel)
    panel.document.select({id})
    rect = panel.document.boxes[id].rect
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    QTest.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    moved = panel.document.boxes[id].rect
    assert (moved.x - rect.x, moved.y - rect.y) == (1, 10)
    QTest.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert panel.document.boxes[id].rect.w == pytest.approx(rect.w + 1)


def test_nudges_in_a_row_are_one_step_back(panel: PagePanel) -> None:
    first, second = order(panel)[:2]
    before = rect_of(panel, first)
    panel.document.select({first})
    for _ in range(5):
        QTest.keyClick(panel.view, Qt.Key.Key_Down)
    panel.document.select({second})
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert panel.editor.undo.count() == 2
    panel.editor.undo.undo()
    panel.editor.undo.undo()
    assert rect_of(panel, first) == before
    assert panel.document.selected == {first}


@pytest.mark.parametrize(
    ("key", "modifiers", "text"),
    [
        (Qt.Key.Key_Right, CTRL, ""),
        (Qt.Key.Key_7, Qt.KeyboardModifier.NoModifier, "7"),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " "),
    ],
)
def test_with_a_box_chosen_its_keys_are_not_the_windows_shortcuts(
    panel: PagePanel, key: Qt.Key, modifiers: Qt.KeyboardModifier, text: str
) -> None:
    panel.document.select({first_box(panel)})
    asked = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, modifiers, text)
    asked.ignore()
    QApplication.sendEvent(panel.view, asked)
    assert asked.isAccepted()


def test_tab_walks_in_reading_order_and_back_and_out_at_the_end(
    panel: PagePanel, qtbot: QtBot
) -> None:
    places = order(panel)
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.document.selected == {places[1]}
    QTest.keyClick(panel.view, Qt.Key.Key_Backtab)
    assert panel.document.selected == {places[0]}
    panel.document.select({places[-1]})
    panel.view.setFocus()
    assert panel.view.hasFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    assert not panel.view.hasFocus()


def test_tab_brings_a_box_out_of_sight_into_sight(panel: PagePanel) -> None:
    panel.view.zoom_by(6.0, QPoint(5, 5))
    panel.document.select({order(panel)[-2]})
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    centre = rect_of(panel, order(panel)[-1]).centre
    assert panel.view.viewport().rect().contains(on_screen(panel, *centre))


def test_copies_are_chosen_beside_their_originals(panel: PagePanel) -> None:
    id = first_box(panel)
    panel.document.select({id})
    QTest.keyClick(panel.view, Qt.Key.Key_D, CTRL)
    (copy,) = panel.document.selected
    assert copy != id
    assert rect_of(panel, copy) == rect_of(panel, id).moved(rect_of(panel, id).w, 0)


def test_a_box_can_be_added_by_key(panel: PagePanel) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_Insert)
    (id,) = panel.document.selected
    assert panel.document.readings.keys() == panel.document.boxes.keys()
    assert rect_of(panel, id).h > 40


def test_boxes_look_sure_doubtful_or_typed_without_colour(panel: PagePanel) -> None:
    first, second = order(panel)[:2]
    use_reader(panel, WidthReader(p=0.59))
    panel.document.select({second})
    QTest.keyClicks(panel.view, "8")
    labels = {id: panel.view._items[id].label for id in (first, second)}
    assert labels == {first: panel.document.char_of(first) + "?", second: "8✓"}
    use_reader(panel, WidthReader(p=0.61))
    assert panel.view._items[first].label == panel.document.char_of(first)
    use_reader(panel, None)
    assert panel.view._items[first].label == ""


def test_a_typed_character_wins_over_the_reading_and_can_be_undone(panel: PagePanel) -> None:
    id = first_box(panel)
    panel.document.select({id})
    read = panel.document.char_of(id)
    QTest.keyClicks(panel.view, "7")
    assert panel.document.boxes[id].char == "7"
    assert panel.document.text()[0].startswith("7")
    panel.editor.undo.undo()
    assert panel.document.char_of(id) == read


def test_the_wheel_zooms_at_the_pointer_and_0_shows_all_again(panel: PagePanel) -> None:
    view = panel.view
    whole = view.zoom
    spot = QPoint(view.viewport().width() // 4, view.viewport().height() // 3)
    place = view.mapToScene(spot)
    for _ in range(6):
        turn_wheel(panel, spot, 120)
    assert view.zoom == pytest.approx(whole * 1.2**6)
    slip = view.mapFromScene(place) - spot
    assert slip.manhattanLength() <= 6  # a pixel of rounding a step
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == pytest.approx(whole, rel=0.02)


def test_space_pans_when_dragged_and_is_passed_on_when_tapped(
    panel: PagePanel, qtbot: QtBot
) -> None:
    view = panel.view
    with qtbot.waitSignal(view.space_tapped):
        QTest.keyClick(view, Qt.Key.Key_Space)
    place, before = (800.0, 600.0), dict(panel.document.boxes)
    old = on_screen(panel, *place)
    with qtbot.assertNotEmitted(view.space_tapped):
        QTest.keyPress(view, Qt.Key.Key_Space)
        QTest.mousePress(view.viewport(), LEFT, pos=old)
        QTest.mouseMove(view.viewport(), old + QPoint(40, 25))
        QTest.mouseRelease(view.viewport(), LEFT, pos=old + QPoint(40, 25))
        QTest.keyRelease(view, Qt.Key.Key_Space)
    moved = on_screen(panel, *place) - old
    assert abs(moved.x() - 40) <= 1 and abs(moved.y() - 25) <= 1
    assert panel.document.boxes == before


class Painted(QObject):
    """Notes which part of a widget is painted, as a share of its area."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.shares: list[float] = []
        self._area = widget.width() * widget.height()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            around = event.region().boundingRect()
            self.shares.append(around.width() * around.height() / self._area)
        return False


def test_of_two_hundred_boxes_only_the_moved_one_is_read_and_its_place_painted(
    panel: PagePanel, qtbot: QtBot
) -> None:
    for number in range(140):
        panel.editor.add(Rect(20 + 60 * (number % 20), 20 + 100 * (number // 20), 40, 60))
    assert len(panel.document.boxes) == 200
    reader = WidthReader()
    use_reader(panel, reader)
    panel.document.select({first_box(panel)})
    QApplication.processEvents()
    reader.asked.clear()
    painted = Painted(panel.view.viewport())
    panel.editor.move_selected(5, 0)
    qtbot.waitUntil(lambda: bool(painted.shares))
    assert [len(rects) for rects in reader.asked] == [1]
    assert sum(painted.shares) < 0.05


def test_a_click_just_beside_a_thin_box_selects_it_and_beside_another_none(
    panel: PagePanel,
) -> None:
    document, viewport = panel.document, panel.view.viewport()
    panel.editor.select_all()
    panel.editor.delete_selected()
    for x, wide in ((100.0, 6.0), (400.0, 80.0)):
        panel.editor.add(Rect(x, 100.0, wide / panel.view.zoom, 200.0))
        (id,) = document.selected
        rect = rect_of(panel, id)
        document.select(())
        beside = on_screen(panel, rect.right, rect.centre[1]) + QPoint(4, 0)
        QTest.mouseClick(viewport, LEFT, pos=beside)
        assert document.selected == ({id} if wide < 12 else set())
