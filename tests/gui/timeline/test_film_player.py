"""Playing a recorded run: the pace, the live edge, the loop, and a hand that interferes."""

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hellodl_gui.features.timeline.film_player import PACES, FilmPlayer, PlaybackSpeed
from hellodl_gui.ui.chart.time_axis import TimeAxis

MOMENTS = np.arange(0, 101, 10)
STEPS = np.arange(1.0, 101)


class Clock:
    """Seconds as a test wants them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(qtbot: QtBot, clock: Clock) -> FilmPlayer:
    axis = TimeAxis()
    axis.last = 100.0
    made = FilmPlayer(axis, clock)
    made.set_run(MOMENTS, STEPS, STEPS / 20)  # five seconds of training
    made.moved.connect(made.set_moment)
    return made


def run(player: FilmPlayer, clock: Clock, seconds: float) -> list[int | None]:
    """What is shown while so many seconds pass, a tenth at a time."""
    seen: list[int | None] = []
    player.moved.connect(seen.append)
    for _ in range(round(seconds * 10)):
        clock.now += 0.1
        if player.playing:
            player.tick()
    player.moved.disconnect(seen.append)
    return seen


def test_the_whole_run_takes_as_long_as_was_said_and_ends_live(
    player: FilmPlayer, clock: Clock
) -> None:
    player.pace = PlaybackSpeed(seconds=10)
    player.toggle()
    half = run(player, clock, 5.05)
    assert half == [10, 20, 30, 40, 50], "each moment once"
    assert run(player, clock, 5.5) == [60, 70, 80, 90, None]
    assert not player.playing


def test_on_a_logarithmic_axis_the_beginning_gets_more_time(
    player: FilmPlayer, clock: Clock
) -> None:
    player._axis.logarithmic = True
    player.pace = PlaybackSpeed(seconds=10)
    player.toggle()
    early = run(player, clock, 5)
    assert early == [10, 20]


@pytest.mark.parametrize(("speed", "at"), [(0.5, 10), (1.0, 20), (4.0, 80)])
def test_a_speed_counts_the_seconds_of_training(
    player: FilmPlayer, clock: Clock, speed: float, at: int
) -> None:
    player.pace = PlaybackSpeed(speed=speed)
    player.toggle()
    assert run(player, clock, 1.05)[-1] == at


def test_a_clock_that_began_anew_in_a_fork_is_no_trouble(player: FilmPlayer, clock: Clock) -> None:
    seconds = np.where(STEPS <= 50, STEPS / 20, (STEPS - 50) / 20)
    player.set_run(MOMENTS, STEPS, seconds)
    player.pace = PlaybackSpeed(speed=1.0)
    player.toggle()
    assert run(player, clock, 3.05)[-1] == 60
    assert run(player, clock, 3)[-1] is None


def test_a_loop_begins_again(player: FilmPlayer, clock: Clock) -> None:
    player.pace, player.loop = PlaybackSpeed(seconds=1), True
    player.toggle()
    seen = run(player, clock, 2.5)
    assert seen.count(0) == 2 and None not in seen
    assert player.playing
    player.stop()


def test_it_goes_on_from_where_a_hand_put_it_and_stops_at_the_live_edge(
    player: FilmPlayer, clock: Clock
) -> None:
    player.pace = PlaybackSpeed(seconds=10)
    player.toggle()
    run(player, clock, 2)
    player.set_moment(70)
    assert run(player, clock, 1.1) == [80]
    player.set_moment(None)
    assert not player.playing


def test_a_hiccup_is_not_made_up_for(player: FilmPlayer, clock: Clock) -> None:
    player.pace = PlaybackSpeed(seconds=10)
    player.toggle()
    clock.now += 60
    player.tick()
    assert player.playing and player._at < 10
    player.stop()


@pytest.mark.parametrize("pace", PACES)
def test_nothing_to_play_is_no_trouble(
    qtbot: QtBot, player: FilmPlayer, clock: Clock, pace: PlaybackSpeed
) -> None:
    player.pace = pace
    few: list[tuple[np.ndarray, np.ndarray]] = [
        (MOMENTS[:0], STEPS[:0]),
        (MOMENTS[:1], STEPS[:1]),
        (MOMENTS[:2], STEPS[:1]),
        (MOMENTS[:2], STEPS[:2]),
    ]
    for moments, steps in few:
        player.set_run(moments, steps, np.full(len(steps), np.nan))
        player.toggle()
        run(player, clock, 0.3)
        player.stop()


def test_it_ticks_by_itself(qtbot: QtBot) -> None:
    axis = TimeAxis()
    axis.last = 100.0
    film = FilmPlayer(axis)
    film.set_run(MOMENTS, STEPS, STEPS / 20)
    film.pace = PlaybackSpeed(seconds=0.2)
    seen: list[int | None] = []
    ended: Callable[[], bool] = lambda: not film.playing  # noqa: E731
    film.moved.connect(seen.append)
    film.toggle()
    qtbot.waitUntil(ended)
    assert seen[-1] is None and len(seen) >= 3
