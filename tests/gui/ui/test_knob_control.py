"""A knob takes what it can, says what it cannot, and never loses its value."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from core.knobs import Knob
from hellodl_gui.ui.controls.knob_control import KnobControl

RATE = Knob("lr", "Learning rate", 0.1, 1e-4, 1.0, "log", help="How far each step goes.")
BATCH = Knob("batch", "Batch size", 64, 1, 1024, "log", "images", integer=True, live=False)
CHOICE = Knob.choice("optimiser", "Optimiser", ("SGD", "Adam"), "Adam")


class Shown:
    """A knob on the screen and what it said."""

    def __init__(self, qtbot: QtBot, knob: Knob, value: float) -> None:
        self.control = KnobControl(knob, value)
        qtbot.addWidget(self.control)
        self.control.resize(280, 90)
        self.control.show()
        self.turns: list[float] = []
        self.control.turned.connect(lambda key, value: self.turns.append(value))
        self.bot = qtbot

    @property
    def box(self) -> QLineEdit:
        return self.control.findChild(QLineEdit)

    @property
    def slider(self) -> QSlider:
        return self.control.findChild(QSlider)

    @property
    def complaint(self) -> str:
        labels = self.control.findChildren(QLabel)
        return " ".join(x.text() for x in labels if x.property("role") == "wrong" and x.isVisible())

    def type(self, text: str) -> None:
        self.box.selectAll()
        self.bot.keyClicks(self.box, text)
        self.bot.keyClick(self.box, Qt.Key.Key_Return)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "fast", "7", "1e-9", "0.1.2"])
def test_what_it_cannot_take_is_explained_and_the_value_stays(qtbot: QtBot, text: str) -> None:
    shown = Shown(qtbot, RATE, 0.03)
    shown.type(text) if text else (
        shown.box.clear(),
        shown.bot.keyClick(shown.box, Qt.Key.Key_Return),
    )
    assert shown.turns == []
    assert "Learning rate" in shown.complaint
    qtbot.keyClick(shown.box, Qt.Key.Key_Escape)
    assert shown.box.text() == "0.03" and not shown.complaint


def test_a_wrong_value_left_behind_gives_way_to_the_value_in_force(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.03)
    qtbot.waitExposed(shown.control)
    shown.control.activateWindow()
    shown.box.setFocus()
    qtbot.waitUntil(shown.box.hasFocus)
    shown.box.selectAll()
    qtbot.keyClicks(shown.box, "abc")
    shown.slider.setFocus()
    assert shown.box.text() == "0.03" and shown.turns == []
    assert "“abc” is not a number" in shown.complaint


def test_a_decimal_comma_is_understood(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.03)
    shown.type("0,01")
    assert shown.turns == [0.01] and not shown.complaint


def test_a_typed_number_turns_the_knob_and_moves_the_slider(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.1)
    shown.type("1e-2")
    assert shown.turns == [0.01]
    assert shown.slider.value() == pytest.approx(500, abs=1), "half-way on a logarithmic scale"


def test_leaving_the_box_does_not_round_the_value(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.0312345678)
    shown.box.setFocus()
    qtbot.keyClick(shown.box, Qt.Key.Key_Return)
    shown.slider.setFocus()
    assert shown.turns == []


def test_the_slider_reaches_both_ends_by_keys(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.1)
    qtbot.keyClick(shown.slider, Qt.Key.Key_End)
    qtbot.keyClick(shown.slider, Qt.Key.Key_Home)
    assert shown.turns == [1.0, 1e-4]


def test_whole_numbers_stay_whole(qtbot: QtBot) -> None:
    shown = Shown(qtbot, BATCH, 64)
    qtbot.keyClick(shown.slider, Qt.Key.Key_Right)
    assert shown.turns and shown.turns[0] == int(shown.turns[0]) and shown.turns[0] != 64


def test_the_default_is_one_click_or_double_click_away(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.03)
    back = shown.control.findChild(QToolButton)
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert shown.turns == [0.1] and not back.isVisible()
    shown.type("0.5")
    name = next(x for x in shown.control.findChildren(QLabel) if x.text() == "Learning rate")
    qtbot.mouseDClick(name, Qt.MouseButton.LeftButton)
    assert shown.turns[-1] == 0.1


def test_choices_turn_to_their_number(qtbot: QtBot) -> None:
    shown = Shown(qtbot, CHOICE, 1)
    qtbot.keyClick(shown.control.findChild(QComboBox), Qt.Key.Key_Up)
    assert shown.turns == [0.0]


def test_showing_a_value_is_not_turning(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.1)
    shown.control.set_value(0.2)
    assert shown.turns == [] and shown.box.text() == "0.2"


def test_scrolling_past_a_slider_does_not_turn_it(qtbot: QtBot) -> None:
    shown = Shown(qtbot, RATE, 0.1)
    shown.box.setFocus()
    wheel = QWheelEvent(
        QPointF(20, 10), QPointF(20, 10), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(shown.slider, wheel)
    assert shown.turns == []


def test_help_is_in_the_tool_tip(qtbot: QtBot) -> None:
    tip = Shown(qtbot, BATCH, 64).control.toolTip()
    assert "1 to 1,024 images" in tip and "next start" in tip
