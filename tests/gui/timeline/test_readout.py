"""The large numbers are those of the moment that is shown, and Play shows what it trains."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.training.evaluator import ACCURACY
from hellodl_gui.features.timeline.transport import TransportBar
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.readout import Readout, readout
from hellodl_gui.state.throughput import round_to_two_digits
from hellodl_gui.state.timeline import Moment
from tests.gui.answering import Answering
from tests.gui.curves.test_curves_panel import rows


@pytest.fixture
def state() -> LabState:
    run = Answering()
    run.begin()
    run.state.timeline.add_steps(rows(120))
    return run.state


def look_back(state: LabState, step: int) -> None:
    then = replace(state.timeline.live_evaluation, step=step, metrics={"accuracy": 0.25})
    weights = replace(state.timeline.live_weights, step=step)
    assert isinstance(weights, Weights)
    state.timeline.show(Moment(step, weights, then, dict(state.training.knobs)))


def test_numbers_follow_the_moment_that_is_shown(state: LabState) -> None:
    look_back(state, 30)
    assert readout(state) == Readout(30, 120, 0.3, 0.0, ACCURACY, 0.25, True, 30)
    state.timeline.show(None)
    shown = readout(state)
    assert (shown.step, shown.past, shown.epoch) == (120, False, 1.2)


def test_the_bar_says_that_the_past_is_shown(qtbot: QtBot, state: LabState) -> None:
    bar = TransportBar([])
    qtbot.addWidget(bar)
    look_back(state, 30)
    bar.show_numbers(readout(state))
    assert (bar._numbers["step"].text(), bar._captions["step"].text()) == ("30", "of 120")
    assert bar._numbers["step"].property("past")
    state.timeline.show(None)
    bar.show_numbers(readout(state))
    assert bar._captions["step"].text() == "mini-batch"
    assert not bar._numbers["step"].property("past")


def test_an_accuracy_of_an_earlier_look_says_which(qtbot: QtBot, state: LabState) -> None:
    bar = TransportBar([])
    qtbot.addWidget(bar)
    look_back(state, 30)
    for step, caption in ((30, "test accuracy"), (45, "tested at 30")):
        bar.show_numbers(replace(readout(state), step=step))
        assert bar._captions["metric"].text() == caption
    state.timeline.show(None)
    bar.show_numbers(readout(state))
    assert bar._captions["metric"].text() == "test accuracy"


def test_samples_a_second_are_told_only_while_something_trains(state: LabState) -> None:
    state.timeline.add_steps(np.array([[121, 1.21, 9000, 0.1, 0.9, 0.1, 1, 1.5]]))
    state.training.set_status(Status.PLAYING)
    assert readout(state).rate > 0
    state.training.set_status(Status.IDLE)
    assert readout(state).rate == 0


@pytest.mark.parametrize(
    "start", [lambda s: s.training.play(), lambda s: s.training.advance("batch")]
)
def test_what_trains_is_shown_even_if_one_looked_back(state: LabState, start: object) -> None:
    state.timeline.seek_requested.connect(
        lambda step: state.timeline.show(None) if step is None else None
    )
    state.training.set_status(Status.IDLE)
    look_back(state, 30)
    start(state)  # type: ignore[operator]
    assert state.timeline.moment is None


def test_a_speed_is_told_in_two_digits_wherever_it_stands() -> None:
    assert [round_to_two_digits(speed) for speed in (48_965.0, 5_431.2, 99.6, 0.4)] == [
        49_000, 5_400, 100, 0.4,
    ]  # fmt: skip
