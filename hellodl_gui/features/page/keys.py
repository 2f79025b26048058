"""Keyboard commands of the page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from core.translation import tr

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
RESIZING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_NUDGE, _BIG_NUDGE = 1.0, 10.0


def nudge(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> tuple[float, float]:
    """(dx, dy) in pixels of the page that an arrow means; ten times as far with Shift."""
    far = _BIG_NUDGE if modifiers & Qt.KeyboardModifier.ShiftModifier else _NUDGE
    dx, dy = ARROWS[key]
    return far * dx, far * dy


def is_character(event: QKeyEvent) -> bool:
    """Does a key write one visible character?"""
    plain = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    text = event.text()
    return (
        len(text) == 1
        and text.isprintable()
        and not text.isspace()
        and plain in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    )


def page_help() -> str:
    """What mouse and keys do, for whoever asks."""
    return tr(
        "Mouse: drag a box to move it, a handle to resize it, empty paper to draw a new "
        "one; Shift-click or Shift-drag selects several. Edges snap to ink and to "
        "neighbouring boxes; hold Alt to move freely. The wheel zooms at the pointer; "
        "drag with Space or the middle button to pan.\nKeys: Tab and Shift+Tab go from "
        "box to box, arrows move by a pixel (Shift: ten), Ctrl or Alt with arrows "
        "resizes, Delete deletes, a letter or digit corrects and moves to the next box, "
        "Backspace goes back and clears the letter, Space sets or removes a space before "
        "the selected box, Esc deselects; + − 0 zoom."
    )
