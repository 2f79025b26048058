"""A number box understands what people type, and nothing else changes its value."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.widgets.controls import NumberEdit, SpinBox
from hellodl_gui.widgets.number_box import NumberBox


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
