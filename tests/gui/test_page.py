"""The page by mouse and keys: boxes are dragged, drawn, typed, undone; what is read follows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.ocr.boxes import Rect
from core.ocr.page import Page
from core.ocr.reading import Reading
from core.paths import resource
from hellodl_gui.page.page_panel import PagePanel
from hellodl_gui.page.resizer import resized
from hellodl_gui.state.page_document import PageDocument

LEFT = Qt.MouseButton.LeftButton
BLANK = np.zeros((28, 28), np.uint8)


class WidthReader:
    """Reads a box as its width in tens of pixels, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[Rect]] = []

    def __call__(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        self.asked.append(list(rects))
        others = (("x", 0.1), ("y", 0.05))
        return [Reading(str(int(rect.w // 10) % 10), 0.85, others, BLANK) for rect in rects]


@pytest.fixture(scope="module")
def sample() -> Page:
    return Page.open(resource("pages/digits.jpg"))


@pytest.fixture
def panel(qtbot: QtBot, sample: Page) -> PagePanel:
    panel = PagePanel(PageDocument())
    qtbot.addWidget(panel)
    panel.resize(760, 600)
    panel.set_reader(WidthReader())
    panel.show()
    panel._on_opened(sample)
    qtbot.waitExposed(panel)
    return panel


def on_screen(panel: PagePanel, x: float, y: float) -> QPoint:
    return panel.view.mapFromScene(QPointF(x, y))


def drag(panel: PagePanel, start: tuple[float, float], end: tuple[float, float]) -> None:
    viewport = panel.view.viewport()
    first, last = on_screen(panel, *start), on_screen(panel, *end)
    QTest.mousePress(viewport, LEFT, pos=first)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, first + (last - first) * share)
    QTest.mouseRelease(viewport, LEFT, pos=last)


def turn_wheel(panel: PagePanel, at: QPoint, by: int) -> None:
    viewport = panel.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def first_box(panel: PagePanel) -> int:
    return panel.document.in_order()[0].id


def test_all_digits_of_the_sample_page_get_a_box_and_a_reading(panel: PagePanel) -> None:
    assert len(panel.document.boxes) == sum(len(line) for line in panel.document.lines()) > 40
    assert panel.document.readings.keys() == panel.document.boxes.keys()


def test_a_drag_moves_a_box_reads_it_at_every_move_and_is_one_undo(panel: PagePanel) -> None:
    document = panel.document
    id = first_box(panel)
    before = document.boxes[id].rect
    reader = WidthReader()
    panel.set_reader(reader)
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


def test_handles_never_turn_a_box_inside_out() -> None:
    rect = Rect(10, 10, 20, 30)
    for handle in ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)):
        for pull in (-500, 500):
            small = resized(rect, handle, pull, pull, (1000, 1000))
            assert small.w >= 4 and small.h >= 4


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


def test_tab_walks_in_reading_order_and_back(panel: PagePanel) -> None:
    order = [box.id for box in panel.document.in_order()]
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    QTest.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.document.selected == {order[1]}
    QTest.keyClick(panel.view, Qt.Key.Key_Backtab)
    assert panel.document.selected == {order[0]}


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


def test_finding_again_replaces_all_boxes_in_one_undo(panel: PagePanel, sample: Page) -> None:
    ids = set(panel.document.boxes)
    panel._on_found(sample)
    assert not ids & set(panel.document.boxes)
    panel.editor.undo.undo()
    assert set(panel.document.boxes) == ids


def test_a_dropped_text_file_is_refused_with_a_sentence_and_the_page_stays(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_text("dear reader")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(letter))])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )
    count = len(panel.document.boxes)
    panel.dropEvent(drop)
    qtbot.waitUntil(lambda: bool(panel._messages.texts()))
    assert "letter.jpg" in panel._messages.texts()[0]
    assert len(panel.document.boxes) == count
    panel.close_down()


def test_only_the_newest_request_arrives(panel: PagePanel, qtbot: QtBot) -> None:
    opened: list[Page] = []
    panel._loader.opened.connect(opened.append)
    path = resource("pages/digits.jpg")
    panel.open_path(path)
    panel.open_path(path)
    qtbot.waitUntil(lambda: bool(opened), timeout=20_000)
    panel.close_down()
    qtbot.wait(20)
    assert len(opened) == 1


def test_cancel_forgets_the_work(panel: PagePanel) -> None:
    opened: list[Page] = []
    panel._loader.opened.connect(opened.append)
    panel.open_path(resource("pages/digits.jpg"))
    panel._on_cancel()
    panel.close_down()
    assert not opened and not panel._bar.isVisible()


@pytest.mark.parametrize("ending", [".txt", ".json", ".png"])
def test_exports_are_whole_files(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"page{ending}"
    panel.export_to(path)
    qtbot.waitUntil(lambda: bool(panel._messages.texts()))
    assert path.name in panel._messages.texts()[0]
    start = {".txt": panel.document.text()[0][:3].encode(), ".json": b"{", ".png": b"\x89PNG"}
    assert path.read_bytes().startswith(start[ending])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_export_that_cannot_be_written_is_said(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.export_to(tmp_path / "nowhere" / "page.txt")
    qtbot.waitUntil(lambda: bool(panel._messages.texts()))
    assert "could not be written" in panel._messages.texts()[-1]


def test_two_hundred_boxes_repaint_only_what_moves(panel: PagePanel) -> None:
    for number in range(200):
        x, y = 20 + 60 * (number % 20), 20 + 100 * (number // 20)
        panel.editor.add(Rect(x, y, 40, 60))
    assert len(panel.document.boxes) >= 200
    reader = WidthReader()
    panel.set_reader(reader)
    reader.asked.clear()
    panel.document.select({first_box(panel)})
    panel.editor.move_selected(3, 0)
    assert [len(rects) for rects in reader.asked] == [1]


def test_an_empty_panel_invites_and_opens_the_sample_page(qtbot: QtBot) -> None:
    panel = PagePanel(PageDocument())
    qtbot.addWidget(panel)
    panel.show()
    panel._open_sample()
    qtbot.waitUntil(lambda: panel.document.page is not None, timeout=20_000)
    assert len(panel.document.boxes) > 40
    panel.close_down()
