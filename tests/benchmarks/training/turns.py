"""Two contenders take turns: one computes while the other one sleeps."""

import math
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.training.contenders import Weights
from tests.benchmarks.training.processes import Process, contender
from tests.benchmarks.training.setups import Setup
from tests.benchmarks.training.watch import QUIET, Watch, wait_for_quiet

Beginning = tuple[list[float], Weights]

_ROUNDS = 6
_PATIENCE = 30.0
"""Seconds of a race that are spent waiting for other programs."""


@dataclass(frozen=True)
class Difference:
    """How far the first steps of both sides lie apart, relative to PyTorch's.

    `losses`: the largest distance of two losses; `way`: the distance of where the parameters went,
    as a share of how far they went. When reading they stay where they are.
    """

    losses: float
    way: float

    @classmethod
    def of(cls, begin: Weights, ours: Beginning, theirs: Beginning) -> Self:
        """Compare losses and the parameters they lead to, which began alike."""
        (our_losses, our_end), (their_losses, their_end) = ours, theirs
        pairs = zip(our_losses, their_losses, strict=True)
        apart = _norm([our_end[name] - their_end[name] for name in begin])
        way = _norm([their_end[name] - begin[name] for name in begin])
        return cls(max(abs(a - b) / max(abs(b), 1e-9) for a, b in pairs), apart / max(way, 1e-9))


@dataclass(frozen=True)
class Result:
    """Median seconds of a step of ours and of PyTorch's, None where it is not installed.

    `others`: how many cores other programs kept busy meanwhile, as far as that is known.
    """

    setup: Setup
    ours: float
    theirs: float | None
    difference: Difference | None
    others: float

    @property
    def quiet(self) -> bool:
        """Whether nothing else was computed, so that the figures count."""
        return self.others <= QUIET

    @property
    def ratio(self) -> float | None:
        """How many times as fast we are."""
        return None if self.theirs is None else self.theirs / self.ours


class Round(NamedTuple):
    """Seconds of single steps, a list for each side, and how busy the machine was otherwise."""

    times: list[list[float]]
    others: float


def race(setup: Setup, seconds: float) -> Result:
    """Both sides in turns, each for so many seconds in all, after their first steps were equal.

    A round that other programs disturbed is taken again, but not for ever.
    """
    with ExitStack() as stack:
        ours = stack.enter_context(contender("ours", setup))
        theirs = stack.enter_context(contender("theirs", setup))
        assert ours is not None
        runners = [ours] if theirs is None else [ours, theirs]
        begin = ours.ask("weights")
        beginnings = [runner.ask("first_steps", begin, setup.first_steps) for runner in runners]
        rounds = _rounds(runners, seconds / _ROUNDS)
    medians = [
        statistics.median(step for one in rounds for step in one.times[side])
        for side in range(len(runners))
    ]
    others = max(one.others for one in rounds)
    if theirs is None:
        return Result(setup, medians[0], None, None, others)
    return Result(setup, medians[0], medians[1], Difference.of(begin, *beginnings), others)


def _rounds(runners: list[Process], seconds: float) -> list[Round]:
    """The quietest rounds."""
    for runner in runners:
        runner.ask("turn", seconds / 2)
    rounds: list[Round] = []
    patience = _PATIENCE
    while sum(one.others <= QUIET for one in rounds) < _ROUNDS and len(rounds) < 2 * _ROUNDS:
        patience = wait_for_quiet(runners, patience)
        watch = Watch(runners)
        times = [runner.ask("turn", seconds) for runner in runners]
        rounds.append(Round(times, watch.others()))
    return sorted(rounds, key=lambda one: one.others)[:_ROUNDS]


def _norm(arrays: list[NDArray[Any]]) -> float:
    return math.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays))
