"""A stranger's record may hold any float64: every plot of curves draws it, or leaves it out."""

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.state.throughput import round_to_two_digits
from hellodl_gui.ui.chart.live_plot import LivePlot
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries

CURVES = {
    "as large as can be": [1.7e308] * 20,
    "as low as can be": [-1.7e308] * 20,
    "from end to end": [1e308, -1e308] * 10,
    "next to nothing": [5e-324] * 20,
    "tiny and huge": [1e-310, 1e308] * 10,
    "a huge start": [1e300] * 5 + [1.0] * 50,
    "zeros": [0.0] * 20,
    "no numbers": [np.nan, np.inf, -np.inf] * 7,
}


def painted(qtbot: QtBot, plot: QWidget) -> None:
    """Warnings are errors here, also while it paints."""
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    assert not plot.grab().isNull()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("unit", ["", "%"])
@pytest.mark.parametrize("curve", CURVES)
def test_curves_of_a_stranger(qtbot: QtBot, curve: str, unit: str, log: bool) -> None:
    ys = np.array(CURVES[curve])
    plot = LivePlot("Loss", unit)
    plot.add_curve("raw", "training", 0)
    plot.set_log(log)
    plot.set_data("raw", np.arange(1.0, len(ys) + 1), ys)
    painted(qtbot, plot)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("curve", CURVES)
def test_lines_of_a_stranger(qtbot: QtBot, curve: str, log: bool) -> None:
    ys = np.array(CURVES[curve])
    plot = TimePlot("Weights")
    plot.set_log(log)
    plot.set_lines([TimeSeries("one", "#ff8800", np.arange(1.0, len(ys) + 1), ys)])
    painted(qtbot, plot)


def test_a_speed_beyond_all_numbers_is_no_error() -> None:
    assert round_to_two_digits(float("inf")) == float("inf")
    assert round_to_two_digits(37_482.0) == 37_000.0
