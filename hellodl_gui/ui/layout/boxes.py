"""Rows and columns of widgets, each made in one call."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from hellodl_gui.ui.controls.labels import label_of
from hellodl_gui.ui.layout.flow_layout import FlowLayout

Box = TypeVar("Box", bound=QBoxLayout)
Item = QWidget | QLayout
Part = Item | int | tuple[Item, int]
"""A widget or layout, one with its stretch, or the stretch of the gap that stands there."""

Margins = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


def hbox(
    *parts: Part, margins: Margins = (0, 0, 0, 0), spacing: int = -1, on: QWidget | None = None
) -> QHBoxLayout:
    """Parts from left to right, as the layout of `on` where that is given.

    Without `spacing` they stand as far apart as what is around them.
    """
    box = QHBoxLayout() if on is None else QHBoxLayout(on)
    return _filled(box, parts, margins, spacing)


def vbox(
    *parts: Part, margins: Margins = (0, 0, 0, 0), spacing: int = -1, on: QWidget | None = None
) -> QVBoxLayout:
    """Parts from top to bottom; the layout of `on` where that is given."""
    box = QVBoxLayout() if on is None else QVBoxLayout(on)
    return _filled(box, parts, margins, spacing)


def vbox_widget(*parts: Part, margins: Margins = (0, 0, 0, 0), spacing: int = -1) -> QWidget:
    """A widget with parts from top to bottom."""
    widget = QWidget()
    vbox(*parts, margins=margins, spacing=spacing, on=widget)
    return widget


def turn(box: QBoxLayout, across: bool) -> None:
    """Have its parts stand side by side, or below each other."""
    way = QBoxLayout.Direction
    box.setDirection(way.LeftToRight if across else way.TopToBottom)


def flow(*parts: QWidget | tuple[QWidget, int] | tuple[str, QWidget, int]) -> FlowLayout:
    """Controls from left to right, in more lines where it is narrow.

    A part is a widget, one with its stretch, or a label, its widget and that one's stretch.
    """
    box = FlowLayout()
    for part in parts:
        match part:
            case QWidget():
                box.add(part)
            case (QWidget() as widget, int(stretch)):
                box.add(widget, stretch)
            case (str(text), widget, int(stretch)):
                box.add(label_of(text, widget))
                box.add(widget, stretch, joined=True)
    return box


def _filled(box: Box, parts: tuple[Part, ...], margins: Margins, spacing: int) -> Box:
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        if isinstance(item, int):
            box.addStretch(item)
        elif isinstance(item, QWidget):
            box.addWidget(item, stretch)
        else:
            box.addLayout(item, stretch)
    return box
