"""Post-training quantization and magnitude pruning as pure functions on θ.

Every weight is replaced by the one number that stands for its bin, so that only the number of the
bin has to be written. Biases, normalisation and running statistics stay as they are: they are few.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import format_number, tr_format
from core.nn.arena import ArenaLayout, ParamSpec

Theta = NDArray[np.float32]

EQUAL, UNIFORM = "equal", "uniform"
METHODS = (EQUAL, UNIFORM)
FULL_BITS = 32
"""Bits of a weight as it is trained."""
MAX_BITS = 16
"""Bits from which weights are put into bins."""
_FLOAT = 4
_SAME = 1e-30


@dataclass(frozen=True)
class QuantizationSettings:
    """How to make θ small: `bits` a weight, from 1 to 16, or 32 for weights as they are.

    `method`: bins of the same width, or with the same number of weights in each; `apart`: each
    tensor has bins of its own, else the whole network shares them; `pruned`, the share of weights,
    smallest first, that become zero before anything else. Raises LabError for what cannot be.
    """

    bits: int = FULL_BITS
    method: str = EQUAL
    apart: bool = True
    pruned: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS and self.bits != FULL_BITS:
            words = "A weight of {bits} bits cannot be made; choose 1 to {max_bits}."
            raise LabError(tr_format(words, self, max_bits=MAX_BITS))
        if self.method not in METHODS:
            words = "There are no “{method}” bins; choose {methods}."
            raise LabError(tr_format(words, self, methods=" or ".join(METHODS)))
        if not 0 <= self.pruned <= 1:
            share = format_number(self.pruned)
            raise LabError(
                tr_format("A share of {share} cannot be pruned; choose 0 to 1.", share=share)
            )

    @property
    def idle(self) -> bool:
        """Whether it leaves everything as it is."""
        return self.bits == FULL_BITS and self.pruned == 0


@dataclass(frozen=True)
class Bins:
    """B bins between `edges` (B + 1,); `values` (B,) stand for what lies in them."""

    edges: NDArray[np.float64]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class QuantizedGroup:
    """Tensors that share their bins: `names`, their `weights` and how many were `kept`.

    `bins` is None where the weights that are kept stay as they are.
    """

    names: tuple[str, ...]
    weights: int
    kept: int
    bins: Bins | None


@dataclass(frozen=True)
class QuantizedWeights:
    """θ (P,) with fewer different weights; `size` is what it takes to write it, in bytes."""

    theta: Theta
    groups: tuple[QuantizedGroup, ...]
    size: int


def quantizable(layout: ArenaLayout) -> tuple[ParamSpec, ...]:
    """The tensors that are squeezed: weights of convolutions, linear layers, recurrent cells."""
    return tuple(
        slot for slot in layout.specs if slot.offset < layout.num_params and len(slot.shape) > 1
    )


def full_size(layout: ArenaLayout) -> int:
    """Bytes of θ as it is trained, without the gaps between its parts."""
    return _FLOAT * sum(slot.size for slot in layout.specs)


def uniform_bins(weights: Theta, bits: int) -> tuple[Bins, Theta]:
    """2ⁿ bins of the same width from the smallest weight to the largest, and the weights (N,) put
    into them: each becomes the middle of its bin.
    """
    low, high = float(weights.min()), float(weights.max())
    if high - low < _SAME:
        return Bins(np.array([low, high]), weights[:1].copy()), np.full_like(weights, weights[0])
    count = 2**bits
    edges = np.linspace(low, high, count + 1)
    values = ((edges[:-1] + edges[1:]) / 2).astype(np.float32)
    codes = ((weights.astype(np.float64) - low) * (count / (high - low))).astype(np.int32)
    return Bins(edges, values), values[np.minimum(codes, count - 1)]


def equal_bins(weights: Theta, bits: int, hole: bool = False) -> tuple[Bins, Theta]:
    """2ⁿ bins with the same number of weights in each, and the weights (N,) put into them: each
    becomes the mean of its bin. There are fewer where there are not as many different weights.

    With a `hole` around zero no bin reaches over it; the nearest cut moves there.
    """
    order = np.argsort(weights)
    ordered = weights[order].astype(np.float64)
    count = min(2**bits, len(ordered))
    firsts = np.arange(count) * len(ordered) // count
    zero = int(np.searchsorted(ordered, 0.0))
    if hole and count > 1 and 0 < zero < len(ordered):
        firsts[1 + int(np.abs(firsts[1:] - zero).argmin())] = zero
    # Equal weights share a bin, so a bin begins with the first of them.
    firsts = np.unique(np.searchsorted(ordered, ordered[firsts]))
    sizes = np.diff(np.append(firsts, len(ordered)))
    values = (np.add.reduceat(ordered, firsts) / sizes).astype(np.float32)
    cuts = (ordered[firsts[1:] - 1] + ordered[firsts[1:]]) / 2
    made = np.empty_like(weights)
    made[order] = np.repeat(values, sizes)
    return Bins(np.concatenate([ordered[:1], cuts, ordered[-1:]]), values), made


def quantize(layout: ArenaLayout, theta: Theta, how: QuantizationSettings) -> QuantizedWeights:
    """A squeezed copy of θ (P,). Raises LabError where it holds what is no finite number."""
    made = theta.copy()
    slots = quantizable(layout)
    size = full_size(layout) - _FLOAT * sum(slot.size for slot in slots)
    parts = [(slot,) for slot in slots] if how.apart else [slots] if slots else []
    groups = []
    for part in parts:
        group, stored = _squeezed(made, part, how)
        groups.append(group)
        size += stored
    return QuantizedWeights(made, tuple(groups), size)


def _squeezed(
    made: Theta, part: tuple[ParamSpec, ...], how: QuantizationSettings
) -> tuple[QuantizedGroup, int]:
    """Squeeze these tensors in place; also how many bytes they then take."""
    names = tuple(slot.name for slot in part)
    views = [made[slot.offset : slot.offset + slot.size] for slot in part]
    weights = np.concatenate(views)
    if not np.isfinite(weights).all():
        words = (
            "“{names}” holds NaN or infinite values, so it cannot be quantised. Go back to a "
            "moment before the loss became NaN."
        )
        raise LabError(tr_format(words, names=names[0]))
    kept = pruning_mask(weights, how.pruned)
    remain = weights if kept is None else weights[kept]
    bins = None
    if how.bits != FULL_BITS and len(remain):
        if how.method == EQUAL:
            bins, remain = equal_bins(remain, how.bits, hole=kept is not None)
        else:
            bins, remain = uniform_bins(remain, how.bits)
    if kept is None:
        result = remain
    else:
        result = np.zeros_like(weights)
        result[kept] = remain
    at = stored = 0
    for view in views:
        here = slice(at, at + len(view))
        view[:] = result[here]
        left = len(view) if kept is None else int(np.count_nonzero(kept[here]))
        stored += -(-left * how.bits // 8)
        stored += 0 if kept is None else -(-len(view) // 8)  # a bit for each: kept or not
        at += len(view)
    if bins is not None:
        stored += _FLOAT * (len(bins.values) if how.method == EQUAL else 2)
    return QuantizedGroup(names, len(weights), len(remain), bins), stored


def pruning_mask(weights: Theta, share: float) -> NDArray[np.bool_] | None:
    """Which weights (N,) stay when so large a share of them, the smallest, goes; None for all."""
    count = round(share * len(weights))
    if not count:
        return None
    kept = np.ones(len(weights), bool)
    kept[np.argpartition(np.abs(weights), count - 1)[:count]] = False
    return kept
