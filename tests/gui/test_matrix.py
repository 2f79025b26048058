"""The confusion matrix: every cell is a door, for the mouse and for keys."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hellodl_gui.theming.manager import themes
from hellodl_gui.widgets.matrix import Matrix


@pytest.fixture
def matrix(qtbot: QtBot) -> Matrix:
    shown = Matrix()
    qtbot.addWidget(shown)
    shown.resize(420, 420)
    shown.show()
    counts = np.diag([90, 80, 70])
    counts[1, 2] = 20
    shown.set_counts(counts, ("a", "b", "c"))
    return shown


def test_hovering_says_what_was_read_as_what(qtbot: QtBot, matrix: Matrix) -> None:
    with qtbot.waitSignal(matrix.hovered) as heard:
        qtbot.mouseMove(matrix, matrix.cell_rect(1, 2).center().toPoint())
    assert heard.args == ["20 of 100 “b” were read as “c” (20.0%)"]


def test_a_click_opens_a_cell(qtbot: QtBot, matrix: Matrix) -> None:
    with qtbot.waitSignal(matrix.cell_clicked) as heard:
        qtbot.mouseClick(
            matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(1, 2).center().toPoint()
        )
    assert heard.args == [1, 2]


def test_arrows_walk_within_and_enter_opens(qtbot: QtBot, matrix: Matrix) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, *[Qt.Key.Key_Left] * 5):
        qtbot.keyClick(matrix, key)
    with qtbot.waitSignal(matrix.cell_clicked) as heard:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert heard.args == [1, 0]


def test_the_commonest_mistake_is_loudest_and_the_diagonal_calm(matrix: Matrix) -> None:
    shot, theme = matrix.grab().toImage(), themes().theme

    def colour(row: int, column: int) -> str:
        corner = matrix.cell_rect(row, column).topLeft().toPoint()
        return shot.pixelColor(corner.x() + 6, corner.y() + 6).name()

    assert colour(1, 2) == theme.heat[2]
    assert colour(0, 0) == colour(1, 1) == theme.raised
    assert colour(0, 1) == theme.heat[0]


def test_without_counts_it_waits(qtbot: QtBot) -> None:
    shown = Matrix()
    qtbot.addWidget(shown)
    shown.grab()
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert shown.current is None
