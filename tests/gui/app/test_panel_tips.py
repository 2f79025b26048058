"""A panel's help never lies over what it shows; F1 still finds it."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from hellodl_gui.app.help_overlay import explanation
from hellodl_gui.app.panel_registry import VIEWS
from tests.gui.answering import Answering
from tests.gui.kit import show_widget


@pytest.mark.parametrize("key", sorted(VIEWS))
def test_no_tip_lies_over_a_panel_and_f1_explains_it(qtbot: QtBot, key: str) -> None:
    run = Answering()
    run.begin()
    panel = show_widget(qtbot, VIEWS[key](run.state), 500, 400)
    panel.draw(0.0)
    QToolTip.hideText()
    here = QPoint(250, 200)
    tip = QHelpEvent(QEvent.Type.ToolTip, here, panel.mapToGlobal(here))
    QApplication.sendEvent(panel, tip)
    assert QToolTip.text() == ""
    assert explanation(panel)[1] == panel.toolTip() != ""
    panel.close_down()
