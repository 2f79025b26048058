"""Curves: decimation keeps the outline, zooming shows more, the keys read out."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.training.series import moving_average
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.annotations import rows_for
from hellodl_gui.ui.chart.live_plot import LivePlot
from hellodl_gui.ui.chart.plot_data import decimated, value_text
from hellodl_gui.ui.chart.robust_range import step_axis_end


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
    return plot._curves[key].item.getData()


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


@pytest.mark.parametrize("window", [2, 7, 50, 900])
def test_smoothing_is_the_mean_around_and_at_the_first_the_value_itself(window: int) -> None:
    values = np.random.default_rng(0).normal(size=300)
    found = moving_average(values, window, np.arange(300))
    half = window // 2
    assert found[0] == values[0]
    for row in range(half, 300 - half):
        assert found[row] == pytest.approx(values[row - half : row + half + 1].mean())
    assert found[299] == pytest.approx(values[-1 - max(half // 4, 1) :][-300:].mean())


def test_smoothing_neither_lags_nor_kinks_at_the_beginning() -> None:
    falling = np.linspace(5, 1, 400)
    found = moving_average(falling, 50, np.arange(400))
    np.testing.assert_allclose(found[:370], falling[:370])
    assert np.abs(found - falling).max() < 4 * (falling[0] - falling[1])


@pytest.mark.parametrize("value", [0.1, 2.302585, 1e13])
def test_equal_values_smoothed_are_that_value_to_the_last_bit(value: float) -> None:
    assert set(moving_average(np.full(300, value), 50, np.arange(300)).tolist()) == {value}


def test_smoothing_leaves_gaps_where_nothing_is_known_and_spikes_leave_no_trace() -> None:
    values = np.full(300, 0.1)
    values[[100, 101]] = np.nan, np.inf
    values[150] = 4.9e13
    found = moving_average(values, 20, np.arange(300))
    assert np.flatnonzero(np.isnan(found)).tolist() == [100, 101]
    np.testing.assert_array_equal(found[170:], 0.1)


def test_what_is_not_finite_is_a_gap_and_a_lone_point_is_drawn(plot: LivePlot) -> None:
    ys = np.array([1.0, np.nan, 3.0, np.inf, 4.0, 5.0])
    plot.set_data("raw", np.arange(6.0), ys)
    xs, drawn = _drawn(plot, "raw")
    gaps = np.isnan(drawn)
    assert xs[gaps].tolist() == [1, 3]
    lone = drawn[(xs >= 2) & (xs < 3)]
    assert lone.tolist() == [3.0, 3.0], "a short dash"
    plot.set_data("raw", np.arange(4.0), np.full(4, np.nan))
    plot.grab()


def test_decimation_keeps_gaps() -> None:
    ys = np.ones(20_000)
    ys[4000:8000] = np.nan
    _, few = decimated(np.arange(20_000.0), ys)
    assert 0.15 < np.isnan(few).mean() < 0.25


def test_a_logarithmic_axis_has_gaps_where_values_are_not_above_zero(plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(4.0), np.array([0.0, 1.0, 10.0, 100.0]))
    plot.set_log(True)
    plot.grab()
    drawn = _drawn(plot, "raw")[1]
    assert np.isnan(drawn[0]) and drawn[1:].tolist() == [0, 1, 2], "log₁₀ of what is above zero"


def test_a_logarithmic_axis_with_nothing_above_zero_says_so(plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(4.0), np.array([0.0, -1.0, 0.0, -3.0]))
    plot.set_log(True)
    plot.grab()
    assert "zero" in plot._notes._sentence
    plot.set_log(False)
    assert not plot._notes._sentence


def test_a_spike_is_cut_with_a_word_on_how_high_it_goes(plot: LivePlot) -> None:
    ys = np.full(400, 2.33)
    ys[5:8] = 1e9, 4.9e13, 7e5
    plot.set_data("raw", np.arange(400.0), ys)
    plot.set_data("smooth", np.arange(400.0), ys, 50)
    low, high = plot._view.viewRange()[1]
    assert low <= 0 and 2.33 < high < 5
    assert [(one.x, one.text) for one in plot._notes._leaving] == [(6.0, "4.9·10¹³ ↑")]
    plot.grab()


def test_an_ordinary_run_is_shown_whole(plot: LivePlot) -> None:
    ys = 2.3 * np.exp(-np.arange(3000) / 200) + 0.05
    plot.set_data("raw", np.arange(3000.0), ys)
    low, high = plot._view.viewRange()[1]
    assert low == 0 and high >= ys.max() and not plot._notes._leaving


def test_equal_values_are_not_scaled_up(plot: LivePlot) -> None:
    plot.set_data("raw", np.arange(300.0), np.full(300, 0.1) + 1e-17 * np.arange(300))
    low, high = plot._view.viewRange()[1]
    assert high - low > 0.05


def test_an_axis_of_shares_shows_where_the_curve_is_now(qtbot: QtBot) -> None:
    shown = LivePlot("Accuracy", "%")
    qtbot.addWidget(shown)
    shown.add_curve("smooth", "", 0)
    xs = np.arange(2000.0)
    shown.set_data("smooth", xs, 0.97 - 0.87 * np.exp(-xs / 30), 50)
    low, high = shown._view.viewRange()[1]
    assert 0.8 < low < 0.97 <= high <= 1
    assert shown._notes._leaving and "↓" in shown._notes._leaving[0].text


@pytest.mark.parametrize("height", [120, 300, 700])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values", [(0.02, 2.3), (0.1, 0.11), (1e-9, 4e8), (3.0, 3.0), (0.0, 1e-12)]
)
def test_there_are_always_several_numbers_at_the_axis(
    plot: LivePlot, height: int, log: bool, values: tuple[float, float]
) -> None:
    plot.resize(600, height)
    plot.set_data("raw", np.arange(100.0), np.linspace(*values, 100))
    plot.set_log(log)
    axis = plot._plot.getPlotItem().getAxis("left")
    ticks = axis.tickValues(*plot._view.viewRange()[1], height - 60)
    texts = [text for _, at in ticks for text in axis.tickStrings(at, 1, 1)]
    assert len(set(texts)) >= 2
    assert not any("e" in text or "-" in text for text in texts)


def test_the_time_axis_counts_whole_mini_batches_and_says_so(plot: LivePlot) -> None:
    axis = plot._plot.getPlotItem().getAxis("bottom")
    (_, values), *_ = axis.tickValues(0, 1.0, 500)
    assert all(value == int(value) for value in values)
    assert axis.tickStrings([5000.0], 1, 1) == ["5,000"]
    assert axis._name == "mini-batch"


def test_both_plots_reach_equally_far_while_they_grow() -> None:
    assert step_axis_end(1000) == step_axis_end(1020)
    assert all(step_axis_end(n) >= n for n in range(1, 5000))
    assert step_axis_end(5431) < 1.13 * 5431


def test_before_the_first_mini_batch_no_line_leads_to_the_first_look(plot: LivePlot) -> None:
    plot.add_curve("test", "test set", 1, points=True)
    plot.set_data("test", np.array([0.0, 938.0, 1876.0]), np.array([2.3, 0.3, 0.2]))
    xs, drawn = _drawn(plot, "test")
    assert np.isnan(drawn[1]) and xs[[0, 2]].tolist() == [0, 938]


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
    assert not plot.follows
    qtbot.mouseDClick(plot._plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    assert plot.follows


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
    plot.show_values({"smooth": 0.25}, "mini-batch 7")
    assert plot.accessibleDescription() == "mini-batch 7, training 0.2500"
    assert (value_text(1048.6, False), value_text(0.97204, True)) == ("1,049", "97.20%")


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
    assert themes().theme.quiet == plot._notes._colour.name()


def test_values_are_dotted_only_while_they_are_few(plot: LivePlot) -> None:
    plot.add_curve("test", "test set", 1, points=True)
    for count, dotted in ((10, True), (500, False)):
        plot.set_data("test", np.arange(float(count)), np.ones(count))
        assert (plot._curves["test"].item.opts["symbol"] is not None) is dotted


def test_shares_are_ticked_in_percent(qtbot: QtBot) -> None:
    shown = LivePlot("Accuracy", "%")
    qtbot.addWidget(shown)
    axis = shown._plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([0.5, 0.955], 1, 0.5) == ["50%", "95.5%"]


def test_a_curve_of_nothing_but_nan_is_painted_without_a_word(plot: LivePlot) -> None:
    plot.add_curve("top2", "top-2", 2, points=True)
    plot.set_data("top2", np.array([0.0, 4.0]), np.full(2, np.nan))
    plot.set_data("raw", np.arange(4.0), np.ones(4))
    assert not plot.grab().isNull(), "a warning amid painting would be an error here"


def test_words_of_marks_stand_below_the_word_on_a_spike(plot: LivePlot) -> None:
    plot.set_marks([(6.0, "learning rate 1")])
    ys = np.full(400, 2.33)
    plot.set_data("raw", np.arange(400.0), ys)
    assert plot._notes.first_row == 0
    ys = np.where(np.arange(400) == 6, 4.9e13, ys)
    plot.set_data("raw", np.arange(400.0), ys)
    assert plot._notes.first_row == 1
    plot.grab()
