"""The transport bar and the messages: intents out, numbers and sentences in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.state.readout import Readout
from hellodl_gui.widgets.empty import Fallback
from hellodl_gui.widgets.message_bar import MessageBar
from hellodl_gui.widgets.transport import Transport


@pytest.fixture
def transport(qtbot: QtBot) -> Transport:
    bar = Transport([QAction("Play"), QAction("One mini-batch")])
    qtbot.addWidget(bar)
    bar.show()
    return bar


def _texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def test_the_buttons_are_the_actions(qtbot: QtBot) -> None:
    play = QAction("Play")
    bar = Transport([play])
    qtbot.addWidget(bar)
    bar.show()
    with qtbot.waitSignal(play.triggered):
        qtbot.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)


def test_the_right_end_of_the_slider_is_full_speed(qtbot: QtBot, transport: Transport) -> None:
    said: list[object] = []
    transport.speed_chosen.connect(said.append)
    slider = transport.findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert said == [pytest.approx(1.0), None]


def test_numbers_are_grouped_and_unknown_ones_are_dashes(transport: Transport) -> None:
    transport.show_numbers(Readout(12345, 12345, 1.5, 0, None, False))
    assert {"12,345", "1.50", "–"} <= set(_texts(transport))
    transport.show_numbers(Readout(12345, 12345, 1.5, 180_000.4, 0.9712, False))
    assert {"180,000", "97.12%"} <= set(_texts(transport))


def test_messages_stack_once_each_and_close(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    for text in ("one", "two", "two", "three", "four"):
        bar.say("error", text)
    assert bar.texts() == ["two", "three", "four"], "at most three, each once"
    close = bar.findChildren(QToolButton)[-1]
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert bar.texts() == ["two", "three"]
    qtbot.keyClick(bar, Qt.Key.Key_Escape)
    qtbot.keyClick(bar, Qt.Key.Key_Escape)
    assert bar.texts() == [] and not bar.isVisible()


def test_an_empty_panel_says_why_and_offers_a_way_out(qtbot: QtBot) -> None:
    content, pressed = QLabel("content"), []
    fallback = Fallback(content)
    qtbot.addWidget(fallback)
    fallback.show()
    fallback.explain("Nothing yet.", "Play", lambda: pressed.append(True))
    assert not content.isVisible() and "Nothing yet." in _texts(fallback)
    button = next(b for b in fallback.findChildren(QWidget) if getattr(b, "text", str)() == "Play")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [True]
    fallback.show_content()
    assert content.isVisible()


def test_what_is_true_no_longer_is_withdrawn(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.say("info", "wait")
    bar.say("error", "stay")
    bar.withdraw("wait")
    bar.withdraw("never said")
    assert bar.texts() == ["stay"]
