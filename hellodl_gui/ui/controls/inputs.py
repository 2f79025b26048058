"""Input widgets: combo box, slider, spin boxes; the wheel turns them only with the focus."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QSlider,
    QSpinBox,
    QTabBar,
    QToolTip,
    QWidget,
)

from core.formatting import format_number
from core.translation import tr

if TYPE_CHECKING:
    _Mixin = QWidget
else:
    _Mixin = object  # Qt takes one of its own classes only

STAGE = "panel"
"""The object name of what has the keyboard when no field has it."""
_ENTER = Qt.Key.Key_Return, Qt.Key.Key_Enter
_PLAIN = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


def focus_panel(field: QWidget) -> None:
    """Give the keyboard back to the panel around a field, where Space plays.

    Whoever has taken the keyboard from the field already keeps it.
    """
    if field.window().focusWidget() is not field:
        return
    above = field.parentWidget()
    while above is not None and above.objectName() != STAGE and not above.isWindow():
        above = above.parentWidget()
    if above is not None and above.objectName() == STAGE:
        above.setFocus(Qt.FocusReason.OtherFocusReason)
    else:
        field.clearFocus()


def is_space(event: QEvent) -> bool:
    """Whether it is about the space bar and nothing beside it."""
    return (
        isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Space
        and event.modifiers() in _PLAIN
    )


class _NoStrayWheel(_Mixin):
    """The wheel turns it only once it has the focus; what scrolls around it has the wheel else."""

    def __init__(self, *arguments: Any, **properties: Any) -> None:
        super().__init__(*arguments, **properties)
        if self.focusPolicy() is Qt.FocusPolicy.WheelFocus:  # Qt's own take the focus by the wheel
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to others."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Number(_Mixin):
    """A field of a number: no blank comes into it, Enter and Escape leave it; what is typed after
    the click that came into it takes the place of the number.
    """

    _entered = False

    def event(self, event: QEvent) -> bool:
        """The space bar stays the window's."""
        if event.type() == QEvent.Type.ShortcutOverride and is_space(event):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the number, Escape the one before."""
        if is_space(event):
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            focus_panel(self)
            return
        super().keyPressEvent(event)
        if event.key() in _ENTER:
            focus_panel(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whether a click brought the keyboard here."""
        self._entered = event.reason() is Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def on_clicked(self, line: QLineEdit) -> None:
        """Select the number after the first click, unless that selected a part of it."""
        if self._entered and not line.hasSelectedText():
            line.selectAll()
        self._entered = False

    def give_up(self) -> None:
        """Show the number in force again."""


class NumberEdit(_Number, QLineEdit):
    """A line for one number, which is read by who owns it.

    Signals: `escaped()` the number in force is to be shown again.
    """

    escaped = Signal()

    def give_up(self) -> None:
        """Its owner knows the number."""
        self.escaped.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a click."""
        super().mouseReleaseEvent(event)
        self.on_clicked(self)


class ComboBox(_NoStrayWheel, QComboBox):
    """A choice out of a list."""

    def showEvent(self, event: QShowEvent) -> None:
        """The list that opens has the name of what it belongs to."""
        super().showEvent(event)
        self.view().setAccessibleName(self.accessibleName())


class Slider(_NoStrayWheel, QSlider):
    """A value to turn."""


def slider(
    name: str, tip: str, ends: tuple[int, int], changed: Callable[..., object], value: int = 0
) -> Slider:
    """A horizontal slider between two ends; `changed(value)` is called for every other value."""
    made = Slider(Qt.Orientation.Horizontal)
    made.setRange(*ends)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.valueChanged.connect(changed)
    return made


class TabBar(_NoStrayWheel, QTabBar):
    """Pages to choose from."""


class Spin(_NoStrayWheel, _Number):
    """A base beside Qt's spin boxes: Escape brings back what was there before."""

    _before: float | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remember the number before the first key."""
        box = cast("QSpinBox", self)
        if self._before is None:
            self._before = box.value()
        super().keyPressEvent(event)
        if event.key() in _ENTER:
            self._before = None

    def showEvent(self, event: QShowEvent) -> None:
        """The line inside has its name."""
        super().showEvent(event)
        box = cast("QSpinBox", self)
        box.lineEdit().setAccessibleName(box.accessibleName())
        box.lineEdit().installEventFilter(box)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Clicks into the line."""
        if isinstance(watched, QLineEdit) and event.type() is QEvent.Type.MouseButtonRelease:
            self.on_clicked(watched)
        return super().eventFilter(watched, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What is there now is meant."""
        self._before = None
        super().focusOutEvent(event)

    def give_up(self) -> None:
        """The number before it was typed."""
        box, before = cast("QSpinBox", self), self._before
        box.setValue(cast("int", box.value() if before is None else before))
        self._before = None

    def fixup(self, text: str) -> str:
        """What cannot be taken gives way to the number in force, and it says why."""
        box = cast("QSpinBox", self)
        words = tr("From {low} to {high}.").format(
            low=format_number(box.minimum(), 6), high=format_number(box.maximum(), 6)
        )
        QToolTip.showText(box.mapToGlobal(QPoint(0, box.height())), words, box)
        return super().fixup(text)  # type: ignore[misc]


class SpinBox(Spin, QSpinBox):
    """A whole number."""
