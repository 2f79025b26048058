"""Title bar of a dock: its name, and buttons."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from hellodl_gui.ui.controls.labels import ElidedLabel

_ICON = QSize(14, 14)


class DockTitle(QWidget):
    """Where its mouse events go unused, they are the dock's: drag it, double-click it."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        self.setObjectName("dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = ElidedLabel(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._name.setObjectName("dock-name")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 1, 4, 1)
        row.setSpacing(0)
        row.addWidget(self._name, 1)
        for action in actions:
            button = QToolButton()
            button.setProperty("flat", True)
            button.setIconSize(_ICON)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setDefaultAction(action)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            action.changed.connect(
                lambda button=button, action=action: button.setAccessibleName(action.toolTip())
            )
            button.setAccessibleName(action.toolTip())
            row.addWidget(button)

    def say(self, name: str) -> None:
        """Show this name; a tab that says it already is told by an empty one."""
        self._name.say(name)

    def set_lit(self, lit: bool) -> None:
        """Whether this is the panel that keys and menus mean."""
        self.setProperty("lit", lit)
        for widget in (self, self._name):
            self.style().unpolish(widget)
            self.style().polish(widget)

    def minimumSizeHint(self) -> QSize:
        """The buttons; the name may be cut."""
        return QSize(0, self.sizeHint().height())
