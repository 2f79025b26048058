"""Keyboard focus: which keys go to the window, and which to the focused control."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QMainWindow,
    QTabBar,
    QWidget,
)

from core.chapters.chapter import Chapter
from hellodl_gui.app.docks import Docks
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.ui.controls.inputs import is_space

_OWN_SPACE = QAbstractButton, QComboBox, QAbstractItemView


class Keyboard(QObject):
    """The space bar plays, except where a control that was reached by keys uses it itself.

    A control that was clicked does not keep the space bar: whoever has just chosen a chapter or
    pressed a button with the mouse plays with it. Escape closes the newest message wherever the
    keyboard is. The wheel turns no tabs of panels.
    """

    def __init__(self, window: QMainWindow, docks: Docks, more: Sequence[QWidget] = ()) -> None:
        """`more`: places beside the panels that F6 comes to."""
        super().__init__(window)
        self._window, self._docks, self._more = window, docks, more
        self._by_mouse = False
        window.installEventFilter(self)
        for dock in docks.by_key.values():
            dock.installEventFilter(self)  # one that floats is a window of its own
        for bar in window.findChildren(QTabBar):
            bar.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)

    @Slot(QWidget, QWidget)
    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        lists = [w for w in (old, new) if w is not None]
        if any(w.window().windowType() is Qt.WindowType.Popup for w in lists):
            return  # a list that opened or closed: what it belongs to has the keyboard as before
        self._by_mouse = QGuiApplication.mouseButtons() is not Qt.MouseButton.NoButton

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that nothing below has taken for its own, and the wheel over tabs."""
        match event.type():
            case QEvent.Type.ShortcutOverride:
                return self._on_key(event)
            case QEvent.Type.Wheel if isinstance(watched, QTabBar) and not watched.hasFocus():
                event.ignore()
                return True
            case QEvent.Type.ChildPolished if isinstance(event, QChildEvent):
                child = event.child()
                if isinstance(child, QTabBar):
                    child.installEventFilter(self)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QEvent) -> bool:
        assert isinstance(event, QKeyEvent)
        if event.key() == Qt.Key.Key_Escape:
            self._close_message()
            return False
        focus = QApplication.focusWidget() or self._window.focusWidget()
        if is_space(event) and isinstance(focus, _OWN_SPACE) and not self._by_mouse:
            event.accept()
            return True
        return False

    def _close_message(self) -> None:
        for bar in self._window.findChildren(MessageBar):
            bar.close_newest()

    def next_place(self, by: int) -> None:
        """The keyboard goes to the next panel in sight, or the one before."""
        docks = [dock.panel for dock in self._docks.by_key.values() if dock.isVisible()]
        places = [w for w in (*docks, *self._more) if w.isVisible()]
        focus = self._window.focusWidget()
        inside = [w is focus or (focus is not None and w.isAncestorOf(focus)) for w in places]
        if not places:
            return
        there = inside.index(True) + by if any(inside) else min(by, 0)
        _enter(places[there % len(places)])


def _enter(place: QWidget) -> None:
    """Give the keyboard to the first in a place that takes it, else to the place itself."""
    focus = place.nextInFocusChain()
    while focus is not None and focus is not place:
        takes = bool(focus.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes and place.isAncestorOf(focus) and focus.isVisible() and focus.isEnabled():
            focus.setFocus(Qt.FocusReason.TabFocusReason)
            return
        focus = focus.nextInFocusChain()
    place.setFocus(Qt.FocusReason.TabFocusReason)


def number_keys(window: QWidget, pressed: Callable[[int], object]) -> None:
    """Ctrl+1 to Ctrl+9 call `pressed` with their number."""
    for number in range(1, 10):
        shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), window)
        shortcut.activated.connect(lambda number=number: pressed(number))


def numbered(chapters: Sequence[Chapter], number: int, here: Chapter) -> Chapter | None:
    """The chapter of this number; where several have it, the next of them after `here`."""
    same = [chapter for chapter in chapters if chapter.number == number]
    if not same:
        return None
    return same[(same.index(here) + 1) % len(same)] if here in same else same[0]
