"""Bar that adds settings to a race and undoes the last change."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QMenu, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.buttons import menu_button, push_button, undo_button
from hellodl_gui.ui.layout.boxes import hbox

Offers = Callable[[], Sequence[tuple[str, Sequence[str]]]]


class AddBar(QWidget):
    """`offers` are asked for titles and settings when the menu opens, of which `add_several` takes
    those that are chosen.

    Attributes: `present`, the button.
    """

    def __init__(
        self, offers: Offers, add_present: Callable[[], object],
        add_several: Callable[[Sequence[str]], object], undo: QUndoStack,
    ) -> None:  # fmt: skip
        super().__init__()
        self._offers, self._add_several, self._undo = offers, add_several, undo
        self.present = push_button(
            tr("Add current settings"),
            tr("Add a row with the current settings, except the seed"),
            lambda: add_present(),
        )
        self._several = menu_button(
            tr("Add several"),
            tr("Add rows that differ in one setting, with all others as now"),
            self._fill,
        )
        self._back = undo_button(undo, tr("Undo the last change of the list (Ctrl+Z)"))
        hbox(self.present, self._several, 1, self._back, spacing=6, on=self)

    def lock(self, locked: bool) -> None:
        """Whether the list stays as it is."""
        self.present.setEnabled(not locked)
        self._several.setEnabled(not locked)
        self._back.setEnabled(self._undo.canUndo() and not locked)

    def _fill(self, menu: QMenu) -> None:
        for title, texts in self._offers():
            menu.addAction(title, partial(self._add_several, texts)).setEnabled(bool(texts))
