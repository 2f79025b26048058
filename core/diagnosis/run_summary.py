"""Summary of a run: the few numbers that most rules ask for."""

import math

import numpy as np

from core.diagnosis.evidence import Column, Evidence
from core.inspect.health.layer_health import layer_health
from core.training.metrics import Metric

_ENOUGH, _ROWS = 60, 8

_WINDOWS = 10
_NOTHING = 0.85
_HALF = 0.5
_GUESSING = 0.95
_BY_CHANCE = 0.02
_STILL = 1e-3


class Trend:
    """How the loss goes: means over tenths of the mini-batches since a knob was last turned.

    `count`: how many mini-batches those are; `rows`: how many losses (online chapters record one
    for up to a hundred). `start`: the loss before the first mini-batch; `early`, `peak`, `best`,
    `last`: the first, highest, lowest and newest mean. `noise`: standard deviation of the loss over
    its mean. `ratio` (L,): update ÷ weight of each of the `layers`, NaN where unknown;
    `max_ratio`: the largest ever. `right`: the share that is right of the last test where
    `is_tested`, else `train_right`, that of late mini-batches; NaN for a task that is not measured
    by such a share. `chance`: the share that is right by always guessing the most frequent class.
    `gradient_left`: late gradient norms over the first ones. `max_rate`: the highest learning rate,
    first at `max_rate_step`. `guess_loss`: loss of a guess that does not look at the inputs, NaN
    where unknown.
    """

    def __init__(self, evidence: Evidence) -> None:
        losses = _finite(evidence.recent("loss"))
        window = max(len(losses) // _WINDOWS, 1)
        whole = len(losses) // window * window
        means = _or_nan(losses[len(losses) - whole :].reshape(-1, window).mean(axis=1))
        tail = _or_nan(losses[-3 * window :])
        tested = _finite(evidence.looks["loss"])
        self.count = max(evidence.step - evidence.since, 0)
        self.rows = len(losses)
        self.start = float(_or_nan(tested if len(tested) else losses)[0])
        self.early, self.last = float(means[0]), float(means[-1])
        self.peak, self.best = float(means.max()), float(means.min())
        self.noise = float(tail.std() / max(abs(tail.mean()), 1e-12))
        looked, fewest = evidence.looks["step"], max(evidence.since, evidence.step / 2, 1)
        self.is_tested = bool(len(looked)) and bool(looked[-1] >= fewest)
        share = evidence.metric.key if _is_share(evidence.metric) else ""
        trained = evidence.recent(share) if share in evidence.curves else np.empty(0)
        self.train_right = float(_or_nan(trained[-3 * window :]).mean())
        self.right = self.train_right
        if self.is_tested and share in evidence.looks:
            self.right = float(evidence.looks[share][-1])
        truly = evidence.confusion.sum(axis=1) if evidence.confusion is not None else np.ones(1)
        self.chance = float(truly.max() / max(truly.sum(), 1))
        self.gradient_left = _left(evidence)
        rates, steps = evidence.curves["lr"], evidence.curves["step"]
        self.max_rate = float(_or_nan(rates).max())
        self.max_rate_step = int(steps[rates.argmax()]) if len(rates) else 0
        self.guess_loss = evidence.data.guess_loss if evidence.data is not None else math.nan
        health = layer_health(evidence.layers)
        ratios = health.ratios[health.steps > evidence.since]
        if (np.diff(steps) > 1).any():  # what was recorded is no single step
            ratios = np.full_like(ratios, math.nan)
        self.layers = health.names
        self.ratio = tuple(_median(column) for column in ratios[len(ratios) // 2 :].T)
        self.max_ratio = float(_or_nan(_finite(ratios.ravel())).max())

    @property
    def at_chance(self) -> bool:
        """Whether the test set is read no better than without looking."""
        return self.right <= self.chance + _BY_CHANCE

    @property
    def knows_right(self) -> bool:
        """Whether the task is measured by a share that is right."""
        return not math.isnan(self.right)

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


def _is_share(metric: Metric) -> bool:
    """Whether a metric says how much is right."""
    return metric.percent and metric.better == "up"


def _finite(column: Column) -> Column:
    return column[np.isfinite(column)]


def _or_nan(column: Column) -> Column:
    """The column, or a single NaN in place of none."""
    return column if len(column) else np.full(1, math.nan)


def _left(evidence: Evidence) -> float:
    """The middle length of the last gradients, as a share of that of the first ones of the run."""
    norms = _finite(evidence.curves["gradient"])
    few = max(len(norms) // _WINDOWS, 1)
    first = _median(norms[:few])
    return _median(norms[-few:]) / first if first > 0 else math.nan


def _median(column: Column) -> float:
    return float(np.median(_or_nan(_finite(column))))
