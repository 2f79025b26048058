"""Who gets a key, a turn of the wheel, and the keyboard back."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

import hellodl_gui
from core.chapters.chapter import Chapter
from core.chapters.registry import chapters
from core.runtime.protocol import Play
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.activation_functions.function_plot import FunctionPlot
from hellodl_gui.state.models import Opening
from hellodl_gui.ui.controls.inputs import NumberEdit
from hellodl_gui.ui.controls.wheel import NotchCounter, wheel_notches
from tests.gui.kit import show_widget
from tests.gui.sent_commands import on_command
from tests.gui.windows import show_window


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """Without a training process."""
    window = show_window(qtbot, tmp_path, 790, 720)
    yield window
    window.close()


@pytest.fixture
def played(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Once for each time that Play was pressed."""
    said: list[bool] = []
    window.actions_by_key["play"].triggered.disconnect()
    window.actions_by_key["play"].triggered.connect(lambda: said.append(True))
    return said


def turn(widget: QWidget, angle: int = 0, pixels: int = 0) -> None:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(0, pixels), QPoint(0, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


# -- the space bar --------------------------------------------------------------------------------


def test_space_plays_when_nothing_has_the_keyboard(window: MainWindow, played: list[bool]) -> None:
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert played == [True]


def test_a_control_that_was_reached_by_keys_keeps_the_space_bar(window: MainWindow) -> None:
    own = QAbstractButton, QComboBox, QAbstractItemView
    tried = 0
    for widget in window.findChildren(QWidget):
        reached = isinstance(widget, own) and widget.isVisible() and widget.isEnabled()
        if reached and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            asked = QKeyEvent(
                QEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " "
            )
            asked.ignore()
            QApplication.sendEvent(widget, asked)
            assert asked.isAccepted(), "else the key would play"
            tried += 1
    assert tried > 10


def test_a_button_is_pressed_by_the_space_bar(
    qtbot: QtBot, window: MainWindow, played: list[bool]
) -> None:
    button, pressed = QPushButton("x"), []
    button.clicked.connect(lambda: pressed.append(True))
    window.panels["knobs"].layout().addWidget(button)
    button.show()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert pressed and not played


def test_after_a_click_on_a_control_the_space_bar_plays(
    window: MainWindow, played: list[bool]
) -> None:
    course = window.panels["chapters"].findChild(QListWidget)
    assert isinstance(course, QListWidget)
    course.setFocus()
    window._keyboard._by_mouse = True  # as a real press leaves it; here buttons have no state
    QTest.keyClick(course, Qt.Key.Key_Space)
    assert played == [True]


def test_a_number_box_takes_no_blank_and_space_plays(
    window: MainWindow, played: list[bool]
) -> None:
    boxes = [w for w in window.findChildren(QWidget)
             if isinstance(w, NumberEdit | QAbstractSpinBox) and w.isVisible()]  # fmt: skip
    assert boxes
    for number, box in enumerate(boxes, 1):
        before = box.text()
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Space)
        assert box.text() == before and len(played) == number


def test_free_text_takes_blanks(window: MainWindow, played: list[bool]) -> None:
    field = QLineEdit()
    window.panels["knobs"].layout().addWidget(field)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "a b")
    assert field.text() == "a b" and not played


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_enter_and_escape_give_the_keyboard_back_so_that_space_plays(
    window: MainWindow, played: list[bool], key: Qt.Key
) -> None:
    box = window.panels["knobs"].findChild(NumberEdit)
    assert isinstance(box, NumberEdit)
    box.setFocus()
    QTest.keyClick(box, key)
    focus = window.focusWidget()
    assert focus is window.panels["knobs"]
    QTest.keyClick(focus, Qt.Key.Key_Space)
    assert played == [True]


def test_space_does_not_train_between_letters_that_somebody_types(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[bool] = []
    on_command(window.state, Play, lambda _: said.append(True))
    monkeypatch.setattr(window.page.document, "selected", frozenset({1}))
    window.page.view.space_tapped.emit()
    assert not said
    monkeypatch.setattr(window.page.document, "selected", frozenset())
    window.page.view.space_tapped.emit()


# -- numbers --------------------------------------------------------------------------------------


# -- the wheel ------------------------------------------------------------------------------------


def value_of(widget: QWidget) -> object:
    if isinstance(widget, QSpinBox | QDoubleSpinBox | QSlider):
        return widget.value()
    assert isinstance(widget, QComboBox | QTabBar)
    return widget.currentIndex()


def test_the_wheel_changes_nothing_that_does_not_have_the_keyboard(window: MainWindow) -> None:
    kinds = QSpinBox, QDoubleSpinBox, QComboBox, QSlider, QTabBar
    tried = 0
    window.page.setFocus()
    for widget in window.findChildren(QWidget):
        if isinstance(widget, kinds):
            before = value_of(widget)
            for angle in (-120, 120, 120):
                turn(widget, angle)
                assert value_of(widget) == before, widget
            tried += 1
    assert tried > 60


def test_fields_lists_and_tabs_are_all_of_the_house() -> None:
    """Qt's own would turn with the wheel and take blanks."""
    raw = re.compile(r"(?<![\w.])Q(ComboBox|Slider|TabBar|SpinBox|DoubleSpinBox)\(")
    for file in Path(hellodl_gui.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert file.name == "controls.py" or not raw.search(text), file


def test_the_wheel_of_a_real_mouse_gives_the_keyboard_to_nothing(window: MainWindow) -> None:
    """Qt gives it before the event arrives, and then the control turns; only with real mice."""
    by_wheel = Qt.FocusPolicy.WheelFocus
    assert not [it for it in window.findChildren(QWidget) if it.focusPolicy() == by_wheel]


def test_thirty_small_turns_of_a_touchpad_are_as_far_as_they_say(qtbot: QtBot) -> None:
    plot = show_widget(qtbot, FunctionPlot(), 300, 200)
    reached: list[float] = []
    plot.reach_changed.connect(reached.append)
    for _ in range(7):
        turn(plot, -15)
    assert not reached
    turn(plot, -15)
    assert len(reached) == 1, "eight eighths of a notch"


def test_pixels_count_where_there_are_no_angles(qtbot: QtBot) -> None:
    class Turned(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.added, self.told, self.sum = NotchCounter(), [], 0.0

        def wheelEvent(self, event: QWheelEvent) -> None:
            self.told.append(self.added.add(event))
            self.sum += wheel_notches(event)

    widget = Turned()
    qtbot.addWidget(widget)
    for _ in range(8):
        turn(widget, pixels=10)
    assert sum(widget.told) == 2 and widget.sum == pytest.approx(2)
    turn(widget, pixels=-39)
    assert sum(widget.told) == 2, "turned back, what was left over is forgotten"


# -- all keys -------------------------------------------------------------------------------------


def mnemonic(text: str) -> str:
    found = re.search(r"(?<!&)&([^&\s])", text.replace("&&", ""))
    return found[1].upper() if found else ""


def test_no_two_keys_of_the_window_collide(window: MainWindow) -> None:
    """Keys of the window, those of one panel, and the letters after & that are seen with them."""
    of_window: dict[str, set[str]] = defaultdict(set)
    local: dict[QWidget, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for action in window.findChildren(QAction):
        for key in action.shortcuts():
            if action.shortcutContext() is Qt.ShortcutContext.WindowShortcut:
                of_window[key.toString()].add(action.text())
            else:
                for owner in action.associatedObjects():
                    if isinstance(owner, QWidget):
                        local[owner][key.toString()].add(action.text())
    for shortcut in window.findChildren(QShortcut):
        of_window[shortcut.key().toString()].add(str(shortcut))
    for menu in window.menuBar().actions():
        of_window[f"Alt+{mnemonic(menu.text())}"].add(menu.text())
    for widget in window.findChildren(QWidget):
        text = ""
        if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy()):
            text = widget.text()
        if letter := mnemonic(text):
            of_window[f"Alt+{letter}"].add(f"{_panel_of(window, widget)}: {text}")
    clashes = {key: names for key, names in of_window.items() if len(names) > 1}
    for owner, keys in local.items():
        for key, names in keys.items():
            if len(names) > 1 or key in of_window:
                clashes[f"{owner.objectName() or owner}: {key}"] = names
    assert of_window and not clashes


def _panel_of(window: MainWindow, widget: QWidget) -> str:
    for key, dock in window.docks.by_key.items():
        if dock.isAncestorOf(widget):
            return key
    return ""


def test_letters_of_each_menu_are_told_apart(window: MainWindow) -> None:
    for outer in window.menuBar().actions():
        menu = outer.menu()
        letters = [mnemonic(action.text()) for action in menu.actions()]  # type: ignore[union-attr]
        named = [letter for letter in letters if letter]
        assert len(named) == len(set(named)), outer.text()


def test_redo_has_both_usual_keys_wherever_there_is_one(window: MainWindow) -> None:
    redo = [a for a in window.findChildren(QAction) if a.text().startswith("Redo")]
    assert len(redo) > 3
    for key in ("Ctrl+Shift+Z", "Ctrl+Y"):
        assert all(QKeySequence(key) in action.shortcuts() for action in redo)


# -- where the keyboard is ------------------------------------------------------------------------


def test_help_gives_the_keyboard_back(window: MainWindow) -> None:
    box = window.panels["knobs"].findChild(NumberEdit)
    assert isinstance(box, NumberEdit)
    box.setFocus()
    window.actions_by_key["help"].trigger()
    assert window._help.isVisible()
    QTest.keyClick(window._help, Qt.Key.Key_Escape)
    assert not window._help.isVisible() and window.focusWidget() is box


def test_f6_comes_to_every_panel_in_sight_and_to_the_timeline(window: MainWindow) -> None:
    seen = set()
    for _ in range(12):
        QTest.keyClick(window, Qt.Key.Key_F6)
        focus = window.focusWidget()
        assert focus is not None
        seen.add("timeline" if window.timeline.isAncestorOf(focus) else _panel_of(window, focus))
    assert {"chapters", "knobs", "timeline"} < seen and len(seen) > 5
    here = window.focusWidget()
    QTest.keyClick(window, Qt.Key.Key_F6)
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is here


def test_chapters_have_keys(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(window.runner, "open_chapter", lambda chapter: opened.append(chapter.key))
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_1, control)
    QTest.keyClick(window, Qt.Key.Key_PageDown, control)
    QTest.keyClick(window, Qt.Key.Key_PageUp, control)
    keys = [chapter.key for chapter in chapters()]
    here = keys.index(window.state.training.chapter.key)
    assert opened == [keys[0], keys[here + 1], keys[here - 1]]


def test_a_number_key_opens_the_chapter_of_that_number(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(chapter: Chapter) -> None:
        window.state.training.opening = Opening(chapter)

    monkeypatch.setattr(window.runner, "open_chapter", fetch)
    fourth = [chapter for chapter in chapters() if chapter.number == 4]
    for key, wanted in (
        (Qt.Key.Key_8, 8), (Qt.Key.Key_5, 5), (Qt.Key.Key_4, 4), (Qt.Key.Key_4, 4),
    ):  # fmt: skip
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.state.training.wanted_chapter.number == wanted
    assert window.state.training.wanted_chapter is fourth[1], "the next of the same number"
    window.state.training.opening = None


def test_chapters_follow_one_another_while_one_is_fetched(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_them = chapters()

    def fetch(chapter: Chapter) -> None:
        window.state.training.opening = Opening(chapter)

    monkeypatch.setattr(window.runner, "open_chapter", fetch)
    here = all_of_them.index(window.state.training.chapter)
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert window.state.training.wanted_chapter is all_of_them[here + 3]
    QTest.keyClick(window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert window.state.training.wanted_chapter is all_of_them[here + 2]
    window.state.training.opening = None


def test_a_chapter_that_opens_leaves_the_keyboard_in_the_list(window: MainWindow) -> None:
    course = window.panels["chapters"].findChild(QListWidget)
    assert isinstance(course, QListWidget)
    course.setFocus()
    window._views.show_chapter(chapters()[0])
    assert window.focusWidget() is course


def test_escape_closes_the_newest_message_wherever_the_keyboard_is(window: MainWindow) -> None:
    places = [w for w in window.findChildren(QWidget)
              if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()
              and not w.isAncestorOf(window._messages)]  # fmt: skip
    assert len(places) > 10
    for number, place in enumerate(places):
        window.state.messages.notify("error", f"{number}")
        place.setFocus()
        QTest.keyClick(place, Qt.Key.Key_Escape)
        assert not window._messages.texts(), place
