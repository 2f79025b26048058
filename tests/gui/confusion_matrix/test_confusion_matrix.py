"""The confusion matrix: every cell is a door, for the mouse and for keys."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from hellodl_gui.features.confusion_matrix import ConfusionMatrixPanel
from hellodl_gui.features.confusion_matrix.matrix import ConfusionMatrix
from hellodl_gui.theming.theme_manager import themes
from tests.gui.kit import show_widget
from tests.gui.short_run import ShortRun


@pytest.fixture
def matrix(qtbot: QtBot) -> ConfusionMatrix:
    shown = show_widget(qtbot, ConfusionMatrix(), 420, 420)
    counts = np.diag([90, 80, 70])
    counts[1, 2] = 20
    shown.set_counts(counts, ("a", "b", "c"))
    return shown


def test_hovering_says_what_was_read_as_what(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    with qtbot.waitSignal(matrix.hovered) as heard:
        qtbot.mouseMove(matrix, matrix.cell_rect(1, 2).center().toPoint())
    assert heard.args == ["20 of 100 “b” were read as “c” (20.0%)"]


def test_a_click_opens_a_cell(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    with qtbot.waitSignal(matrix.cell_clicked) as heard:
        qtbot.mouseClick(
            matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(1, 2).center().toPoint()
        )
    assert heard.args == [1, 2]


def test_arrows_walk_within_and_enter_opens(qtbot: QtBot, matrix: ConfusionMatrix) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, *[Qt.Key.Key_Left] * 5):
        qtbot.keyClick(matrix, key)
    with qtbot.waitSignal(matrix.cell_clicked) as heard:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert heard.args == [1, 0]


def test_the_commonest_mistake_is_loudest_and_the_diagonal_calm(matrix: ConfusionMatrix) -> None:
    shot, theme = matrix.grab().toImage(), themes().theme

    def colour(row: int, column: int) -> str:
        corner = matrix.cell_rect(row, column).topLeft().toPoint()
        return shot.pixelColor(corner.x() + 6, corner.y() + 6).name()

    assert colour(1, 2) == theme.heat[2]
    assert colour(0, 0) == colour(1, 1) == theme.raised
    assert colour(0, 1) == theme.heat[0]


def test_without_counts_it_waits(qtbot: QtBot) -> None:
    shown = ConfusionMatrix()
    qtbot.addWidget(shown)
    shown.grab()
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert shown.current is None


@pytest.mark.parametrize(("side", "numbers"), [(330, False), (700, True)])
def test_26_classes_stay_legible_or_lose_their_numbers(
    qtbot: QtBot, side: int, numbers: bool
) -> None:
    shown = ConfusionMatrix()
    qtbot.addWidget(shown)
    shown.resize(side, side)
    shown.show()
    counts = np.zeros((26, 26), int)
    counts[8, 8] = 999
    shown.set_counts(counts, tuple("abcdefghijklmnopqrstuvwxyz"))
    rect = shown.cell_rect(8, 8).toRect().adjusted(2, 2, -2, -2)
    cell = shown.grab(rect).toImage()
    colours = {cell.pixel(x, y) for x in range(cell.width()) for y in range(cell.height())}
    assert (len(colours) > 1) is numbers
    with qtbot.waitSignal(shown.hovered) as heard:
        qtbot.mouseMove(shown, shown.cell_rect(8, 8).center().toPoint())
    assert heard.args == ["999 of 999 “i” were read as “i” (100.0%)"]


def _ink(shown: ConfusionMatrix, left: int, right: int) -> list[bool]:
    """Whether a row of pixels has something on the ground, from the first cell's row on."""
    shot, ground = shown.grab().toImage(), themes().theme.panel
    first, last = (shown.cell_rect(row, 0).toRect() for row in (0, shown.shape[0] - 1))
    return [
        any(shot.pixelColor(x, y).name() != ground for x in range(left, right))
        for y in range(first.top(), last.bottom())
    ]


@pytest.mark.parametrize("count", [3, 12, 300])
def test_whole_words_are_names_that_end_beside_the_cells(qtbot: QtBot, count: int) -> None:
    """None lies on the cells or is cut at the widget's edge; of hundreds only so many are said."""
    shown = show_widget(qtbot, ConfusionMatrix(), 520, 420)
    shown.set_counts(np.eye(count, dtype=np.int64), tuple(f"parcel {i:03}" for i in range(count)))
    first = shown.cell_rect(0, 0)
    wide = shown.fontMetrics().horizontalAdvance("parcel 00")
    assert first.left() > wide and shown.cell_rect(count - 1, count - 1).right() <= 520
    names = _ink(shown, int(first.left()) - wide, int(first.left()) - 4)
    lines = sum(not before and now for before, now in zip([False, *names], names, strict=False))
    assert lines == count if count < 20 else 10 < lines < 60
    assert not any(_ink(shown, 0, 20))


def test_of_very_many_classes_a_sentence_stands_in_its_place(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ShortRun("plane", 20)
    report = run.state.classification
    assert report is not None
    none = replace(report, confusion=np.zeros((0, 0), np.int64))
    monkeypatch.setattr(type(run.state), "classification", property(lambda state: none))
    panel = show_widget(qtbot, ConfusionMatrixPanel(run.state), 420, 420)
    panel.refresh()
    assert panel.numbers() is None
    assert any("no confusion is counted" in label.text() for label in panel.findChildren(QLabel))
