"""Curves: decimation keeps the outline, zooming shows more, the keys read out."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.train.history import smoothed
from hellodl_gui.theming.manager import themes
from hellodl_gui.widgets.live_plot import LivePlot, decimated
from hellodl_gui.widgets.plot_marks import rows_for


@pytest.fixture
def plot(qtbot: QtBot) -> LivePlot:
    shown = LivePlot("Loss")
    qtbot.addWidget(shown)
    shown.resize(600, 300)
    shown.add_curve("raw", "", 0, faint=True)
    shown.add_curve("smooth", "training", 0)
    shown.show()
    return shown


def _drawn(plot: LivePlot, key: str) -> tuple[np.ndarray, np.ndarray]:
    return plot._curves[key].getData()


@pytest.mark.parametrize("count", [1, 1600, 1601, 20_000, 123_457])
def test_decimation_keeps_ends_and_extremes(count: int) -> None:
    rng = np.random.default_rng(count)
    xs, ys = np.arange(count, dtype=float), rng.normal(size=count)
    few_x, few_y = decimated(xs, ys)
    assert len(few_x) == len(few_y) <= 1602
    assert few_x[0] == 0 and few_x[-1] == count - 1
    assert few_y.min() == ys.min() and few_y.max() == ys.max()
    assert (np.diff(few_x) >= 0).all()


def test_a_growing_curve_keeps_the_buckets_it_has() -> None:
    ys = np.random.default_rng(0).normal(size=20_050)
    xs = np.arange(20_050, dtype=float)
    before, after = decimated(xs[:20_000], ys[:20_000])[1], decimated(xs, ys)[1]
    np.testing.assert_array_equal(before[:-2], after[: len(before) - 2])


@pytest.mark.parametrize("window", [1, 7, 50, 900])
def test_smoothing_is_the_mean_of_what_came_before(window: int) -> None:
    values = np.random.default_rng(0).normal(size=300)
    at = np.array([0, 5, 49, 50, 299])
    expected = [values[max(0, i + 1 - window) : i + 1].mean() for i in at]
    np.testing.assert_allclose(smoothed(values, window, at), expected)


def test_what_is_not_finite_is_left_out(plot: LivePlot) -> None:
    ys = np.array([1.0, np.nan, np.inf, 4.0])
    plot.set_data("raw", np.arange(4.0), ys)
    assert _drawn(plot, "raw")[0].tolist() == [0, 3]
    plot.set_data("raw", np.arange(4.0), np.full(4, np.nan))
    plot.grab()


def test_a_logarithmic_axis_leaves_zero_out(plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(3.0), np.array([0.0, 1.0, 10.0]))
    plot.set_log(True)
    plot.grab()
    assert _drawn(plot, "raw")[1].tolist() == [0, 1], "log₁₀ of what is above zero"


def test_zooming_by_keys_shows_more_detail_and_home_follows(qtbot: QtBot, plot: LivePlot) -> None:
    xs = np.arange(100_000.0)
    plot.set_data("raw", xs, np.sin(xs))
    plot.grab()
    coarse = np.diff(_drawn(plot, "raw")[0]).max()
    for _ in range(20):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    fine = _drawn(plot, "raw")[0]
    assert np.diff(fine).max() < coarse / 10
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert _drawn(plot, "raw")[0][[0, -1]].tolist() == [0, 99_999]


def test_a_double_click_follows_again(qtbot: QtBot, plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(1000.0), np.arange(1000.0))
    plot.grab()
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert not plot._view.autoRangeEnabled()[0]
    qtbot.mouseDClick(plot._plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    assert plot._view.autoRangeEnabled()[0]


def test_pointer_and_arrows_say_which_step_to_read(qtbot: QtBot, plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(1000.0), np.arange(1000.0))
    plot.grab()
    heard: list[float] = []
    plot.hovered_x.connect(heard.append)
    plot.hovered_x.connect(plot.show_cursor)
    qtbot.mouseMove(plot._plot.viewport(), QPoint(300, 100))
    qtbot.waitUntil(lambda: bool(heard))
    assert 0 < heard[-1] < 1000
    read = heard[-1]
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert heard[-1] > read
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert math.isnan(heard[-1])


def test_the_values_are_read_aloud_without_markup(plot: LivePlot) -> None:
    plot.show_values({"smooth": 0.25, "raw": 1.0})
    assert plot.accessibleDescription() == "training 0.2500"


def test_words_of_marks_never_run_into_each_other() -> None:
    places = [10.0, 12.0, 14.0, 16.0, 300.0]
    assert rows_for(places, [100.0] * 5) == [None, 2, 1, 0, 0]


def test_marks_are_drawn_where_they_belong(plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(100.0), np.zeros(100))
    bare = plot.grab().toImage()
    plot.set_marks([(50.0, "Learning rate 0.05")])
    marked = plot.grab().toImage()
    changed = [
        x
        for x in range(bare.width())
        if any(bare.pixel(x, y) != marked.pixel(x, y) for y in range(0, bare.height(), 3))
    ]
    place = plot._plot.mapTo(
        plot, plot._plot.mapFromScene(plot._view.mapViewToScene(QPoint(50, 0)))
    )
    assert abs(min(changed) - place.x()) <= 2
    assert themes().theme.quiet == plot._marks._colour.name()


def test_values_are_dotted_only_while_they_are_few(plot: LivePlot) -> None:
    plot.add_curve("test", "test set", 1, points=True)
    for count, dotted in ((10, True), (500, False)):
        plot.set_data("test", np.arange(float(count)), np.ones(count))
        assert (plot._curves["test"].opts["symbol"] is not None) is dotted


def test_shares_are_ticked_in_percent(qtbot: QtBot) -> None:
    shown = LivePlot("Right", "%")
    qtbot.addWidget(shown)
    axis = shown._plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([0.5, 0.955], 1, 0.5) == ["50%", "95.5%"]
