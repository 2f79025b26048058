"""A panel scrolls only where it has less room than it needs at least."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.app.dock_area import DockArea
from hellodl_gui.ui.layout.fallback import Fallback
from tests.gui.kit import show_widget


class Picture(QWidget):
    """Would like 400 pixels, can do with 100."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(100, 100)

    def sizeHint(self):  # type: ignore[no-untyped-def]
        return self.minimumSize() * 4


def test_a_panel_that_can_shrink_does_so_before_it_scrolls(qtbot: QtBot) -> None:
    inner, words, panel = QWidget(), QLabel("several words that wrap where it is narrow"), QWidget()
    words.setWordWrap(True)
    column = QVBoxLayout(inner)
    column.addWidget(Picture(), 1)
    column.addWidget(words)
    QVBoxLayout(panel).addWidget(Fallback(inner))
    area = show_widget(qtbot, DockArea(panel), 240, 260)
    assert panel.height() <= area.viewport().height()
    area.resize(240, 120)
    qtbot.waitUntil(lambda: panel.height() > area.viewport().height())
