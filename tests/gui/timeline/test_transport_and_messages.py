"""The transport bar and the messages: intents out, numbers and sentences in."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAction, QEnterEvent
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.training.evaluator import ACCURACY
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.features.timeline.transport import TransportBar
from hellodl_gui.state.readout import Readout
from hellodl_gui.ui.layout.fallback import Fallback
from tests.gui.kit import show_widget


@pytest.fixture
def transport(qtbot: QtBot) -> TransportBar:
    bar = TransportBar([QAction("Play"), QAction("One mini-batch")])
    qtbot.addWidget(bar)
    bar.show()
    return bar


def _texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def test_the_buttons_are_the_actions(qtbot: QtBot) -> None:
    play = QAction("Play")
    bar = TransportBar([play])
    qtbot.addWidget(bar)
    bar.show()
    with qtbot.waitSignal(play.triggered):
        qtbot.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)


def test_the_right_end_of_the_slider_is_full_speed(qtbot: QtBot, transport: TransportBar) -> None:
    said: list[object] = []
    transport.speed_chosen.connect(said.append)
    slider = transport.findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert said == [pytest.approx(1.0), None]


def test_numbers_are_grouped_and_unknown_ones_are_dashes(transport: TransportBar) -> None:
    transport.show_numbers(Readout(12345, 12345, 1.5, 0, ACCURACY, None, False))
    assert {"12,345", "1.50", "–"} <= set(_texts(transport))
    transport.show_numbers(Readout(12345, 12345, 1.5, 180_000.4, ACCURACY, 0.9712, False))
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


LONG = (
    "Copied: a Python script that repeats this run up to mini-batch 1,204, bit for bit, and "
    "prints the hash of its weights. It needs two files where runs are recorded."
)


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    """A window with a button in the middle of its lower edge."""
    return show_widget(qtbot, QWidget(), 900, 500)


@pytest.mark.parametrize("texts", [(LONG,), (LONG, "A new one"), ("One", LONG, LONG + LONG)])
@pytest.mark.parametrize("width", [320, 900])
def test_messages_never_squash_each_other(
    host: QWidget, texts: tuple[str, ...], width: int
) -> None:
    host.resize(width, 500)
    bar = MessageBar(host)
    for text in texts:
        bar.say("error", text)
    frames = [one.frame for one in bar._shown]
    for frame, below in zip(frames, [*frames[1:], None], strict=True):
        label = next(w for w in frame.findChildren(QLabel) if w.text() in texts)
        close = frame.findChild(QToolButton)
        assert label.height() >= label.heightForWidth(label.width()) and close.height() >= 20
        assert frame.rect().contains(label.geometry())
        assert below is None or below.y() >= frame.geometry().bottom()
        assert bar.rect().contains(frame.geometry())
    assert host.rect().contains(bar.geometry()) and bar.geometry().bottom() > 480


def test_a_message_stands_beside_controls_where_it_can_and_above_the_bar_at_the_bottom(
    host: QWidget, qtbot: QtBot
) -> None:
    floor, button = QWidget(host), QToolButton(host)
    floor.setGeometry(0, 440, 900, 60)
    button.setGeometry(400, 400, 100, 30)
    floor.show()
    button.show()
    bar = MessageBar(host)
    bar.stand_on(floor)
    bar.say("info", "Saved.")
    assert bar.geometry().bottom() < 440 and not bar.geometry().intersects(button.geometry())


def test_of_places_without_controls_a_message_covers_no_caption(host: QWidget) -> None:
    caption = QLabel("1,000 of the test set", host)
    caption.setGeometry(380, 470, 520, 20)
    caption.show()
    bar = MessageBar(host)
    bar.say("info", "Dark theme")
    assert bar.x() < 20 and not bar.geometry().intersects(caption.geometry())


def test_information_fades_and_errors_and_what_is_in_progress_stay(
    host: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hellodl_gui.app.message_bar.FADES_AFTER", 0.01)
    bar = MessageBar(host)
    for level in ("info", "progress", "warning", "error"):
        bar.say(level, level)
    bar.clear()
    bar.say("progress", "under way")
    bar.say("error", "wrong")
    bar.say("info", "done")
    qtbot.waitUntil(lambda: "done" not in bar.texts())
    assert bar.texts() == ["under way", "wrong"]
    bar.withdraw("under way")
    assert bar.texts() == ["wrong"]


def test_what_the_pointer_is_on_stays(
    host: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hellodl_gui.app.message_bar.FADES_AFTER", 0.05)
    bar = MessageBar(host)
    bar.say("info", "read me")
    QApplication.sendEvent(bar, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert not bar._timer.isActive()
    QApplication.sendEvent(bar, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not bar.texts())


def test_a_message_takes_the_place_of_the_last_on_its_topic(host: QWidget) -> None:
    bar = MessageBar(host)
    bar.say("error", "That is no lab.", "lab")
    bar.say("error", "The disk is full.", "disk")
    bar.say("info", "Opened.", "lab")
    assert bar.texts() == ["The disk is full.", "Opened."]
    bar.withdraw("disk")
    assert bar.texts() == ["Opened."]


def test_in_a_talk_only_errors_are_shown(host: QWidget) -> None:
    bar = MessageBar(host)
    bar.quiet = True
    for level in ("info", "progress", "warning", "error"):
        bar.say(level, level)
    assert bar.texts() == ["error"]


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
