"""The timeline: scrubbed by mouse and keys, zoomed, read; cheap however long the run is."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.training.evaluator import ACCURACY
from hellodl_gui.features.timeline.timeline import TimelineSlider
from hellodl_gui.features.timeline.timeline_marks import KINDS, TimelineMark, drawable_marks
from hellodl_gui.features.timeline.timeline_picture import (
    TimelineContent,
    TimelineCurves,
    loss_band,
    render_timeline,
)
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_axis import TimeAxis

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOMENTS = np.arange(0, 1001, 10)
MARKS = [
    TimelineMark(300, "knob", "Learning rate 0.01"),
    TimelineMark(700, "best", "Lowest <loss>"),
]


def content(count: int = 1000) -> TimelineContent:
    steps = np.arange(1.0, count + 1)
    tested = np.arange(0.0, count + 1, max(count // 10, 1))
    curves = TimelineCurves(
        steps, steps / 500, 2 / steps, tested, 2 / (tested + 1), (ACCURACY,),
        {"accuracy": steps / count}, {"accuracy": tested / count},
    )  # fmt: skip
    moments = MOMENTS * (count // 1000)
    return TimelineContent(curves, moments, moments[::20], list(MARKS))


class Wanted(list[int | None]):
    """What a timeline asked for."""


@pytest.fixture
def timeline(qtbot: QtBot) -> Iterator[TimelineSlider]:
    stage = QWidget()
    shown = TimelineSlider()
    layout = QVBoxLayout(stage)
    layout.addStretch(1)
    layout.addWidget(shown)
    qtbot.addWidget(stage)
    stage.resize(700, 220)
    shown.set_content(content())
    stage.show()
    shown.grab()
    yield shown  # and the stage lives as long


@pytest.fixture
def wanted(timeline: TimelineSlider) -> Wanted:
    """As in the lab: what is asked for is shown."""
    asked = Wanted()

    def show(step: int | None) -> None:
        asked.append(step)
        timeline.set_moment(step)

    timeline.seek_wanted.connect(show)
    return asked


def place(timeline: TimelineSlider, step: float) -> QPoint:
    return QPoint(round(timeline.axis.x_of(step)), 30)


def wheel(
    timeline: TimelineSlider, at: QPoint, notches: int, held: Qt.KeyboardModifier = NONE
) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(timeline.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(timeline, event)
    timeline.grab()


def test_a_click_wants_the_nearest_snapshot_and_the_right_end_is_live(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    qtbot.mouseClick(timeline, LEFT, NONE, place(timeline, 503))
    assert wanted == [500]
    qtbot.wait(30)
    qtbot.mouseClick(timeline, LEFT, NONE, place(timeline, 1000))
    assert wanted == [500, None]


def test_a_drag_wants_one_moment_a_frame_and_the_last_one_for_sure(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    qtbot.mousePress(timeline, LEFT, NONE, place(timeline, 100))
    for step in range(100, 900, 2):
        qtbot.mouseMove(timeline, place(timeline, step))
    qtbot.mouseMove(timeline, place(timeline, 901))
    qtbot.mouseRelease(timeline, LEFT, NONE, place(timeline, 901))
    qtbot.waitUntil(lambda: wanted[-1] == 900)
    assert wanted[0] == 100
    assert len(wanted) < 300, "not one for each of four hundred moves"
    qtbot.mouseMove(timeline, place(timeline, 400))
    qtbot.wait(40)
    assert wanted[-1] == 900, "it was let go"


def test_a_click_near_a_mark_goes_to_it_and_the_bubble_says_what_it_was(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    near = place(timeline, 700) + QPoint(4, 0)
    qtbot.mouseMove(timeline, near)
    text = timeline._bubble.text()
    assert timeline._bubble.isVisible()
    assert "Lowest &lt;loss&gt;" in text and "mini-batch 700" in text and "epoch 1.40" in text
    assert "accuracy 70.00%" in text and "test set: loss 0.002853" in text
    qtbot.mouseClick(timeline, LEFT, NONE, near)
    assert wanted == [700]
    QApplication.sendEvent(timeline, QEvent(QEvent.Type.Leave))
    assert not timeline._bubble.isVisible()


def test_keys_walk_over_snapshots_marks_and_ends(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    walk = [
        (Qt.Key.Key_Left, NONE, 990),  # the live edge itself is a snapshot
        (Qt.Key.Key_Left, SHIFT, 890),
        (Qt.Key.Key_Right, NONE, 900),
        (Qt.Key.Key_PageUp, NONE, 700),
        (Qt.Key.Key_PageUp, NONE, 300),
        (Qt.Key.Key_PageUp, NONE, 0),
        (Qt.Key.Key_PageDown, NONE, 300),
        (Qt.Key.Key_Home, NONE, 0),
        (Qt.Key.Key_Right, SHIFT, 100),
        (Qt.Key.Key_End, NONE, None),
    ]
    for key, held, there in walk:
        qtbot.keyClick(timeline, key, held)
        qtbot.waitUntil(lambda there=there: bool(wanted) and wanted[-1] == there)
    for key in (Qt.Key.Key_P, Qt.Key.Key_Return):
        with qtbot.waitSignal(timeline.play_wanted):
            qtbot.keyClick(timeline, key)


def test_keys_held_down_do_not_wait_for_the_answer(qtbot: QtBot, timeline: TimelineSlider) -> None:
    asked: list[object] = []
    timeline.seek_wanted.connect(asked.append)
    for _ in range(5):
        qtbot.keyClick(timeline, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: asked[-1] == 950)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_wheel_zooms_at_the_pointer_and_a_double_click_shows_all(
    qtbot: QtBot, timeline: TimelineSlider, logarithmic: bool
) -> None:
    timeline.set_logarithmic(logarithmic)
    at = place(timeline, 400)
    before = timeline.axis.value_at(at.x())
    wheel(timeline, at, 4)
    assert timeline.axis.zoomed
    assert timeline.axis.value_at(at.x()) == pytest.approx(before, rel=1e-6)
    low = timeline.axis.low
    wheel(timeline, at, 2, SHIFT)
    assert timeline.axis.low < low
    for _ in range(60):
        wheel(timeline, at, 3)
    assert timeline.axis.high - timeline.axis.low >= 3, "not into nothing"
    qtbot.mouseDClick(timeline, LEFT, NONE, at)
    assert not timeline.axis.zoomed


def test_a_second_press_in_quick_succession_is_not_lost(
    qtbot: QtBot, timeline: TimelineSlider
) -> None:
    asked: list[object] = []
    timeline.seek_wanted.connect(asked.append)
    at = place(timeline, 400)
    qtbot.mouseClick(timeline, LEFT, NONE, at)
    qtbot.waitUntil(lambda: len(asked) == 1)
    timeline.seek(None)
    qtbot.waitUntil(lambda: asked[-1] is None)
    qtbot.mouseDClick(timeline, LEFT, NONE, at)
    qtbot.waitUntil(lambda: asked[-1] == asked[0])


def test_a_moment_out_of_view_is_brought_into_view(qtbot: QtBot, timeline: TimelineSlider) -> None:
    wheel(timeline, place(timeline, 200), 8)
    timeline.set_moment(900)
    assert timeline.axis.low <= 900 <= timeline.axis.high


def test_a_view_of_the_end_grows_with_the_run_and_the_live_edge_stays_right(
    timeline: TimelineSlider,
) -> None:
    wheel(timeline, place(timeline, 1000), 3)
    low = timeline.axis.low
    timeline.set_content(content(2000))
    assert timeline.axis.low == low and timeline.axis.high == 2000


def test_without_a_record_it_says_why_and_does_nothing(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    timeline.explain("The disk is full.")
    qtbot.mouseClick(timeline, LEFT, NONE, place(timeline, 500))
    qtbot.mouseMove(timeline, place(timeline, 300))
    qtbot.keyClick(timeline, Qt.Key.Key_Home)
    timeline.grab()
    assert wanted == [] and not timeline._bubble.isVisible()


def test_a_screen_reader_meets_a_slider_with_words(
    qtbot: QtBot, timeline: TimelineSlider, wanted: Wanted
) -> None:
    timeline.set_moment(250)
    found = QAccessible.queryAccessibleInterface(timeline)
    assert found.role() == QAccessible.Role.Slider
    assert found.text(QAccessible.Text.Name) == "Timeline of the run"
    assert found.text(QAccessible.Text.Description) == "Mini-batch 250 of 1,000"
    assert found.valueInterface().currentValue() == 250
    assert wanted == [], "being told is not asking"
    found.valueInterface().setCurrentValue(498)
    qtbot.waitUntil(lambda: wanted == [500])


def test_a_playhead_that_moves_costs_no_new_picture(timeline: TimelineSlider) -> None:
    timeline.set_content(content(100_000))
    timeline.grab()
    kept = timeline._picture
    for step in (100, 2000, 50_000, None):
        timeline.set_moment(step)
        timeline.render(QPixmap(timeline.size()))
    assert timeline._picture is kept


@pytest.mark.parametrize("name", ["dark", "light", "contrast"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_every_kind_of_mark_has_a_shape_and_a_colour(
    timeline: TimelineSlider, name: str, ratio: float
) -> None:
    themes().use(name)
    marks = [TimelineMark(100 * (n + 1), kind, kind) for n, kind in enumerate(KINDS)]
    shown = content()
    shown.marks = marks
    size = timeline.size()
    made, seen = render_timeline(shown, timeline.axis, size, ratio, themes().theme, timeline.font())
    assert [mark.kind for _, mark in sorted(seen, key=lambda pair: pair[0])] == list(KINDS)
    assert made.size() == size * ratio
    image, ground = made.toImage(), themes().theme.panel
    looks = {_around(image, x, ratio) for x, _ in seen}
    assert len(looks) == len(KINDS) and all(ground not in look for look in looks)


def _around(image: QImage, x: float, ratio: float) -> tuple[tuple[int, ...], ...]:
    """Which pixels around a mark have which colour, as something to be compared."""
    left, side = round((x - 7) * ratio), round(14 * ratio)
    lane = image.copy(left, 0, side, side)
    return tuple(tuple(lane.pixel(i, j) for i in range(side)) for j in range(side))


def test_crowded_marks_are_thinned_but_never_the_first() -> None:
    marks = [TimelineMark(step, "epoch", "") for step in range(0, 1000, 5)]
    shown = drawable_marks(marks, [m.step / 10 for m in marks], 5, 26)
    columns = sorted(x for x, _ in shown)
    assert columns[0] == 0 and min(np.diff(columns)) >= 26


def test_the_band_is_what_lies_between_two_edges_and_a_line_where_nothing_does() -> None:
    steps = np.array([1.0, 2, 3, 10])
    lows, highs = np.exp(
        loss_band(steps, np.array([4.0, 1, np.nan, 8]), np.array([0, 4, 6, 8, 11.0]))
    )
    assert (lows[0], highs[0]) == (pytest.approx(1), pytest.approx(4)), "NaN is nothing"
    assert np.isnan(lows[1]), "a line from NaN is none"
    assert lows[3] == highs[3] == pytest.approx(8)
    nothing = loss_band(np.empty(0), np.empty(0), np.array([0.0, 1]))
    assert np.isnan(nothing).all()


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize("ends", [(0, 3), (0, 137), (0, 250_000), (5000, 5003), (5000, 90_000)])
def test_ticks_are_round_and_have_room(logarithmic: bool, ends: tuple[int, int]) -> None:
    axis = TimeAxis()
    axis.first, axis.last = ends
    axis.left, axis.width, axis.logarithmic = 12, 900, logarithmic
    ticks = axis.ticks(60)
    places = [axis.x_of(tick) for tick in ticks]
    assert 2 <= len(ticks) <= 16
    assert all(b - a >= 60 for a, b in pairwise(places))
    for step in (ends[0], sum(ends) / 2, ends[1]):
        assert axis.value_at(axis.x_of(step)) == pytest.approx(step)
        assert axis.step_of(axis.share_of(step)) == pytest.approx(step)
    assert axis.xs_of(np.array(ticks)) == pytest.approx(places)
