"""The room of a panel in its dock."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.app.dock_area import DockArea
from tests.gui.kit import show_widget


def test_a_panel_that_was_taken_out_keeps_the_size_it_is_given(qtbot: QtBot) -> None:
    content = QWidget()
    layout = QVBoxLayout(content)
    layout.addWidget(QLabel("words"))
    area = show_widget(qtbot, DockArea(content), 200, 150)
    qtbot.waitUntil(lambda: content.width() == area.viewport().width())
    content.setParent(None)
    qtbot.addWidget(content)
    content.resize(400, 300)
    content.show()
    layout.addWidget(QLabel("more words"))
    QApplication.processEvents()
    area.resize(250, 180)
    QApplication.processEvents()
    assert content.size() == QSize(400, 300)
