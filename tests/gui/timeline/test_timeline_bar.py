"""The timeline bar on a state: what the record holds is shown, what a person does is asked for."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.record.models import KnobChange, RunEvent
from core.runtime.protocol import Fork
from core.training.metrics import step_columns
from hellodl_gui.app.actions import make_actions
from hellodl_gui.features.timeline.timeline_bar import TimelineBar
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import Moment
from tests.gui.kit import lab_state
from tests.gui.sent_commands import on_command

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
EVENTS = (
    RunEvent(0, "begin", ""),
    RunEvent(0, "computing", '{"engine": "fast", "threads": 2}'),
    RunEvent(50, "best", "0.9"),
    RunEvent(100, "epoch", "1"),
    RunEvent(150, "computing", '{"engine": "reference", "threads": 1}'),
    RunEvent(200, "begin", ""),
    RunEvent(200, "computing", '{"engine": "fast", "threads": 2}'),
    RunEvent(250, "best", "0.5"),
    RunEvent(300, "pause", ""),
    RunEvent(350, "computing", "not JSON"),
    RunEvent(400, "failed", "The loss is {not} a number."),
)


@pytest.fixture
def state() -> LabState:
    digits = chapter("digits")
    return lab_state(digits)


@pytest.fixture
def bar(qtbot: QtBot, state: LabState) -> Iterator[TimelineBar]:
    owner = QWidget()
    qtbot.addWidget(owner)
    actions = make_actions(owner)
    made = TimelineBar(state, actions)
    for key, run in (("film", made.play), ("live", made.to_live), ("fork", made.fork)):
        actions[key].triggered.connect(run)
    qtbot.addWidget(made)
    made.resize(1000, made.sizeHint().height())
    made.show()
    yield made  # and the owner of the actions lives as long


def record(state: LabState, steps: int = 400) -> None:
    """As if so many mini-batches had been trained and recorded."""
    rows = np.zeros((steps, len(step_columns(["accuracy"]))))
    rows[:, 0] = np.arange(1, steps + 1)
    rows[:, 3] = 1.0
    rows[:, -1] = rows[:, 0] / 100
    state.timeline.open_record(Path("run.sqlite3"))
    state.timeline.add_steps(rows)
    state.timeline.extend_record(np.arange(0, steps + 1, 5), np.zeros(1, np.int64), EVENTS)


def answer(state: LabState) -> list[int | None]:
    """Moments are shown as they are wanted."""
    asked: list[int | None] = []

    def show(step: int | None) -> None:
        asked.append(step)
        nothing = np.zeros(state.training.layout.size, np.float32)
        weights = None if step is None else Weights(step, nothing, nothing, state.training.layout)
        state.timeline.show(Moment(step, weights, None, {}) if weights is not None else None)

    state.timeline.seek_requested.connect(show)
    return asked


def click(qtbot: QtBot, bar: TimelineBar, step: float) -> None:
    bar.timeline.grab()
    place = QPoint(round(bar.timeline.axis.x_of(step)), 30)
    qtbot.mouseClick(bar.timeline, LEFT, NONE, place)


def redraw(bar: TimelineBar) -> None:
    bar._next_picture = 0.0
    bar.draw(0.0)


def test_events_and_knobs_become_marks_in_words(bar: TimelineBar, state: LabState) -> None:
    record(state)
    state.timeline.add_mark(KnobChange(120, "lr", 0.01))
    redraw(bar)
    marks = [(m.step, m.kind, m.text) for m in bar.timeline.content.marks]
    assert marks == [
        (100, "epoch", "End of epoch 1"),
        (120, "knob", "Learning rate 0.01"),
        (150, "computing", "Computed with readable numpy"),
        (200, "fork", "Forked from here"),
        (250, "best", "Lowest loss on the test set: 0.5000"),
        (350, "computing", "Compute settings changed"),
        (400, "failed", "The loss is {not} a number."),
    ]


def test_a_click_shows_a_moment_and_the_badge_leads_back(
    qtbot: QtBot, bar: TimelineBar, state: LabState
) -> None:
    asked = answer(state)
    record(state)
    redraw(bar)
    badge, fork = bar.findChild(QToolButton, "live"), bar.findChild(QToolButton, "go-on")
    assert not badge.isEnabled() and not fork.isVisible() and not fork.isEnabled()
    click(qtbot, bar, 201)
    assert asked == [200]
    assert badge.isEnabled() and "+200" in badge.text() and fork.isVisible()
    qtbot.mouseClick(badge, LEFT)
    assert asked == [200, None] and state.timeline.moment is None
    assert not badge.isEnabled() and not fork.isVisible()


def test_the_edge_runs_on_while_one_looks_back(
    qtbot: QtBot, bar: TimelineBar, state: LabState
) -> None:
    answer(state)
    record(state, 300)
    redraw(bar)
    click(qtbot, bar, 100)
    state.training.set_status(Status.PLAYING)
    rows = np.zeros((50, len(step_columns(["accuracy"]))))
    rows[:, 0] = np.arange(301, 351)
    state.timeline.add_steps(rows)
    assert bar.dirty
    redraw(bar)
    assert bar.timeline.last == 350 and bar.timeline.moment == 100
    assert "+250" in bar.findChild(QToolButton, "live").text()


def test_going_on_from_a_moment_is_asked_for_and_its_way_is_shown(
    qtbot: QtBot, bar: TimelineBar, state: LabState
) -> None:
    answer(state)
    forks: list[int] = []
    on_command(state, Fork, lambda c: forks.append(c.step))
    record(state)
    redraw(bar)
    bar.fork()
    assert forks == [], "from the live edge there is nothing to go on from"
    click(qtbot, bar, 300)
    fork = bar.findChild(QToolButton, "go-on")
    qtbot.mouseClick(fork, LEFT)
    assert forks == [300]
    state.timeline.set_replay_progress(290, 300)
    assert (
        not fork.isVisible() and bar._edge._under_way.text() == "Rebuilding this moment: 290 of 300"
    )
    bar.grab()
    state.timeline.set_replay_progress(300, 300)
    assert fork.isVisible() and not bar._edge._under_way.isVisible()


def test_the_film_plays_to_the_live_edge(qtbot: QtBot, bar: TimelineBar, state: LabState) -> None:
    asked = answer(state)
    record(state)
    redraw(bar)
    pace = bar.findChild(QComboBox, "pace")
    assert pace.currentText() == "whole run in 10 s"
    qtbot.keyClicks(pace, "16")
    assert bar.player.pace.speed == 16
    bar.timeline.setFocus()
    qtbot.keyClick(bar.timeline, Qt.Key.Key_P)
    assert bar.player.playing and bar._film.text() == "Pause the film"
    qtbot.waitUntil(lambda: not bar.player.playing)
    assert asked[0] == 0 and asked[-1] is None and state.timeline.moment is None
    assert bar._film.text() == "Play the film"


def test_another_run_begins_empty_and_says_so(
    qtbot: QtBot, bar: TimelineBar, state: LabState
) -> None:
    answer(state)
    record(state)
    redraw(bar)
    click(qtbot, bar, 300)
    bar.player.toggle()
    state.begin_run(2, state.training.data, state.training.layout)
    redraw(bar)
    assert not bar.player.playing and bar.timeline.moment is None
    assert bar.timeline._reason.startswith("Press Play")
    assert not bar._film.isEnabled() and not bar._fork.isEnabled()
    rows = np.zeros((3, len(step_columns(["accuracy"]))))
    rows[:, 0] = (1, 2, 3)
    state.timeline.add_steps(rows)
    redraw(bar)
    assert bar.timeline._reason.startswith("This run is not recorded")


def test_growth_is_drawn_ten_times_a_second_and_not_forgotten(
    bar: TimelineBar, state: LabState
) -> None:
    record(state, 100)
    redraw(bar)
    rows = np.zeros((1, len(step_columns(["accuracy"]))))
    rows[:, 0] = 101
    state.timeline.add_steps(rows)
    bar.draw(0.0)
    assert bar.timeline.last == 100 and bar.dirty, "later, then"
    redraw(bar)
    assert bar.timeline.last == 101 and not bar.dirty
