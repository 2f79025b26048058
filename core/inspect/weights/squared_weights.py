"""Histogram of squared weights over many powers of ten: what weight decay does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.inspect.weights.quantization import Theta, quantizable
from core.nn.arena import ArenaLayout

_SHIFT = 21  # of a float's 23 bits of mantissa, 2 are left: four bins an octave
_KEYS = 255 << 2  # those of infinities and of what is no number come after
_SIGN = 1 << 10  # what is below zero has keys so much higher
_CHUNK = 1 << 15
_SMALLEST = 0.001  # of all weights may lie below what is shown

EDGES: NDArray[np.float64] = (
    (np.arange(_KEYS + 1, dtype=np.int64) << _SHIFT).astype(np.int32).view(np.float32)
).astype(np.float64) ** 2
"""Between which squares each bin lies, (B + 1,); the last has no end."""


@dataclass(frozen=True)
class SquaredWeights:
    """`counts` (B,) of the squared_weights of `total` weights, in bins between `EDGES`.

    Exact zeros are in the first bin; what is no number is in none.
    """

    counts: NDArray[np.int64]
    total: int

    @property
    def below(self) -> NDArray[np.float64]:
        """The share of weights whose square is below each edge, (B + 1,)."""
        found = np.concatenate([[0], np.cumsum(self.counts)])
        return found / max(self.total, 1)

    @property
    def density(self) -> NDArray[np.float64]:
        """The share of weights in each bin (B,) by a power of ten of the square."""
        with np.errstate(divide="ignore"):
            widths = np.diff(np.log10(EDGES))
        return self.counts / max(self.total, 1) / widths

    def count_below(self, square: float) -> int:
        """How many weights have a smaller square, as far as the bins tell."""
        return round(float(np.interp(square, EDGES, self.below)) * self.total)


def weight_vectors(layout: ArenaLayout, theta: Theta, tensor: str | None) -> list[Theta]:
    """The weights of one tensor, flat, or with None those of each in turn; no biases, no copies."""
    return [
        theta[slot.offset : slot.offset + slot.size]
        for slot in quantizable(layout)
        if tensor is None or slot.name == tensor
    ]


def squared_weights(parts: Sequence[Theta]) -> SquaredWeights:
    """The squares of weights, (N,) each part, counted by the leading bits of each number."""
    signed = np.zeros(2 * _SIGN, np.int64)
    for part in parts:
        bits = np.ascontiguousarray(part, np.float32).view(np.uint32)
        for start in range(0, len(bits), _CHUNK):  # what fits into the cache is counted soonest
            keys = bits[start : start + _CHUNK] >> np.uint32(_SHIFT)
            signed += np.bincount(keys.astype(np.intp), minlength=2 * _SIGN)
    counts = signed[:_KEYS] + signed[_SIGN : _SIGN + _KEYS]
    return SquaredWeights(counts, sum(map(len, parts)))


def visible_range(shown: list[SquaredWeights]) -> tuple[float, float]:
    """Between which squares there is something to see, as powers of ten."""
    low, high = np.inf, -np.inf
    for one in shown:
        filled = np.flatnonzero(one.counts[1:]) + 1
        if len(filled):
            first = int(np.searchsorted(one.below, _SMALLEST, side="right")) - 1
            first = max(first, int(filled[0]))
            low = min(low, float(np.log10(EDGES[first])))
            high = max(high, float(np.log10(EDGES[filled[-1]])) + 0.2)
    return (low, high) if low < high else (-6.0, 0.0)


def sample_pairs(before: Sequence[Theta], after: Sequence[Theta], most: int) -> tuple[Theta, Theta]:
    """Squares of at most so many of the same weights, (N,) each part, before and after.

    A fixed random subset; pairs with a zero are left out.
    """
    rng = np.random.default_rng(0)
    share = min(most / max(sum(map(len, before)), 1), 1.0)
    places = [
        rng.integers(0, len(part), round(share * len(part))) if share < 1 else slice(None)
        for part in before
    ]
    if not places:
        return np.empty(0, np.float32), np.empty(0, np.float32)
    was, now = (
        np.concatenate([part[place] for part, place in zip(parts, places, strict=True)]) ** 2
        for parts in (before, after)
    )
    both = (was > 0) & (now > 0) & np.isfinite(was) & np.isfinite(now)
    return was[both], now[both]
