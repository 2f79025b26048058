"""Contenders take turns: each waits in a process of its own while the other one computes."""

import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from tests.benchmarks.training.contenders import Bench, Weights
from tests.benchmarks.training.setups import Setup

Beginning = tuple[list[float], Weights]

_TURNS = 6
_FIRST_STEPS = 3


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

    `others` is how many cores other programs kept busy meanwhile, None where that is not told.
    """

    setup: Setup
    ours: float
    theirs: float | None
    difference: Difference | None
    others: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as fast we are."""
        return None if self.theirs is None else self.theirs / self.ours


class Process:
    """A contender elsewhere; `ask` calls a method of its `Bench`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def ask(self, question: str, *arguments: Any) -> Any:
        """What the method returns. Raises LabError with what went wrong there."""
        self._pipe.send((question, arguments))
        return self._answer()

    def begin(self) -> bool:
        """Wait until it is ready; False if its library is not installed."""
        return bool(self._answer())

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError as error:
            raise LabError("A contender stopped; its own message is above.") from error


def _serve(pipe: Connection, side: str, setup: Setup) -> None:
    try:
        bench = Bench(side, setup)
    except ModuleNotFoundError as error:
        if side == "ours" or error.name != "torch":
            raise
        pipe.send(False)
        return
    pipe.send(True)
    while (message := pipe.recv()) is not None:
        question, arguments = message
        pipe.send(getattr(bench, question)(*arguments))


@contextmanager
def contender(side: str, setup: Setup) -> Iterator[Process | None]:
    """A process that is ready to answer, or None where its library is missing."""
    context = multiprocessing.get_context("spawn")
    pipe, far_end = context.Pipe()
    child = context.Process(target=_serve, args=(far_end, side, setup), daemon=True)
    child.start()
    far_end.close()
    process = Process(pipe)
    try:
        if process.begin():
            yield process
            pipe.send(None)
        else:
            yield None
        child.join(5)
    finally:
        child.terminate()
        child.join()
        pipe.close()


class Watch:
    """How busy the machine is with other things."""

    def __init__(self, own: list[Process]) -> None:
        self._own = own
        self._start = self._now()

    def others(self) -> float | None:
        """Cores that other programs kept busy since the beginning; None where no one counts."""
        busy, own, clock = (now - then for now, then in zip(self._now(), self._start, strict=True))
        return max(0.0, (busy - own) / clock) if busy else None

    def _now(self) -> tuple[float, float, float]:
        own = sum(process.ask("processor_time") for process in self._own)
        return _busy_seconds(), own, time.perf_counter()


def _busy_seconds() -> float:
    """Seconds all cores together were busy since the machine started; 0 where it does not say."""
    try:
        with open("/proc/stat", encoding="ascii") as lines:
            user, nice, system, _, _, irq, soft = map(int, next(lines).split()[1:8])
    except OSError:
        return 0.0
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _norm(arrays: list[NDArray[Any]]) -> float:
    return math.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays))


def race(setup: Setup, seconds: float) -> Result:
    """Both sides in turns, each for so many seconds in all, after their first steps were equal."""
    with ExitStack() as stack:
        ours = stack.enter_context(contender("ours", setup))
        theirs = stack.enter_context(contender("theirs", setup))
        assert ours is not None
        runners = [ours] if theirs is None else [ours, theirs]
        begin = ours.ask("weights")
        beginnings = [runner.ask("first_steps", begin, _FIRST_STEPS) for runner in runners]
        for runner in runners:
            runner.ask("turn", 0.1)
        times: list[list[float]] = [[] for _ in runners]
        watch = Watch(runners)
        for _ in range(_TURNS):
            for runner, its_times in zip(runners, times, strict=True):
                its_times += runner.ask("turn", seconds / _TURNS)
        others = watch.others()
    medians = [statistics.median(its_times) for its_times in times]
    if theirs is None:
        return Result(setup, medians[0], None, None, others)
    return Result(setup, medians[0], medians[1], Difference.of(begin, *beginnings), others)
