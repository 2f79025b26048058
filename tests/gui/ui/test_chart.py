"""The chart under every painted plot is read, zoomed, moved and dragged, by pointer and keys."""

from collections.abc import Iterable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis, NameAxis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, DotSeries, LineSeries, Pane, Series, Zone
from tests.gui.kit import show_widget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
RED = "#ff0000"


class Shown(Chart):
    """Whatever it is given, over 0 to 10."""

    def __init__(self, logarithmic: bool = False) -> None:
        up = Axis(ends=(1e-2, 1e2) if logarithmic else (0.0, 100.0), logarithmic=logarithmic)
        super().__init__("name", Axis("steps", ends=(0.0, 10.0)), Pane(up, "value, %"))
        self.drawn: list[Series] = []
        self.chosen: list[float] = []

    def series(self, pane: Pane) -> Iterable[Series]:
        return self.drawn

    def sentence(self) -> str:
        return f"at {self.reading:.1f}"

    def choose(self, reading: float) -> None:
        self.chosen.append(reading)


@pytest.fixture
def chart(qtbot: QtBot) -> Shown:
    return show_widget(qtbot, Shown(), 500, 240)


def reds(chart: Chart) -> list[int]:
    """The columns with something red in them."""
    shot = chart.grab().toImage()
    return [
        x
        for x in range(shot.width())
        if any(shot.pixelColor(x, y).name() == RED for y in range(shot.height()))
    ]


def turn(chart: Chart, at: QPointF, notches: int) -> bool:
    event = QWheelEvent(
        at, QPointF(chart.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart, event)
    return event.isAccepted()


def test_a_place_is_read_with_pointer_and_keys(qtbot: QtBot, chart: Shown) -> None:
    said: list[str] = []
    chart.read.connect(said.append)
    qtbot.mouseMove(chart, chart.point(4, 50).toPoint())
    assert chart.reading == pytest.approx(4, abs=0.05) and said == ["at 4.0"]
    assert chart.accessibleDescription() == "at 4.0"
    here = chart.reading
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.reading == pytest.approx(here + 0.1)
    qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert chart.reading == pytest.approx(here - 0.9)
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert chart.chosen == [chart.reading]
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.reading is None and said[-1] == ""


def test_bins_are_read_as_a_whole(qtbot: QtBot, chart: Shown) -> None:
    chart.bins = np.array([0.0, 2.0, 10.0])
    qtbot.mouseMove(chart, chart.bin_rect(1).center().toPoint())
    assert chart.reading == 1
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.reading == 0
    qtbot.mouseClick(chart, LEFT, NONE, chart.bin_rect(1).center().toPoint())
    assert chart.chosen == [1]
    assert chart.reading_at(QPointF(1, 100)) is None, "beside the axis stands no bin"
    chart.grab()


def test_wheel_and_keys_zoom_around_a_place_and_home_shows_all(qtbot: QtBot, chart: Shown) -> None:
    at = chart.point(4, 50)
    assert turn(chart, at, 2)
    low, high = chart.across.low, chart.across.high
    assert low > 0 and high < 10 and chart.across.value_at(at.x()) == pytest.approx(4)
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.across.high - chart.across.low == pytest.approx(0.8 * (high - low))
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert not chart.across.zoomed
    assert not turn(chart, at, -1), "where nothing can be zoomed the wheel is left to others"
    for _ in range(80):
        turn(chart, at, 1)
    assert chart.across.high - chart.across.low > 1e-3
    chart.grab()


def test_a_drag_moves_what_is_seen_as_far_as_there_is_anything(qtbot: QtBot, chart: Shown) -> None:
    turn(chart, chart.point(5, 50), 4)
    wide, seen = chart.across.high - chart.across.low, []
    chart.viewed.connect(lambda: seen.append(chart.across.low))
    qtbot.mousePress(chart, LEFT, NONE, QPoint(400, 100))
    for x in (380, 300, 200, -4000):
        qtbot.mouseMove(chart, QPoint(x, 100))
    qtbot.mouseRelease(chart, LEFT, NONE, QPoint(-4000, 100))
    assert seen == sorted(seen) and chart.across.high == 10 and not chart.chosen
    assert chart.across.high - chart.across.low == pytest.approx(wide)
    qtbot.mouseDClick(chart, LEFT, NONE, QPoint(200, 100))
    assert not chart.across.zoomed


@pytest.mark.parametrize("logarithmic", [False, True])
def test_what_has_no_place_is_a_gap(qtbot: QtBot, logarithmic: bool) -> None:
    chart = show_widget(qtbot, Shown(logarithmic), 500, 240)
    ys = np.array([1.0, 1.0, 0.0 if logarithmic else np.nan, 1.0, 1.0])
    chart.drawn = [LineSeries(np.array([0, 1, 5, 9, 10]), ys, RED, 3)]
    columns = np.array(reds(chart))
    assert np.diff(columns).max() == pytest.approx(0.8 * chart.across.width, abs=4)


def test_only_what_is_seen_is_painted(chart: Shown) -> None:
    one = np.array([7.0])
    chart.drawn = [
        BarSeries(one, one + 1, np.array([50.0]), RED, texts=["50"]), DotSeries(one, one, RED),
        Zone(7, 8, RED), LineSeries(np.array([7.0, 8.0]), np.array([5.0, 6.0]), RED),
    ]  # fmt: skip
    assert reds(chart)
    chart.across.view = (None, 6.0)
    assert not reds(chart)


def test_the_legend_names_lines_and_gives_way_to_none(chart: Shown) -> None:
    line = np.array([0.0, 10.0])
    chart.drawn = [LineSeries(line, line, themes().theme.panel)]
    assert not reds(chart)
    chart.drawn = [LineSeries(line, line * np.nan, RED, name="▉▉ first")]
    assert min(reds(chart)) > chart.width() / 2


def test_names_below_an_axis_are_thinned_where_they_have_no_room() -> None:
    axis = NameAxis([f"name {n}" for n in range(20)], at=0.5, room=50)
    axis.lay(0, 400)
    assert [text for _, text in axis.marks()] == [f"name {n}" for n in range(0, 20, 3)]
    axis.name(["a", "b", "c"])
    assert [value for value, _ in axis.marks()] == [0.5, 1.5, 2.5]


def test_a_logarithmic_axis_is_zoomed_by_ratio() -> None:
    axis = Axis(ends=(1e-4, 1e4), logarithmic=True)
    axis.lay(0, 800)
    assert axis.x_of(1) == pytest.approx(400) and axis.value_at(500) == pytest.approx(10)
    axis.zoom(0.5, 400)
    assert (axis.low, axis.high) == (pytest.approx(1e-2), pytest.approx(1e2))
    axis.pan(200)
    assert axis.low == pytest.approx(0.1)
    assert np.isnan(axis.xs_of(np.array([-1.0, 0.0]))).all()
