"""Layer statistics: norms of weights, gradients and updates, and histograms, per parameter."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.nn.arena import Arena
from core.optim.clip_grad import grad_norm
from core.record.models import LayerStats
from core.translation import tr

BINS = 48
"""How many bins a histogram has."""

_SAMPLED = 8192  # numbers of a parameter that a histogram counts
_WIDEST = 5.0  # root mean squares from zero to where a histogram may reach
_NARROWEST = 1e-30
_FINEST = 255


class LayerRow(NamedTuple):
    """A parameter after a mini-batch, as a row of the table `layers`.

    Norms are Euclidean, None where not known. A histogram reaches from `low` to `high`; what lies
    beyond is counted in its outermost bins.
    """

    step: int
    part: int
    weight_norm: float | None
    gradient_norm: float | None
    update_norm: float | None
    weight_low: float | None
    weight_high: float | None
    gradient_low: float | None
    gradient_high: float | None
    weights: bytes
    gradients: bytes


class LayerMeter:
    """Measures the trained parameters of an arena, numbered as the layout has them.

    Of a large parameter a histogram counts 8,192 numbers drawn once, which shows the same shape.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        rng = np.random.default_rng(0)
        self._slots = [
            (
                slice(slot.offset, slot.offset + slot.size),
                np.sort(rng.choice(slot.size, _SAMPLED, replace=False))
                if slot.size > _SAMPLED
                else None,
            )
            for slot in arena.layout.specs
            if slot.offset < arena.layout.num_params
        ]
        self._before = np.empty_like(arena.params)
        self._noted: int | None = None

    def note(self, step: int) -> None:
        """Keep the weights after mini-batch `step`, to tell how far the next one moves them."""
        np.copyto(self._before, self._arena.params)
        self._noted = step

    def take(self, step: int, before: int | None = None) -> list[LayerRow]:
        """A row for every parameter after mini-batch `step`, with its gradient.

        The mini-batch began after step `before`; with None there was none, and no gradient. The
        update is known when `note(before)` was called, and is all that changed since.
        """
        theta, grad = self._arena.params, self._arena.params_grad
        with np.errstate(all="ignore"):  # of a run that leaves the numbers too
            known = before is not None and self._noted == before
            update = theta - self._before if known else None
            if before is None:
                grad = grad[:0]
            return [
                _measured(step, number, drawn, theta[place], grad[place],
                          update[place] if update is not None else None)
                for number, (place, drawn) in enumerate(self._slots)
            ]  # fmt: skip


def stack_layer_rows(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> LayerStats:
    """Rows as `LayerRow`, all parameters of a step beside each other. Raises ValueError."""
    steps = np.array([row[0] for row in rows[:: len(names) or 1]], np.int64)
    shape = len(steps), len(names)
    parts = np.array([row[1] for row in rows], np.int64).reshape(shape)
    if not np.array_equal(parts, np.broadcast_to(np.arange(len(names)), shape)):
        raise ValueError(tr("its layers are not those of its network"))
    numbers = np.array([row[2:9] for row in rows], np.float64).reshape(*shape, 7)
    weights, gradients = (
        histogram_shares(
            np.frombuffer(b"".join(row[i] for row in rows), np.uint8).reshape(*shape, BINS)
        )
        for i in (9, 10)
    )
    weight, gradient, update = (numbers[..., i] for i in range(3))
    edges = numbers[..., 3:5], numbers[..., 5:7]
    return LayerStats(steps, names, weight, gradient, update, *edges, weights, gradients)


def histogram_shares(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Histograms (…, BINS) as shares that sum to one, or to zero where nothing was counted."""
    counts = np.square(packed, dtype=np.float32)
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=counts, where=total > 0)


def _measured(
    step: int,
    number: int,
    drawn: NDArray[np.intp] | None,
    weights: NDArray[np.floating],
    gradients: NDArray[np.floating],
    update: NDArray[np.floating] | None,
) -> LayerRow:
    norm, slope = _norm(weights), _norm(gradients) if len(gradients) else None
    moved = _norm(update) if update is not None else None
    low, high, counts = _spread(weights, norm, drawn)
    slope_low, slope_high, slope_counts = _spread(gradients, slope, drawn)
    ranges = low, high, slope_low, slope_high
    return LayerRow(step, number, norm, slope, moved, *ranges, counts, slope_counts)


def _norm(vector: NDArray[np.floating]) -> float | None:
    length = grad_norm(vector)
    return length if math.isfinite(length) else None


def _spread(
    vector: NDArray[np.floating], norm: float | None, drawn: NDArray[np.intp] | None
) -> tuple[float | None, float | None, bytes]:
    """Low, high and a byte a bin: the root of its count, so that rare numbers stay visible."""
    if norm is None or not len(vector):
        return None, None, bytes(BINS)
    reach = _WIDEST * norm / math.sqrt(len(vector))
    low = max(float(vector.min()), -reach)
    high = min(float(vector.max()), reach)
    scale = BINS / (high - low) if high - low > _NARROWEST else 0.0
    found = vector if drawn is None else vector[drawn]
    bins = (found - found.dtype.type(low)) * found.dtype.type(scale)
    np.clip(bins, 0, BINS - 1, out=bins)
    counts = np.bincount(bins.astype(np.uint8), minlength=BINS)
    return low, high, np.ceil(np.sqrt(counts / counts.max()) * _FINEST).astype(np.uint8).tobytes()
