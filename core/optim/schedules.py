"""Learning-rate schedulers: pure functions from a step to a factor for the learning rate.

Steps count from 0. Each function can be read, plotted and tested alone; `Schedule` puts a warm-up
in front and picks one by name. Because nothing is remembered, every setting may be changed while a
network learns, and a run that is taken up again needs only its step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.arguments import to_float
from core.errors import LabError
from core.translation import tr

SCHEDULES = ("constant", "step", "exponential", "cosine", "one-cycle", "inverse sqrt", "plateau")
_PARTS = 3
"""“step” keeps three rates, one after the other."""


def constant_lr(step: float) -> float:
    """1, always."""
    return 1.0


def step_lr(step: float, every: float, gamma: float = 0.1) -> float:
    """γ^⌊step/every⌋: a drop every so many steps."""
    return gamma ** math.floor(step / every)


def exponential_lr(step: float, gamma: float) -> float:
    """γ^step: the same share is lost at every step."""
    return gamma**step


def cosine_annealing_lr(step: float, total: float, end: float = 0.0) -> float:
    """end + (1 − end)·(1 + cos(π·step/total))/2, half a wave down (Loshchilov & Hutter 2017).

    After `total` steps it stays at `end`.
    """
    part = min(step / total, 1.0) if total > 0 else 1.0
    return end + (1 - end) * (1 + math.cos(math.pi * part)) / 2


def linear_warmup(step: float, steps: float, start: float | None = None) -> float:
    """A straight line from `start` to 1 in so many steps, then 1.

    Left out, `start` is 1/(steps + 1): the first step is as long as each one adds.
    """
    if step >= steps:
        return 1.0
    start = 1 / (steps + 1) if start is None else start
    return start + (1 - start) * step / steps


def one_cycle_lr(
    step: float, total: float, rise: float = 0.3, start: float = 1 / 25, end: float = 4e-6
) -> float:
    """From `start` up to 1 and down to `end`, half a cosine wave each (Smith & Topin 2018).

    `rise` is the share of the `total` steps that goes upward. Afterwards it stays at `end`.
    """
    top, last = rise * total - 1, total - 1
    if step < top:
        return _wave(start, 1.0, step / top)
    if step >= last:
        return end
    return _wave(1.0, end, (step - top) / (last - top))


def inverse_sqrt_lr(step: float, warmup: float) -> float:
    """min(t/w, √(w/t)) with t = step + 1: up in w steps, then down with the root of time.

    The rate of Vaswani et al. 2017, as a share of its peak.
    """
    t, w = step + 1, max(warmup, 1.0)
    return min(t / w, math.sqrt(w / t))


def reduce_lr_on_plateau(
    losses: Sequence[float],
    factor: float = 0.1,
    patience: int = 10,
    threshold: float = 1e-4,
    cooldown: int = 0,
    end: float = 0.0,
) -> float:
    """One more `factor` whenever more than `patience` losses in a row were no better than the best.

    Better means lower by the share `threshold`. For `cooldown` losses after a drop nothing is
    counted; `end` is the lowest it goes. `losses` are all validation losses so far.
    """
    result, best = 1.0, math.inf
    bad = resting = 0
    for loss in losses:
        if loss < best * (1 - threshold):
            best, bad = loss, 0
        else:
            bad += 1
        if resting:
            resting, bad = resting - 1, 0
        if bad > patience:
            result = max(result * factor, end)
            resting, bad = cooldown, 0
    return result


_reduce_lr_on_plateau = lru_cache(maxsize=8)(reduce_lr_on_plateau)


def _wave(first: float, last: float, part: float) -> float:
    """Half a cosine wave from `first` to `last`."""
    return last + (first - last) * (1 + math.cos(math.pi * part)) / 2


@dataclass(frozen=True)
class Schedule:
    """A schedule by name with all its settings.

    `total` is its length in steps, the `warmup` steps included; `end` the share of the learning
    rate that is left then. “inverse sqrt” knows no end, “plateau” no length, and “one-cycle” rises
    by itself. Raises LabError for a name that is none of `SCHEDULES`.
    """

    name: str = "constant"
    total: float = 0.0
    warmup: float = 0.0
    end: float = 0.01
    patience: int = 3
    drop: float = 0.3

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            *most, last = SCHEDULES
            raise LabError(
                tr("There is no schedule “{name}”; there are {most} and {last}.").format(
                    name=self.name, most=", ".join(most), last=last
                )
            )
        for name in ("total", "warmup", "end", "patience", "drop"):
            value = to_float(getattr(self, name))
            if value is None or value < 0:
                raise LabError(
                    tr("Schedule: {name} is a number from 0, not {value}.").format(
                        name=name, value=getattr(self, name)
                    )
                )

    def factor(self, step: float, losses: tuple[float, ...] = ()) -> float:
        """The share of the learning rate at this step, after these validation losses."""
        if self.name == "one-cycle":
            return one_cycle_lr(step, self.total, end=self.end)
        if self.name == "inverse sqrt":
            return inverse_sqrt_lr(step, self.warmup)
        if step < self.warmup:
            return linear_warmup(step, self.warmup)
        step, total = step - self.warmup, max(self.total - self.warmup, 1.0)
        match self.name:
            case "step":
                return step_lr(min(step, total - 1), total / _PARTS, self.end ** (1 / (_PARTS - 1)))
            case "exponential":
                return max(exponential_lr(step, self.end ** (1 / total)), self.end)
            case "cosine":
                return cosine_annealing_lr(step, total, self.end)
            case "plateau":
                return _reduce_lr_on_plateau(losses, self.drop, self.patience, end=self.end)
        return constant_lr(step)
