"""Weight histograms over time, on common bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.record.models import LayerStats

BINS = 80
Array = NDArray[np.float64]


@dataclass(frozen=True)
class WeightHistograms:
    """Histograms at T moments `steps`: `edges` (B+1,), `shares` (T, B) that sum to one."""

    steps: NDArray[np.int64]
    edges: Array
    shares: Array

    def quantiles(self, row: int, places: tuple[float, ...]) -> list[float]:
        """Below which values such shares of the numbers lie."""
        below = np.concatenate([[0.0], np.cumsum(self.shares[row])])
        return [float(value) for value in np.interp(places, below, self.edges)]


def weight_histograms(
    layers: LayerStats, parameter: str, gradients: bool
) -> WeightHistograms | None:
    """Of one parameter's weights or gradients, at all moments at which they are known.

    Each histogram has its own range in the record; its counts are dealt out over common bins as if
    they were even within each of its own. None where nothing is known.
    """
    if parameter not in layers.names:
        return None
    number = layers.names.index(parameter)
    own = (layers.gradient_edges if gradients else layers.weight_edges)[:, number]
    found = layers.gradient_histograms if gradients else layers.weight_histograms
    counts = found[:, number].astype(np.float64)
    known = np.isfinite(own).all(axis=1) & (counts.sum(axis=1) > 0)
    if not known.any():
        return None
    own, counts = own[known], counts[known]
    low, high = float(own[:, 0].min()), float(own[:, 1].max())
    if low == high:  # all numbers are the same
        low, high = low - max(abs(low), 1e-6) / 2, high + max(abs(high), 1e-6) / 2
    edges = np.linspace(low, high, BINS + 1)
    shares = np.stack(
        [_dealt(float(a), float(b), row, edges) for (a, b), row in zip(own, counts, strict=True)]
    )
    return WeightHistograms(layers.steps[known], edges, shares)


def _dealt(low: float, high: float, shares: Array, edges: Array) -> Array:
    if low == high:
        return np.histogram([low], edges)[0].astype(np.float64)
    below = np.concatenate([[0.0], np.cumsum(shares)])
    at = np.interp(edges, np.linspace(low, high, len(shares) + 1), below)
    return np.diff(at)


def log_spaced_rows(steps: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """At most so many rows, first and last among them, evenly over the logarithm of time."""
    if len(steps) <= most:
        return np.arange(len(steps))
    places = np.log(steps - steps[0] + 8.0)  # as the record spaces its snapshots
    wanted = np.linspace(places[0], places[-1], most)
    nearest = np.abs(places[None, :] - wanted[:, None]).argmin(axis=1)
    return np.unique(nearest)
