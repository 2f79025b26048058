"""Rows that wrap, and what they are for: every chapter fits into a window of 1280×800."""

from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapters
from hellodl_gui.app.dock import Dock
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.ui.layout.flow_layout import FlowLayout
from tests.gui.windows import show_window


def _row(qtbot: QtBot, *widths: int) -> tuple[QWidget, FlowLayout, list[QPushButton]]:
    holder = QWidget()
    qtbot.addWidget(holder)
    row = FlowLayout()
    holder.setLayout(row)
    buttons = []
    for width in widths:
        button = QPushButton()
        button.setFixedSize(width, 20)
        row.add(button)
        buttons.append(button)
    return holder, row, buttons


def test_parts_that_find_no_room_stand_in_the_next_line(qtbot: QtBot) -> None:
    """Three of 100 pixels in 220: two lines, and as wide as one at least."""
    _holder, row, buttons = _row(qtbot, 100, 100, 100)
    assert row.minimumSize().width() == 100
    assert row.heightForWidth(312) == 20
    assert row.heightForWidth(220) == 46
    row.setGeometry(QRect(0, 0, 220, 46))
    assert [(it.x(), it.y()) for it in buttons] == [(0, 0), (106, 0), (0, 26)]


def test_a_joined_part_stays_with_its_label(qtbot: QtBot) -> None:
    """A label does not end a line while its field begins the next one."""
    _holder, row, buttons = _row(qtbot, 100)
    label, field = QLabel(), QPushButton()
    label.setFixedSize(60, 20)
    field.setFixedSize(60, 20)
    row.add(label)
    row.add(field, joined=True)
    assert row.minimumSize().width() == 126
    row.setGeometry(QRect(0, 0, 180, 46))
    assert buttons[0].y() == 0
    assert label.y() == field.y() == 26


def test_room_that_is_left_goes_to_the_parts_with_a_stretch(qtbot: QtBot) -> None:
    """One fixed, two that stretch 1 : 3."""
    _holder, row, _ = _row(qtbot, 100)
    one, three = QWidget(), QWidget()
    row.add(one, 1)
    row.add(three, 3)
    row.setGeometry(QRect(0, 0, 312, 20))
    assert (one.width(), three.width()) == (50, 150)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """A window that trains nothing."""
    return show_window(qtbot, tmp_path, 1280, 800)


def test_no_chapter_makes_the_window_larger(window: MainWindow, qtbot: QtBot) -> None:
    """Also with each of its panels in front once."""
    for chapter in chapters():
        window.docks.arrange(chapter.views)
        for view in chapter.views:
            window.docks.show(view)
            qtbot.wait(1)
        window.resize(1280, 800)
        qtbot.wait(1)
        assert (window.width(), window.height()) == (1280, 800), chapter.key


def test_a_message_stays_above_panels_that_are_put_anew(window: MainWindow, qtbot: QtBot) -> None:
    """Another chapter, or a panel that was asked for, does not cover it."""
    bar = next(it for it in window.children() if isinstance(it, MessageBar))
    window.state.messages.notify("info", "Here is a message.")
    qtbot.waitUntil(bar.isVisible)
    window.docks.arrange(chapters()[-1].views)
    window.docks.show("runs")
    above = window.children()[window.children().index(bar) + 1 :]
    assert not [it for it in above if isinstance(it, Dock)]
