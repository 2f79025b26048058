"""Robust range of an axis: all values but outliers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SPIKE = 6.0  # times what the curves usually reach: higher is cut
_ROOM = 1.5  # above what they usually reach, where something is cut
_FEW = 40  # values; with fewer nothing is told from the rest
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_JUMPY, _LEAST = 0.3, 0.02
_SHARES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)  # steps of an axis in percent


@dataclass(frozen=True)
class RobustRange:
    """From `low` to `high`; `cut`, whether there are values above or below."""

    low: float
    high: float
    cut: bool = False


def robust_range(curves: Sequence[Array]) -> RobustRange:
    """For values from 0 on, such as a loss; each curve (N,) by ascending x, NaN for gaps.

    A spike does not count: usual is the larger of a curve's first value and what nine in ten of its
    values stay below. The ends are round numbers, so that an axis stands still while curves grow.
    """
    known = [ys[np.isfinite(ys)] for ys in curves]
    known = [ys for ys in known if len(ys)]
    if not known:
        return RobustRange(0.0, 1.0)
    usual = max(_usual(ys) for ys in known)
    top = max(float(ys.max()) for ys in known)
    bottom = min(float(ys.min()) for ys in known)
    cut = usual > 0 and top > _SPIKE * usual
    top = _ROOM * usual if cut else top
    if bottom < 0:
        air = (top - bottom) * 0.05 or 1.0
        return RobustRange(bottom - air, top + air, cut)
    high = _nice_above(top * 1.02)
    return RobustRange(0.0, high, cut)


def _usual(ys: Array) -> float:
    most = float(np.quantile(ys, 0.9, method="lower"))
    return max(most, float(ys[0])) if ys[0] <= 50 * most or most <= 0 else most


def _nice_above(value: float) -> float:
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in _NICE if m * power >= value * 0.999999)


def fraction_range(curves: Sequence[Array]) -> RobustRange:
    """For shares of 1: where the curves are now. The climb at the beginning may lie below."""
    known = [ys[np.isfinite(ys)] for ys in curves]
    known = [ys for ys in known if len(ys)]
    if not known:
        return RobustRange(0.0, 1.0)
    bottom = min(float(ys.min()) for ys in known)
    top = max(float(ys.max()) for ys in known)
    usual = min(float(np.quantile(ys, 0.1)) if len(ys) >= _FEW else float(ys.min()) for ys in known)
    air = max((top - usual) * 0.25, (_LEAST - (top - usual)) / 2)
    step = next((s for s in _SHARES if (top - usual + air) / s <= 12), _SHARES[-1])
    low = max(math.floor((usual - air) / step + 1e-9) * step, 0.0)
    high = min(max(math.ceil(top / step - 1e-9) * step, low + step), max(top, 1.0))
    return RobustRange(low, high, bottom < low)


def steady(ys: Array, window: int) -> Array:
    """What a curve of shares counts for: all of it where smoothed, else the bulk, or nothing where
    single values jump about.
    """
    known = ys[np.isfinite(ys)]
    if window > 1 or not len(known):
        return known
    low, high = np.quantile(known, (0.1, 0.9))
    return known[(known >= low) & (known <= high)] if high - low < _JUMPY else known[:0]


def log_range(curves: Sequence[Array]) -> RobustRange | None:
    """For a logarithmic axis, as logarithms to 10; None where nothing lies above zero."""
    known = [ys[np.isfinite(ys) & (ys > 0)] for ys in curves]
    known = [ys for ys in known if len(ys)]
    if not known:
        return None
    low = math.log10(min(float(ys.min()) for ys in known))
    high = math.log10(max(float(ys.max()) for ys in known))
    air = max((high - low) * 0.05, (0.5 - (high - low)) / 2)
    return RobustRange(low - air, high + air)


def step_axis_end(last: float) -> float:
    """How far an axis of mini-batches reaches that have come to `last`: now and then a step."""
    if last < 16:
        return max(math.ceil(last) + 1.0, 4.0)
    step = 2.0 ** (math.floor(math.log2(last)) - 4)
    return math.ceil(last / step) * step
