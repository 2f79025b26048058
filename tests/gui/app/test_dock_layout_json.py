"""Panels stand again as they stood, and no words from a file can do harm."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QTabBar
from pytestqt.qtbot import QtBot

from hellodl_gui.app.dock_layout_json import describe, restore
from hellodl_gui.app.docks import Docks
from tests.core.io.hostile.kit import spoilt

KEYS = ("chapters", "knobs", "a", "b", "c", "d", "e")


def _window(qtbot: QtBot, views: tuple[str, ...]) -> tuple[QMainWindow, Docks]:
    window = QMainWindow()
    window.resize(1000, 700)
    docks = Docks(window, window.menuBar().addMenu("panels"))
    for key in KEYS:
        docks.add(key, key, QLabel(key))
    docks.arrange(views)
    qtbot.addWidget(window)
    window.show()
    QApplication.processEvents()
    return window, docks


def test_another_window_comes_to_stand_the_same_way(qtbot: QtBot) -> None:
    window, docks = _window(qtbot, ("a", "b", "c", "d", "e"))
    docks.by_key["chapters"].hide()
    docks.show("e")
    QApplication.processEvents()
    words = describe(window, docks)
    other, others = _window(qtbot, ("e", "b"))
    assert restore(other, others, words)
    QApplication.processEvents()
    was, now = json.loads(words), json.loads(describe(other, others))
    assert [row[0] for row in now] == [row[0] for row in was]
    assert [row[5:] for row in now] == [row[5:] for row in was]
    for before, after in zip(was, now, strict=True):
        assert max(abs(x - y) for x, y in zip(before[1:5], after[1:5], strict=True)) <= 12


@pytest.mark.parametrize(
    "words",
    [
        b"", b"{}", b"[]", b"[1]", b"null", b"[" * 50_000, b"\xff", b'[[["a"],0,0,1]]',
        b'[[["a"],0,0,1e9,1]]', b'[[["a"],0,0,true,1]]', b'[[["a"],0,0,1,1],[["a"],0,0,1,1]]',
        b'[[["nobody"],0,0,1,1]]', b'[[[["a"]],0,0,1,1]]',
    ],
)  # fmt: skip
def test_damaged_words_move_nothing(qtbot: QtBot, words: bytes) -> None:
    window, docks = _window(qtbot, ("a", "b", "c"))
    before = describe(window, docks)
    assert not restore(window, docks, words)
    assert describe(window, docks) == before


def test_whatever_the_words_say_the_window_lives(qtbot: QtBot) -> None:
    window, docks = _window(qtbot, ("a", "b", "c", "d", "e"))
    words = describe(window, docks)
    for seed in range(150):
        restore(window, docks, spoilt(words, seed, 1 + seed % 4))
    restore(window, docks, b'[[["a"],0,0,99,99],[["b"],0,0,99,99],[["c","d"],50,50,-9,0]]')
    QApplication.processEvents()
    assert window.size().width() == 1000


def _order(docks: Docks, key: str) -> list[str]:
    window = docks.by_key[key].parent()
    return next(
        names
        for bar in window.findChildren(QTabBar)
        if key in (names := [bar.tabText(place) for place in range(bar.count())])
    )


@pytest.mark.parametrize("front", ["c", "e", "d"])
def test_tabs_keep_the_order_that_a_person_gave_them(qtbot: QtBot, front: str) -> None:
    window, docks = _window(qtbot, ("a", "b", "c", "d", "e"))
    window.tabifyDockWidget(docks.by_key["d"], docks.by_key["c"])
    window.tabifyDockWidget(docks.by_key["d"], docks.by_key["a"])
    docks.show(front)
    QApplication.processEvents()
    was = _order(docks, front)
    assert len(was) == 4
    other, others = _window(qtbot, ("a", "b"))
    for _ in range(2):  # the second restart is like the first
        assert restore(other, others, describe(window, docks))
        QApplication.processEvents()
        assert _order(others, front) == was
        in_front = [key for key in was if not others.by_key[key].visibleRegion().isEmpty()]
        assert in_front == [front]
        window, docks = other, others


def _in_sight(docks: Docks) -> set[str]:
    QApplication.processEvents()
    return {key for key, dock in docks.by_key.items() if not dock.isHidden()}


def test_the_largest_panel_leaves_all_the_room_when_it_is_closed(qtbot: QtBot) -> None:
    _, docks = _window(qtbot, ("a", "b", "c"))
    before, largest = _in_sight(docks), docks.by_key["b"]
    docks.maximise(largest)
    assert _in_sight(docks) == {"b"}
    largest.close_it.trigger()
    assert _in_sight(docks) == before - {"b"}
    assert "Maximise" in largest.maximise.text()


def test_the_largest_panel_leaves_all_the_room_when_it_floats(qtbot: QtBot) -> None:
    _, docks = _window(qtbot, ("a", "b", "c"))
    before, largest = _in_sight(docks), docks.by_key["b"]
    docks.maximise(largest)
    largest.float.trigger()
    assert _in_sight(docks) == before
    assert largest.isFloating()
    largest.setFloating(False)  # or it outlives the test
    assert "Maximise" in largest.maximise.text()


def test_a_floating_panel_that_gets_all_the_room_floats_again_after(qtbot: QtBot) -> None:
    _, docks = _window(qtbot, ("a", "b", "c"))
    before, dock = _in_sight(docks), docks.by_key["b"]
    dock.setFloating(True)
    docks.maximise(dock)
    assert _in_sight(docks) == {"b"}
    assert not dock.isFloating(), "else the window would be empty"
    docks.maximise(dock)
    assert _in_sight(docks) == before
    assert dock.isFloating()
    dock.setFloating(False)


def test_another_arrangement_ends_the_largest_panel(qtbot: QtBot) -> None:
    _, docks = _window(qtbot, ("a", "b", "c"))
    docks.maximise(docks.by_key["b"])
    docks.arrange(("b", "c"))
    assert "Maximise" in docks.by_key["b"].maximise.text()


def test_a_panel_that_floated_at_the_last_end_can_be_put_back(qtbot: QtBot) -> None:
    window, docks = _window(qtbot, ("a", "b", "c"))
    docks.by_key["b"].setFloating(True)
    words = describe(window, docks)
    docks.by_key["b"].setFloating(False)
    other, others = _window(qtbot, ("a", "b"))
    assert restore(other, others, words)
    assert others.by_key["b"].isFloating()
    others.by_key["b"].float.trigger()
    QApplication.processEvents()
    assert not others.by_key["b"].isFloating()
    assert other.dockWidgetArea(others.by_key["b"]) is not Qt.DockWidgetArea.NoDockWidgetArea
    assert "b" in json.dumps(json.loads(describe(other, others)))


def test_a_window_without_panels_says_where_they_are(qtbot: QtBot) -> None:
    _, docks = _window(qtbot, ("a", "b", "c"))
    assert not docks._empty.isVisible()
    for dock in docks.by_key.values():
        dock.close()
    qtbot.waitUntil(docks._empty.isVisible)
    docks.show("a")
    qtbot.waitUntil(docks._empty.isHidden)
