"""Decimation of a curve for plotting, and the text of its values."""

import math

import numpy as np
from numpy.typing import NDArray

from core.formatting import format_number, format_percent
from core.training.metrics import Metric
from core.translation import tr

Array = NDArray[np.float64]

BUCKETS = 800
_FURTHEST = 1e100


def arrays_equal(one: Array, other: Array) -> bool:
    """Whether these are the same numbers; NaN is like NaN."""
    return len(one) == len(other) and np.array_equal(one, other, equal_nan=True)


def finite_or_nan(ys: Array) -> Array:
    """Values that can be drawn, NaN for what is not finite.

    Sums and ratios of numbers near the ends of float64, which no training has but a stranger's
    record may hold, are no numbers: those beyond 10¹⁰⁰ count as that, those below 10⁻¹⁰⁰ as 0.
    """
    shown = np.where(np.isfinite(ys), np.clip(ys, -_FURTHEST, _FURTHEST), np.nan)
    return np.where(np.abs(shown) < 1 / _FURTHEST, 0.0, shown)


def stride(count: int, buckets: int) -> int:
    """The power of two that leaves at most 2·buckets of `count` points."""
    return 1 if count <= 2 * buckets else 2 ** math.ceil(math.log2(count / buckets))


def sample_indices(first: int, last: int, buckets: int = BUCKETS) -> NDArray[np.int64]:
    """Of the numbers from `first` to before `last` at most 2·buckets + 1, the last one too."""
    at = np.arange(first, last, stride(last - first, buckets))
    return at if at[-1] == last - 1 else np.append(at, last - 1)


def decimated(xs: Array, ys: Array, buckets: int = BUCKETS) -> tuple[Array, Array]:
    """At most 2·buckets points with the same outline: smallest and largest of each bucket.

    Buckets hold a power of two of points, counted from the first, so that a growing curve keeps
    the ones it has and does not flicker. First and last x are kept. A bucket of nothing but NaN is
    NaN.
    """
    size = stride(len(xs), buckets)
    if size == 1:
        return xs, ys
    starts = np.arange(0, len(xs), size)
    ends = np.minimum(starts + size, len(xs)) - 1
    places = np.stack([xs[starts], xs[ends]], axis=1)
    heights = np.stack([np.fmin.reduceat(ys, starts), np.fmax.reduceat(ys, starts)], axis=1)
    return places.reshape(-1), heights.reshape(-1)


def isolated_as_dashes(xs: Array, ys: Array, long: float) -> tuple[Array, Array]:
    """The same points; one that stands alone between gaps becomes a dash so `long`."""
    known = np.concatenate([[False], np.isfinite(ys), [False]])
    alone = np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])
    if not len(alone):
        return xs, ys
    return np.insert(xs, alone + 1, xs[alone] + long), np.insert(ys, alone + 1, ys[alone])


def value_text(value: float, percent: bool) -> str:
    """A value as it is read out, here and on the timeline alike."""
    return format_percent(value, 2) if percent else format_number(value, zeros=True)


def metric_text(metric: Metric, value: float) -> str:
    """A value of a metric as it is read out, with its unit."""
    text = value_text(value, metric.percent)
    return text if metric.percent or not metric.unit else f"{text} {tr(metric.unit)}"
