"""Boxes of numbers, of knobs too, understand what people type; nothing else changes a value."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.knobs import Knob
from hellodl_gui.ui.controls.inputs import NumberEdit, SpinBox
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.controls.number_box import NumberBox

RATE = Knob("lr", "Learning rate", 0.1, 1e-4, 1.0, "log")


@pytest.fixture
def box(qtbot: QtBot) -> NumberBox:
    made = NumberBox(minimum=-10, maximum=10, decimals=4)
    qtbot.addWidget(made)
    made.setKeyboardTracking(False)
    made.setValue(2)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "value"), [("0,5", 0.5), ("-1.25", -1.25), ("−3", -3.0), ("1,028", 1.028)]
)
def test_a_decimal_comma_and_a_true_minus_are_understood(
    qtbot: QtBot, box: NumberBox, typed: str, value: float
) -> None:
    box.selectAll()
    box.lineEdit().insert(typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == value
    assert "-" not in box.text()


@pytest.mark.parametrize("typed", ["abc", "1..2", "-", "1e"])
def test_what_is_no_number_leaves_the_value_in_force_in_sight(
    qtbot: QtBot, box: NumberBox, typed: str
) -> None:
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), box.text()) == (2.0, "2")


@pytest.mark.parametrize("make", [NumberBox, SpinBox, NumberEdit])
def test_what_is_typed_after_a_click_takes_the_place_of_the_number(
    qtbot: QtBot, make: type[QWidget]
) -> None:
    around = QWidget()
    column = QVBoxLayout(around)
    other, field = QPushButton(), make()
    for part in (other, field):
        column.addWidget(part)
    qtbot.addWidget(around)
    around.show()
    around.activateWindow()
    qtbot.waitUntil(around.isActiveWindow)
    line = field if isinstance(field, QLineEdit) else field.lineEdit()
    line.setText("0")
    other.setFocus()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    line.insert("7")
    assert line.text() == "7"
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert not line.hasSelectedText(), "a second click places the cursor"


def test_a_wrong_value_is_explained_and_the_one_in_force_shown_again(qtbot: QtBot) -> None:
    knob = KnobControl(RATE, 0.03)
    qtbot.addWidget(knob)
    knob.show()
    box = knob.findChild(NumberEdit)
    assert isinstance(box, NumberEdit)
    box.selectAll()
    qtbot.keyClicks(box, "abc")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    said = " ".join(w.text() for w in knob.findChildren(QLabel) if w.isVisible())
    assert box.text() == "0.03" and "abc" in said and "stays at 0.03" in said
    qtbot.keyClicks(box, "0")
    assert "abc" not in " ".join(w.text() for w in knob.findChildren(QLabel) if w.isVisible())


@pytest.mark.parametrize("text", ["0,01", "0.01", "1e-2", ",01"])
def test_a_decimal_comma_is_understood_by_a_knob(qtbot: QtBot, text: str) -> None:
    knob, turns = KnobControl(RATE, 0.03), []
    knob.turned.connect(lambda key, value: turns.append(value))
    qtbot.addWidget(knob)
    knob.show()
    box = knob.findChild(NumberEdit)
    assert isinstance(box, NumberEdit)
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert turns == [0.01]


def test_a_spin_box_understands_a_decimal_comma_and_goes_back_on_escape(qtbot: QtBot) -> None:
    box = NumberBox(minimum=-5.0, maximum=5.0, decimals=2, value=1.5)
    qtbot.addWidget(box)
    box.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "-0,25")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -0.25
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "3")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.value() == -0.25


def test_a_number_beyond_the_bounds_of_a_spin_box_gives_way(qtbot: QtBot) -> None:
    box = SpinBox(minimum=1, maximum=15, value=5)
    qtbot.addWidget(box)
    box.show()
    box.selectAll()
    qtbot.keyClicks(box, "0")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 5 and box.text() == "5"
