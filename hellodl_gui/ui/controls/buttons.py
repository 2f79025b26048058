"""Buttons with text, tool tip and what they do, each made in one call."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QPushButton, QToolButton

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
