"""Shortcuts that work while the focus is inside one widget."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QUndoStack
from PySide6.QtWidgets import QWidget

from core.translation import tr


def add_shortcut(
    widget: QWidget, action: QAction, key: QKeySequence.StandardKey | Qt.Key
) -> QAction:
    """Let a key set an action of this widget going, and of no other; returns the action."""
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    widget.addAction(action)
    return action


def add_undo_shortcuts(widget: QWidget, stack: QUndoStack) -> None:
    """Undo and redo on a stack of the widget's own, with the usual keys."""
    add_shortcut(widget, stack.createUndoAction(widget, tr("Undo")), QKeySequence.StandardKey.Undo)
    redo = stack.createRedoAction(widget, tr("Redo"))
    add_shortcut(widget, redo, QKeySequence.StandardKey.Redo)
    set_redo_shortcuts(redo)


def set_redo_shortcuts(action: QAction) -> None:
    """Both keys that people know, whatever the platform's own is."""
    keys = [QKeySequence(key) for key in ("Ctrl+Shift+Z", "Ctrl+Y")]
    action.setShortcuts(keys)
