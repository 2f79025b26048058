"""Painted plots over time: spikes are cut, axes always have numbers, nothing is scaled up."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hellodl_gui.features.race.band_plot import BandPlot, BandSeries
from hellodl_gui.ui.chart.time_axis import TimeAxis
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries, ValueScale

XS = np.arange(1.0, 401)


def scale_of(ys: np.ndarray, log: bool = False) -> ValueScale:
    made, axis = ValueScale(), TimeAxis()
    axis.first, axis.last = 1.0, 400.0
    made.logarithmic = log
    made.fit([TimeSeries("a", "#ffffff", XS, ys)], axis)
    return made


def test_a_spike_is_cut() -> None:
    ys = np.full(400, 2.33)
    ys[9] = 4.9e13
    scale = scale_of(ys)
    assert scale.cut and 2.33 < scale.last < 5
    assert not scale_of(2.3 * np.exp(-XS / 60)).cut


def test_rounding_noise_is_not_scaled_up() -> None:
    scale = scale_of(0.1 + 1e-17 * XS)
    assert scale.last - scale.first > 0.01


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("ends", [(0.02, 2.3), (0.9, 1.1), (1e-9, 4e8), (3.0, 3.0)])
def test_an_axis_has_several_numbers(log: bool, ends: tuple[float, float]) -> None:
    scale = scale_of(np.linspace(*ends, 400), log)
    scale.lay(150, -150)
    marks = scale.marks()
    places = scale.xs_of(np.array([value for value, _ in marks]))
    assert sum(0 <= place <= 150 for place in places) >= 2
    assert len({text for _, text in marks}) == len(marks)


@pytest.mark.parametrize("kind", [TimePlot, BandPlot])
def test_gaps_lone_points_and_nothing_above_zero_are_painted(
    qtbot: QtBot, kind: type[TimePlot]
) -> None:
    plot = kind("Loss")
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    ys = np.array([1.0, np.nan, 2.0, np.nan, 0.0])
    line = BandSeries("a", "#ff0000", XS[:5], ys, np.full(5, np.nan))
    plot.set_log(True)
    plot.set_lines([line])
    shot = plot.grab().toImage()
    reds = [
        x
        for x in range(shot.width())
        if any(shot.pixelColor(x, y).name() == "#ff0000" for y in range(0, shot.height()))
    ]
    assert len(reds) > 3 and max(reds) - min(reds) > 100, "two points, far apart"
    gaps = np.diff(reds)
    assert gaps.max() > 50, "and no line between them"
    plot.set_lines([BandSeries("a", "#ff0000", XS[:5], ys * 0 - 1, np.full(5, np.nan))])
    assert plot._scale.empty
    plot.grab()
