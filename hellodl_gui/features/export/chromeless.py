"""Hides a view's controls while it is exported."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QSignalBlocker
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QLabel,
    QLayout,
    QLineEdit,
    QMenuBar,
    QSlider,
    QTabBar,
    QToolBar,
    QWidget,
)

from hellodl_gui.theming.render_mode import CONTENT, TOOL

_CONTROLS = (
    QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider, QTabBar, QMenuBar, QToolBar,
)  # fmt: skip


class HiddenControls:
    """Hides the controls of a view, with the labels that name them, until `end`. Nothing in it has
    the keyboard meanwhile, so that no ring is seen.
    """

    def __init__(self, view: QWidget, hides: bool = True) -> None:
        self._view = view
        self._hidden: list[QWidget] = []
        focus: QWidget | None = view.window().focusWidget()
        self._focus = focus if focus is not None and view.isAncestorOf(focus) else None
        if self._focus is not None:
            with QSignalBlocker(self._focus):
                self._focus.clearFocus()
        if hides:
            self.hide()

    def hide(self) -> None:
        """Once more: the view may have shown some since."""
        controls = [w for w in self._view.findChildren(QWidget) if self._is_tool(w)]
        labels = [w for w in self._view.findChildren(QLabel) if w.buddy() in controls]
        for control in controls:
            labels += _named_beside(control)
        found = [w for w in (*controls, *labels) if not w.isHidden()]
        for widget in dict.fromkeys(found):
            widget.hide()
            self._hidden.append(widget)
        if found:
            _lay_out()

    def end(self) -> None:
        """Show the controls again."""
        hidden, self._hidden = self._hidden, []
        for widget in hidden:
            widget.show()
        if hidden:
            _lay_out()
        if self._focus is not None:
            with QSignalBlocker(self._focus):
                self._focus.setFocus()
            self._focus = None

    def _is_tool(self, widget: QWidget) -> bool:
        if widget.isHidden() or not (isinstance(widget, _CONTROLS) or widget.property(TOOL)):
            return False
        if isinstance(widget, QCheckBox) and not widget.icon().isNull():
            return False  # it is the legend too
        above: QWidget | None = widget
        while above is not None and above is not self._view.parentWidget():
            if above.property(CONTENT):
                return False
            if above is not widget and isinstance(above, _CONTROLS):  # a part of another control
                return False
            above = above.parentWidget()
        return True


@contextmanager
def without_controls(view: QWidget, wanted: bool = True) -> Iterator[None]:
    """Meanwhile nothing in the view has the keyboard, and it has no controls if that is wanted."""
    bare = HiddenControls(view, wanted)
    try:
        yield
    finally:
        bare.end()


def _named_beside(control: QWidget) -> list[QLabel]:
    """The plain label in front of a control in its row, which names it."""
    parent = control.parentWidget()
    layout = parent.layout() if parent is not None else None
    row = _row_of(layout, control) if layout is not None else None
    if row is None or row.direction() is not QBoxLayout.Direction.LeftToRight:
        return []
    place = row.indexOf(control)
    item = row.itemAt(place - 1) if place > 0 else None
    before = item.widget() if item is not None else None
    named = type(before) is QLabel and row.stretch(place - 1) == 0 and before.buddy() is None
    return [before] if named and isinstance(before, QLabel) else []


def _row_of(layout: QLayout, widget: QWidget) -> QBoxLayout | None:
    """The innermost box that holds a widget."""
    if layout.indexOf(widget) >= 0:
        return layout if isinstance(layout, QBoxLayout) else None
    for place in range(layout.count()):
        item = layout.itemAt(place)
        inner = item.layout() if item is not None else None
        found = _row_of(inner, widget) if inner is not None else None
        if found is not None:
            return found
    return None


def _lay_out() -> None:
    """Lay out at once without the hidden controls."""
    for _ in range(2):  # the widgets, then what they are in
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
