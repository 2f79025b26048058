"""Context menu of a box on the page."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from hellodl_gui.features.page.tools import PageTools
from hellodl_gui.features.page.view import PageView

_ENTRIES = (
    ("space", "forget"),
    ("split", "halve", "scissors", "join", "tight"),
    ("duplicate", "delete"),
    ("all", "undo", "redo"),
)


class BoxMenu(QMenu):
    """Opens at a right click on a box, which it selects unless it is among the selected ones."""

    def __init__(self, view: PageView, tools: PageTools) -> None:
        super().__init__(view)
        self.setToolTipsVisible(True)
        for group in _ENTRIES:
            for name in group:
                self.addAction(tools.actions_by_name[name])
            self.addSeparator()
        view.menu_wanted.connect(self._on_wanted)

    def _on_wanted(self, at: QPoint) -> None:
        self.popup(at)
