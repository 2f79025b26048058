"""Summary of a run: the few numbers that most rules ask for."""

import math
from dataclasses import dataclass

import numpy as np

from core.diagnosis.evidence import Evidence
from core.inspect.health.layer_health import layer_health

_ENOUGH, _ROWS = 60, 8

_WINDOWS = 10
_NOTHING = 0.85
_HALF = 0.5
_GUESSING = 0.95
_BY_CHANCE = 0.02
_STILL = 1e-3


@dataclass(frozen=True)
class Trend:
    """How the loss goes: means over tenths of the mini-batches since a knob was last turned.

    `count`: how many mini-batches those are; `rows`: how many losses (online chapters record one
    for up to a hundred). `start`: the loss before the first mini-batch; `early`, `peak`, `best`,
    `last`: the first, highest, lowest and newest mean. `noise`: standard deviation of the loss over
    its mean. `ratio` (L,): update ÷ weight of each of the `layers`, NaN where unknown;
    `max_ratio`: the largest ever. `accuracy`: of the last test where `is_test_accuracy`, else
    `train_accuracy`, that of late mini-batches. `chance`: accuracy of always guessing the most
    frequent class. `gradient_left`: late gradient norms over the first ones. `max_rate`: the
    highest learning rate, first at `max_rate_step`. `guess_loss`: loss of equal probabilities for
    all classes, NaN where unknown.
    """

    count: int
    rows: int
    start: float
    early: float
    peak: float
    best: float
    last: float
    noise: float
    ratio: tuple[float, ...]
    max_ratio: float
    layers: tuple[str, ...]
    accuracy: float
    is_test_accuracy: bool
    train_accuracy: float
    chance: float
    gradient_left: float
    max_rate: float
    max_rate_step: int
    guess_loss: float

    @property
    def at_chance(self) -> bool:
        """Whether the test set is read no better than without looking."""
        return self.accuracy <= self.chance + _BY_CHANCE

    @property
    def gradient_gone(self) -> bool:
        """Whether no gradient is left, beside the first ones."""
        return self.gradient_left < _STILL

    @property
    def enough(self) -> bool:
        """Whether there is enough to judge by."""
        return self.count >= _ENOUGH and self.rows >= _ROWS

    @property
    def not_learning(self) -> bool:
        """Whether next to nothing is learnt."""
        guessing = self.last >= _GUESSING * self.guess_loss
        return self.enough and (guessing or not self.last < _NOTHING * self.start)

    @property
    def hardly_learning(self) -> bool:
        """Whether less than half of the loss is gone, or no more than by guessing."""
        return self.enough and (self.not_learning or not self.last < _HALF * self.start)


def compute_trend(evidence: Evidence) -> Trend:
    """Read the curves and the norms of the layers."""
    losses = evidence.recent("loss")
    losses = losses[np.isfinite(losses)]
    tested = evidence.looks["loss"]
    known = tested[np.isfinite(tested)]
    window = max(len(losses) // _WINDOWS, 1)
    whole = len(losses) // window * window
    means = losses[len(losses) - whole :].reshape(-1, window).mean(axis=1)
    start = float(known[0]) if len(known) else float(losses[0]) if len(losses) else math.nan
    tail = losses[-3 * window :]
    looked = evidence.looks["step"]
    fresh = bool(len(looked)) and looked[-1] >= max(evidence.since, evidence.step / 2, 1)
    right = evidence.recent("accuracy")[-3 * window :]
    rates, steps = evidence.curves["lr"], evidence.curves["step"]
    learning = float(right.mean()) if len(right) else math.nan
    truly = evidence.confusion.sum(axis=1) if evidence.confusion is not None else np.ones(1)
    health = layer_health(evidence.layers)
    ratios = health.ratios[health.steps > evidence.since]
    late = ratios[len(ratios) // 2 :]
    one_at_once = bool((np.diff(evidence.curves["step"]) <= 1).all())
    with np.errstate(all="ignore"):
        middle = tuple(_median(column) for column in late.T)
        wild = float(np.nanmax(ratios)) if np.isfinite(ratios).any() and one_at_once else math.nan
    return Trend(
        count=max(evidence.step - evidence.since, 0),
        rows=len(losses),
        start=start,
        early=float(means[0]) if len(means) else math.nan,
        peak=float(means.max()) if len(means) else math.nan,
        best=float(means.min()) if len(means) else math.nan,
        last=float(means[-1]) if len(means) else math.nan,
        noise=float(tail.std() / max(abs(tail.mean()), 1e-12)) if len(tail) else math.nan,
        ratio=middle if one_at_once else (math.nan,) * len(middle),
        max_ratio=wild,
        layers=health.names,
        accuracy=float(evidence.looks["accuracy"][-1]) if fresh else learning,
        is_test_accuracy=fresh,
        train_accuracy=learning,
        chance=float(truly.max() / max(truly.sum(), 1)),
        gradient_left=_left(evidence),
        max_rate=float(rates.max()) if len(rates) else math.nan,
        max_rate_step=int(steps[rates.argmax()]) if len(rates) else 0,
        guess_loss=evidence.data.guess_loss if evidence.data is not None else math.nan,
    )


def _left(evidence: Evidence) -> float:
    """The middle length of the last gradients, as a share of that of the first ones of the run."""
    norms = evidence.curves["gradient"]
    norms = norms[np.isfinite(norms)]
    few = max(len(norms) // _WINDOWS, 1)
    first = _median(norms[:few])
    return _median(norms[-few:]) / first if first > 0 else math.nan


def _median(column: np.ndarray) -> float:
    known = column[np.isfinite(column)]
    return float(np.median(known)) if len(known) else math.nan
