"""Bar that adds settings to a race and undoes the last change."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from core.translation import tr

Offers = Callable[[], Sequence[tuple[str, Sequence[str]]]]


class AddBar(QWidget):
    """`offers` are asked for titles and settings when the menu opens.

    Attributes: `present`, the button. Signals: `present_wanted()`, `several_wanted(list)`.
    """

    present_wanted = Signal()
    several_wanted = Signal(object)

    def __init__(self, offers: Offers, undo: QUndoStack) -> None:
        super().__init__()
        self._offers = offers
        self._locked = self._can_undo = False
        self.present = QPushButton(tr("Add current settings"))
        self.present.setToolTip(tr("Add a row with the current settings, except the seed"))
        self.present.clicked.connect(self.present_wanted)
        self._several = QToolButton()
        self._several.setText(tr("Add several"))
        self._several.setToolTip(tr("Add rows that differ in one setting, with all others as now"))
        self._several.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._several)
        self._menu.aboutToShow.connect(self._fill)
        self._several.setMenu(self._menu)
        self._back = QPushButton(tr("Undo"))
        self._back.setToolTip(tr("Undo the last change of the list (Ctrl+Z)"))
        self._back.setEnabled(False)
        self._back.clicked.connect(undo.undo)
        undo.canUndoChanged.connect(self._on_undo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.present)
        row.addWidget(self._several)
        row.addStretch(1)
        row.addWidget(self._back)

    def lock(self, locked: bool) -> None:
        """Whether the list stays as it is."""
        self._locked = locked
        self.present.setEnabled(not locked)
        self._several.setEnabled(not locked)
        self._back.setEnabled(self._can_undo and not locked)

    @Slot(bool)
    def _on_undo(self, can: bool) -> None:
        self._can_undo = can
        self.lock(self._locked)

    def _fill(self) -> None:
        self._menu.clear()
        for title, texts in self._offers():
            action = self._menu.addAction(title, partial(self.several_wanted.emit, texts))
            action.setEnabled(bool(texts))
