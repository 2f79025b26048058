"""Keys that work as long as the keyboard is anywhere inside one widget."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QUndoStack
from PySide6.QtWidgets import QWidget


def give_key(widget: QWidget, action: QAction, key: QKeySequence.StandardKey | Qt.Key) -> QAction:
    """Let a key set an action of this widget going, and of no other; returns the action."""
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    widget.addAction(action)
    return action


def give_undo_keys(widget: QWidget, stack: QUndoStack) -> None:
    """Undo and redo on a stack of the widget's own, with the usual keys."""
    give_key(widget, stack.createUndoAction(widget), QKeySequence.StandardKey.Undo)
    redo = stack.createRedoAction(widget)
    give_key(widget, redo, QKeySequence.StandardKey.Redo)
    give_redo_keys(redo)


def give_redo_keys(action: QAction) -> None:
    """Both keys that people know, whatever the platform's own is."""
    keys = [QKeySequence(key) for key in ("Ctrl+Shift+Z", "Ctrl+Y")]
    action.setShortcuts(keys)
