"""Parts that several panels share: another list of choices, a change to undo, how a level grows."""

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from hellodl_gui.features.zoom.zoom_animation import appearance, growth
from hellodl_gui.ui.controls.combo_utils import replace_items
from hellodl_gui.ui.controls.undo_change import UndoChange


def test_other_choices_come_without_a_signal_and_with_their_tips(qtbot: QtBot) -> None:
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems(["old"])
    with qtbot.assertNotEmitted(combo.currentIndexChanged):
        replace_items(combo, ["a", "b", "c"], 1, ["first", "second", "third"])
    assert [combo.itemText(i) for i in range(combo.count())] == ["a", "b", "c"]
    assert combo.currentText() == "b"
    assert combo.itemData(2, Qt.ItemDataRole.ToolTipRole) == "third"
    with qtbot.waitSignal(combo.currentIndexChanged):
        combo.setCurrentIndex(0)


def test_no_choices_leave_none_chosen(qtbot: QtBot) -> None:
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems(["old"])
    replace_items(combo, [], -1)
    assert combo.count() == 0
    assert combo.currentIndex() == -1


def test_a_change_is_shown_undone_and_done_again(qtbot: QtBot) -> None:
    shown: list[tuple[str, ...]] = []
    stack = QUndoStack()
    stack.push(UndoChange(shown.append, ("before",), ("then",), "change it"))
    assert stack.undoText() == "change it"
    stack.undo()
    stack.redo()
    assert shown == [("then",), ("before",), ("then",)]


def test_a_level_grows_from_all_of_the_room_until_the_target_fills_it() -> None:
    room, target = QSizeF(400, 300), QRectF(100, 60, 40, 30)
    assert growth(room, target, 0.0).isIdentity()
    grown = growth(room, target, 1.0).mapRect(target)
    assert grown.width() == pytest.approx(400)
    assert grown.center().x() == pytest.approx(200)
    assert grown.center().y() == pytest.approx(150)
    half = growth(room, target, 0.5)
    assert half.m11() == pytest.approx(10**0.5)
    assert half.map(QPointF(0, 0)) != QPointF(0, 0)


def test_what_lies_inside_appears_on_the_way() -> None:
    shares = [appearance(step / 20) for step in range(21)]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
