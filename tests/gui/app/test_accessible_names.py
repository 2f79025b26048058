"""Whoever cannot see the window is told what each control is."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.knobs import Knob
from hellodl_gui.app.panel_registry import VIEWS
from hellodl_gui.ui.controls.knob_control import KnobControl
from tests.gui.answering import Answering
from tests.gui.kit import show_widget
from tests.gui.windows import show_window

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit,
    QTabBar, QTextEdit,
)  # fmt: skip


def name_of(widget: QWidget) -> str:
    """As a screen reader says it."""
    face = QAccessible.queryAccessibleInterface(widget)
    return face.text(QAccessible.Text.Name).strip() if face is not None else ""


def described(widget: QWidget) -> str:
    """For whoever mends it."""
    inside, above = [], widget.parentWidget()
    while above is not None:
        inside.append(type(above).__name__)
        above = above.parentWidget()
    return f"{type(widget).__name__} in {inside} {widget.toolTip()}"


def interactive(root: QWidget) -> Iterator[QWidget]:
    """What can be worked; parts of other controls are those controls' own."""
    for widget in root.findChildren(QWidget):
        above = widget.parentWidget()
        if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
            continue
        parts = QAbstractSpinBox, QComboBox, QAbstractScrollArea, QLineEdit, QTabBar
        if isinstance(above, parts) and type(widget).__module__.startswith("PySide6"):
            continue
        if isinstance(above, QFrame) and isinstance(above.parentWidget(), QComboBox):
            continue  # the list of a combo box
        takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if isinstance(widget, CONTROLS) or (takes_keys and not widget.focusProxy()):
            yield widget


@pytest.mark.parametrize("key", VIEWS)
def test_all_that_can_be_worked_in_a_panel_has_a_name(qtbot: QtBot, key: str) -> None:
    desk = Answering()
    panel = show_widget(qtbot, VIEWS[key](desk.state), 500, 400)
    desk.begin()
    desk.settle(panel)
    panel.close_down()
    found = list(interactive(panel))
    assert not [described(w) for w in found if not name_of(w)]
    values = [w for w in found if isinstance(w, QAbstractSlider | QLineEdit | QAbstractSpinBox)]
    names = Counter(name_of(w) for w in values)
    assert not [name for name, count in names.items() if count > 1]


def test_all_that_can_be_worked_around_the_panels_has_a_name(qtbot: QtBot, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path)
    assert not [described(w) for w in interactive(window) if not name_of(w)]
    window.close()


def test_the_number_and_the_slider_of_a_knob_are_told_apart(qtbot: QtBot) -> None:
    knob = KnobControl(Knob("lr", "Learning rate", 0.1, 1e-4, 1.0, "log"), 0.1)
    qtbot.addWidget(knob)
    names = [name_of(w) for w in interactive(knob)]
    assert len(names) == len(set(names)) == 3
    assert all("Learning rate" in name for name in names)
