"""Several boxes at once; boxes cut, joined, fitted to ink and caught by their neighbours."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.ocr.boxes import MIN_SIDE, Rect
from core.ocr.page import Page
from core.ocr.reading import Reading
from hellodl_gui.features.page.boxes.ink_fit import cut_candidates, fit_to_ink, stroke_edges
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import (
    ALT,
    BLANK,
    CTRL,
    LEFT,
    SHIFT,
    drag,
    first_box,
    on_screen,
    order,
    rect_of,
    use_reader,
)


def around(panel: PagePanel, ids: list[int]) -> Rect:
    rects = [rect_of(panel, id) for id in ids]
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    return Rect(x, y, max(r.right for r in rects) - x, max(r.bottom for r in rects) - y)


def test_a_rubber_band_with_shift_chooses_what_it_touches_and_keeps_what_was_chosen(
    panel: PagePanel,
) -> None:
    lines = panel.document.lines()
    first = {box.id for box in lines[0]}
    other = lines[2][0].id
    panel.document.select({other})
    all_of_it = around(panel, list(first))
    drag(panel, (all_of_it.x - 15, all_of_it.y - 15), lines[0][-1].rect.centre, SHIFT)
    assert panel.document.selected == first | {other}
    assert panel.editor.undo.count() == 0 and not panel.view._band.isVisible()


def test_escape_gives_up_a_rubber_band(panel: PagePanel) -> None:
    panel.document.select({order(panel)[30]})
    box = around(panel, order(panel)[:3])
    viewport = panel.view.viewport()
    QTest.mousePress(viewport, LEFT, SHIFT, pos=on_screen(panel, box.x - 15, box.y - 15))
    QTest.mouseMove(viewport, on_screen(panel, box.right, box.bottom))
    assert len(panel.document.selected) > 1
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.document.selected == {order(panel)[30]}
    assert not panel.view._band.isVisible()


def test_a_click_on_one_of_several_chosen_leaves_it_alone_but_a_drag_takes_all(
    panel: PagePanel,
) -> None:
    some = order(panel)[:3]
    panel.document.select(some)
    before = [rect_of(panel, id) for id in some]
    centre = before[1].centre
    drag(panel, centre, (centre[0], centre[1] + 40))
    assert all(rect_of(panel, id).y > r.y + 20 for id, r in zip(some, before, strict=True))
    assert panel.document.selected == set(some) and panel.editor.undo.count() == 1
    panel.editor.undo.undo()
    QTest.mouseClick(panel.view.viewport(), LEFT, pos=on_screen(panel, *centre))
    assert panel.document.selected == {some[1]}


def test_ctrl_a_chooses_all(panel: PagePanel) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_A, CTRL)
    assert panel.document.selected == set(panel.document.boxes)


def test_halves_meet_in_the_middle_are_chosen_and_are_one_undo(panel: PagePanel) -> None:
    id = first_box(panel)
    rect, line = rect_of(panel, id), panel.document.boxes[id].line
    panel.document.select({id})
    panel.editor.type_char("m")
    QTest.keyClick(panel.view, Qt.Key.Key_K, CTRL | SHIFT)
    left, right = (panel.document.boxes[k] for k in order(panel)[:2])
    assert panel.document.selected == {left.id, right.id}
    assert left.rect.right == right.rect.x == rect.x + rect.w / 2
    assert (left.rect.x, right.rect.right) == (rect.x, rect.right)
    assert (left.line, right.line, left.char, right.char) == (line, line, None, None)
    assert {left.id, right.id} <= panel.document.readings.keys()
    panel.editor.undo.undo()
    assert panel.document.boxes[id].char == "m" and panel.document.selected == {id}
    panel.editor.undo.redo()
    assert panel.document.selected == {left.id, right.id}


def test_two_letters_joined_and_split_come_apart_between_them(panel: PagePanel) -> None:
    first, second = order(panel)[:2]
    a, b = rect_of(panel, first), rect_of(panel, second)
    count = len(panel.document.boxes)
    panel.document.select({first, second})
    QTest.keyClick(panel.view, Qt.Key.Key_J, CTRL)
    assert len(panel.document.boxes) == count - 1
    assert panel.document.selected == {first}
    whole = rect_of(panel, first)
    assert (whole.x, whole.right) == (a.x, b.right)
    use_reader(panel, None)
    QTest.keyClick(panel.view, Qt.Key.Key_K, CTRL)
    cut = rect_of(panel, order(panel)[0]).right
    assert a.right - 3 <= cut <= b.x + 3
    panel.editor.undo.undo()
    panel.editor.undo.undo()
    assert (rect_of(panel, first), rect_of(panel, second)) == (a, b)


def test_the_cut_that_reads_best_wins(panel: PagePanel, sample: Page) -> None:
    first, second = order(panel)[:2]
    panel.document.select({first, second})
    panel.editor.join_selected()
    places = cut_candidates(sample, rect_of(panel, first))
    assert len(places) > 1
    wanted = rect_of(panel, first).right - places[-1]

    def choosy(page: Page, rects: Sequence[Rect]) -> list[Reading]:
        sure = [1.0 if abs(rect.w - wanted) < 1e-6 else 0.1 for rect in rects]
        return [Reading("x", p, (), BLANK) for p in sure]

    use_reader(panel, choosy)
    panel.editor.split_selected()
    assert rect_of(panel, order(panel)[0]).right == places[-1]


def test_join_takes_any_number_and_needs_two(panel: PagePanel) -> None:
    some = order(panel)[:3]
    whole = around(panel, some)
    panel.document.select(some[:1])
    panel.editor.join_selected()
    assert panel.editor.undo.count() == 0
    panel.document.select(some)
    panel.editor.join_selected()
    assert rect_of(panel, some[0]) == whole
    panel.editor.undo.undo()
    assert panel.document.selected == set(some)


def test_scissors_cut_where_the_pointer_is_until_escape(panel: PagePanel) -> None:
    id = first_box(panel)
    rect = rect_of(panel, id)
    x = rect.x + 0.3 * rect.w
    scissors = panel._tools.actions_by_name["scissors"]
    QTest.keyClick(panel.view, Qt.Key.Key_X, CTRL)
    assert scissors.isChecked()
    at = on_screen(panel, x, rect.centre[1])
    QTest.mouseMove(panel.view.viewport(), at)
    assert panel.view._scissors.isVisible()
    QTest.mouseClick(panel.view.viewport(), LEFT, pos=at)
    assert abs(rect_of(panel, id).right - x) < 2 / panel.view.zoom
    assert panel.editor.undo.count() == 1
    QTest.keyClick(panel.view, Qt.Key.Key_Escape)
    assert not scissors.isChecked() and not panel.view._scissors.isVisible()
    panel.editor.undo.undo()
    assert rect_of(panel, id) == rect


def test_a_box_too_narrow_for_two_is_not_cut(panel: PagePanel) -> None:
    panel.editor.add(Rect(300, 20, 2 * MIN_SIDE - 1, 60))
    count = panel.editor.undo.count()
    panel.editor.halve_selected()
    assert panel.editor.undo.count() == count


def test_fit_shrinks_to_the_ink_and_grows_to_a_stroke_cut_off(panel: PagePanel) -> None:
    id = order(panel)[5]
    rect = rect_of(panel, id)
    panel.document.select({id})
    for pull in (Rect(rect.x - 9, rect.y - 7, rect.w + 15, rect.h + 12), rect.moved(0, 6)):
        panel.editor.pull({id: pull}, (1.0, 1.0), 0, 0)
        QTest.keyClick(panel.view, Qt.Key.Key_I, CTRL)
        now = rect_of(panel, id)
        assert abs(now.x - rect.x) <= 3 and abs(now.right - rect.right) <= 3
        assert abs(now.y - rect.y) <= 3 and abs(now.bottom - rect.bottom) <= 3
        panel.editor.undo.undo()
        panel.editor.undo.undo()


def test_a_box_without_ink_stays_as_it_is(panel: PagePanel, sample: Page) -> None:
    assert fit_to_ink(sample, Rect(1400, 1080, 20, 20)) is None
    panel.editor.add(Rect(1400, 1080, 20, 20))
    panel.editor.fit_selected()
    assert panel.editor.undo.count() == 1


def test_a_dragged_edge_catches_on_its_neighbour_unless_alt_is_held(panel: PagePanel) -> None:
    first, second = order(panel)[:2]
    rect, other = rect_of(panel, first), rect_of(panel, second)
    panel.view.go_to(1.5, rect.right, rect.centre[1])
    start = (rect.right, rect.centre[1])
    near = other.x - 2 / panel.view.zoom
    panel.document.select({first})
    drag(panel, start, (near, start[1]), ALT)
    assert rect_of(panel, first).right != other.x
    assert abs(rect_of(panel, first).right - near) <= 1.5 / panel.view.zoom
    panel.editor.undo.undo()
    drag(panel, start, (near, start[1]))
    caught = rect_of(panel, first).right
    panel.editor.undo.undo()
    panel._tools.actions_by_name["snap"].trigger()
    drag(panel, start, (near, start[1]))
    assert abs(rect_of(panel, first).right - near) <= 1.5 / panel.view.zoom
    edges = [edge for box in panel.document.boxes.values() for edge in (box.rect.x, box.rect.right)]
    assert panel.document.page is not None
    edges += stroke_edges(panel.document.page, rect)[0]
    assert min(abs(caught - edge) for edge in edges) < 1e-6


def test_typed_letters_go_on_to_the_next_box_and_each_is_one_undo(panel: PagePanel) -> None:
    some = order(panel)[:3]
    panel.document.select({some[0]})
    QTest.keyClicks(panel.view, "abc")
    assert [panel.document.boxes[id].char for id in some] == ["a", "b", "c"]
    assert panel.document.selected == {order(panel)[3]}
    assert panel.view._items[some[0]].label == "a✓"
    panel.editor.undo.undo()
    assert panel.document.boxes[some[2]].char is None and panel.document.selected == {some[2]}


def test_a_typed_letter_can_be_taken_back(panel: PagePanel) -> None:
    id = first_box(panel)
    panel.document.select({id})
    panel.editor.type_char("a")
    QTest.keyClick(panel.view, Qt.Key.Key_Backspace, CTRL)
    assert panel.document.boxes[id].char is None
    panel.editor.undo.undo()
    assert panel.document.boxes[id].char == "a"


def test_letters_typed_stay_when_the_characters_are_found_anew(
    panel: PagePanel, sample: Page
) -> None:
    panel.document.select({order(panel)[4]})
    panel.editor.type_char("Q")
    panel.editor.look_again(sample, 77)
    panel.editor.look_again(sample, 77)
    assert panel.editor.undo.count() == 2
    assert panel.document.boxes[order(panel)[4]].char == "Q"
    panel.editor.undo.undo()
    assert panel.document.boxes[order(panel)[4]].char == "Q"
