"""Buttons with text, tool tip and what they do, each made in one call."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton

from core.translation import tr

Act = Callable[..., Any] | SignalInstance


def push_button(text: str, tip: str, act: Act | None = None) -> QPushButton:
    """A button that does `act`."""
    button = QPushButton(text)
    button.setToolTip(tip)
    if act is not None:
        button.clicked.connect(act)
    return button


def tool_button(
    text: str, tip: str, act: Act | None = None, toggled: Act | None = None
) -> QToolButton:
    """A small button that does `act`; with `toggled(on)` one that stays down.

    One that bears a sign, such as “▶”, is called by its tool tip.
    """
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    if not any(map(str.isalpha, text)):
        button.setAccessibleName(tip)
    if act is not None:
        button.clicked.connect(act)
    if toggled is not None:
        button.setCheckable(True)
        button.toggled.connect(toggled)
    return button


def menu_button(text: str, tip: str, fill: Callable[[QMenu], object]) -> QToolButton:
    """A small button with a menu, which is filled anew whenever it opens."""
    button = tool_button(text, tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    menu.aboutToShow.connect(menu.clear)
    menu.aboutToShow.connect(lambda: fill(menu))
    button.setMenu(menu)
    return button


def undo_button(stack: QUndoStack, tip: str) -> QPushButton:
    """Undoes the last change of the stack, as long as there is one."""
    button = push_button(tr("Undo"), tip, stack.undo)
    button.setEnabled(stack.canUndo())
    stack.canUndoChanged.connect(button.setEnabled)
    return button
