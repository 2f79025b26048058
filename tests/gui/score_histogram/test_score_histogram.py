"""The score histogram: the line is dragged and nudged, bars are read and opened."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from hellodl_gui.features.score_histogram.score_histogram import ScoreHistogram
from hellodl_gui.ui.chart.ticks import round_numbers
from tests.gui.kit import show_widget

LEFT = Qt.MouseButton.LeftButton
NEITHER = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def histogram(qtbot: QtBot) -> ScoreHistogram:
    shown = show_widget(qtbot, ScoreHistogram(), 500, 240)
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500).astype(np.uint8)
    scores = np.where(labels == 1, 5, -5) + rng.normal(size=1000)
    shown.set_scores(scores.astype(np.float32), labels, ("3", "7"))
    return shown


def _at(histogram: ScoreHistogram, score: float) -> QPoint:
    return QPoint(round(histogram.point(score, 0).x()), 120)


def test_the_line_follows_the_hand_and_stays_in_the_picture(
    qtbot: QtBot, histogram: ScoreHistogram
) -> None:
    moves: list[float] = []
    histogram.moved.connect(moves.append)
    qtbot.mousePress(histogram, LEFT, NEITHER, _at(histogram, 0))
    qtbot.mouseMove(histogram, _at(histogram, 3))
    assert moves[-1] == pytest.approx(3, abs=0.05)
    qtbot.mouseMove(histogram, QPoint(5000, 120))
    qtbot.mouseRelease(histogram, LEFT, NEITHER, QPoint(5000, 120))
    assert histogram.point(moves[-1], 0).x() <= histogram.width()
    held = histogram.threshold
    qtbot.mouseMove(histogram, _at(histogram, -2))
    assert histogram.threshold == held, "it was let go"


def test_keys_move_the_line_and_shift_moves_it_further(
    qtbot: QtBot, histogram: ScoreHistogram
) -> None:
    qtbot.keyClick(histogram, Qt.Key.Key_Right)
    step = histogram.threshold
    assert step > 0
    qtbot.keyClick(histogram, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert histogram.threshold == pytest.approx(11 * step)
    with qtbot.waitSignal(histogram.reset):
        qtbot.keyClick(histogram, Qt.Key.Key_Home)


def test_a_click_opens_a_bar_and_an_empty_place_opens_none(
    qtbot: QtBot, histogram: ScoreHistogram
) -> None:
    opened: list[tuple[float, float]] = []
    histogram.bar_clicked.connect(lambda low, high: opened.append((low, high)))
    qtbot.mouseClick(histogram, LEFT, NEITHER, _at(histogram, 5))
    low, high = opened[0]
    assert low <= 5 <= high
    qtbot.mouseClick(histogram, LEFT, NEITHER, _at(histogram, 1.2))
    assert len(opened) == 1


def test_a_double_click_on_a_bar_leaves_the_line_alone(
    qtbot: QtBot, histogram: ScoreHistogram
) -> None:
    with qtbot.assertNotEmitted(histogram.reset):
        qtbot.mouseDClick(histogram, LEFT, NEITHER, _at(histogram, 5))
    with qtbot.waitSignal(histogram.reset):
        qtbot.mouseDClick(histogram, LEFT, NEITHER, _at(histogram, 0))


def test_bars_can_be_walked_and_opened_by_keys(qtbot: QtBot, histogram: ScoreHistogram) -> None:
    read: list[str] = []
    histogram.read.connect(read.append)
    qtbot.keyClick(histogram, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert "× “3”" in read[-1]
    with qtbot.waitSignal(histogram.bar_clicked) as opened:
        qtbot.keyClick(histogram, Qt.Key.Key_Return)
    assert opened.args[0] < -5


def test_no_scores_are_no_trouble(qtbot: QtBot) -> None:
    shown = ScoreHistogram()
    qtbot.addWidget(shown)
    shown.set_scores(np.zeros(0, np.float32), np.zeros(0, np.uint8), ("3", "7"))
    shown.grab()


@pytest.mark.parametrize("span", [(-1.0, 1.0), (0.0, 1e-3), (-3e4, 7e4), (0.1, 0.13)])
def test_ticks_are_a_handful_of_places_in_range(span: tuple[float, float]) -> None:
    found = round_numbers(*span, 8)
    assert 3 <= len(found) <= 10
    assert span[0] <= min(found) and max(found) <= span[1]


def test_a_line_beyond_the_scores_stays_in_sight_at_the_edge(
    qtbot: QtBot, histogram: ScoreHistogram
) -> None:
    for score, edge in ((1e6, histogram.width()), (-1e6, 0)):
        histogram.set_threshold(score)
        assert 0 < histogram.line_x() < histogram.width()
        assert abs(histogram.line_x() - edge) < 60
        histogram.grab()
    assert histogram._near_line(QPointF(histogram.line_x(), 50)), "it can be taken there"


def test_words_of_the_axis_are_never_cut_in_a_letter(qtbot: QtBot) -> None:
    shown = ScoreHistogram()
    qtbot.addWidget(shown)
    for wide, whole in ((900, True), (220, False)):
        shown.resize(wide, 200)
        shown.grab()
        words = shown.foot_title()
        assert shown.fontMetrics().horizontalAdvance(words) <= wide
        assert words.endswith("…") is not whole
