"""Panels stand again as they stood, and no words from a file can do harm."""

import json

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from hellodl_gui.docks import Docks
from hellodl_gui.standing import describe, restore
from tests.core.hostile.kit import spoilt

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
    for before, after in zip(was, now, strict=True):
        assert max(abs(x - y) for x, y in zip(before[1:], after[1:], strict=True)) <= 12


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
