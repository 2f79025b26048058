"""Accuracy of a run's network with quantized weights, and a histogram with the bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.inspect.measure import first_metric, metric_sums
from core.inspect.model_copy import ProbeContext
from core.inspect.subset import evenly_spaced
from core.inspect.weights.quantization import (
    Bins,
    QuantizationSettings,
    QuantizedWeights,
    Theta,
    full_size,
    pruning_mask,
    quantizable,
    quantize,
)
from core.knobs import Knobs
from core.training.metrics import Metric
from core.training.trainer import Trainer

EVALUATED_AT_ONCE = 500
"""Test pictures that are read at once."""
_CHUNK = 125
_BARS = 160
_DRAWN = 256  # bins that can still be told apart in a picture


@dataclass(frozen=True)
class BinHistogram:
    """Weights as they are trained and how they are cut, ready to be drawn.

    `counts` (H,) of the weights that are kept lie between `ends` in bars of equal width. The
    `edges` and `values` of the bins are empty where there are none or too many to be drawn; there
    are `bins` of them. `hole`: weights within ±`hole` were pruned.
    """

    name: str
    counts: NDArray[np.int64]
    ends: tuple[float, float]
    bins: int
    edges: NDArray[np.float64]
    values: NDArray[np.float32]
    hole: float


@dataclass(frozen=True)
class QuantizationResult:
    """`total` is the sum of the task's `metric` over `count` test samples.

    Weights take `size` of `full` bytes; `kept` of `weights` are not pruned. `page` (N, C): what is
    made of the samples that came with the question, None without any, or without classes.
    """

    total: float
    count: int
    page: NDArray[np.float32] | None
    size: int
    full: int
    kept: int
    weights: int
    picture: BinHistogram | None
    metric: Metric

    @property
    def mean(self) -> float:
        """The metric over these samples."""
        return self.total / max(self.count, 1)


@dataclass(frozen=True)
class _LastQuantized:
    theta: Theta
    how: QuantizationSettings
    made: QuantizedWeights


def quantized_weights(context: ProbeContext, how: QuantizationSettings) -> QuantizedWeights:
    """The run's present weights quantized; the last result is kept."""
    theta = context.run.arena.theta
    last = context.cached(_LastQuantized)
    if last is None or last.how != how or not np.array_equal(last.theta, theta):
        made = quantize(context.run.arena.layout, theta, how)
        last = context.keep(_LastQuantized(theta.copy(), how, made))
    return last.made


def evaluate_quantized(
    context: ProbeContext,
    knobs: Knobs,
    how: QuantizationSettings,
    first: int | None = None,
    images: NDArray[np.generic] | None = None,
    tensor: str | None = None,
) -> QuantizationResult:
    """With squeezed weights: the run is measured on 500 test samples, and reads `images` (N, …).

    The samples are evenly chosen from the whole test set or, with `first`, those from that number
    on. `tensor` is the one whose bins are to be drawn, where bins are not shared. The run keeps its
    weights. Raises LabError for weights that are no numbers.
    """
    run = context.run
    made = quantized_weights(context, how)
    picture = bin_histogram(run, made, how, tensor) if first is None else None
    test, metric = run.data.test, first_metric(run.task)
    if first is None:
        numbers = evenly_spaced(len(test), EVALUATED_AT_ONCE)
    else:
        numbers = np.arange(first, min(first + EVALUATED_AT_ONCE, len(test)))
    total = 0.0
    network = context.network(made.theta)
    for start in range(0, len(numbers), _CHUNK):
        some = test.take(numbers[start : start + _CHUNK])
        outputs = network.outputs(some.inputs)
        total += metric_sums(run.task, outputs, some.targets, knobs)[metric.key]
    page = None
    if images is not None and len(images) and test.classes:
        page = network.probs(images)
    return QuantizationResult(
        total=total,
        count=len(numbers),
        page=page,
        size=made.size,
        full=full_size(run.arena.layout),
        kept=sum(group.kept for group in made.groups),
        weights=sum(group.weights for group in made.groups),
        picture=picture,
        metric=metric,
    )


def bin_histogram(
    run: Trainer, made: QuantizedWeights, how: QuantizationSettings, tensor: str | None
) -> BinHistogram | None:
    """The group of bins that `tensor` belongs to, or the first; None where nothing is squeezed."""
    if not made.groups:
        return None
    group = next((one for one in made.groups if tensor in one.names), made.groups[0])
    slots = [slot for slot in quantizable(run.arena.layout) if slot.name in group.names]
    theta = run.arena.theta
    weights = np.concatenate([theta[slot.offset : slot.offset + slot.size] for slot in slots])
    ends = float(weights.min()), float(weights.max())
    kept = pruning_mask(weights, how.pruned)
    hole = 0.0
    if kept is not None:
        hole = float(np.abs(weights[~kept]).max())
        weights = weights[kept]
    counts = np.histogram(weights, _BARS, ends)[0]
    bins = group.bins or Bins(np.empty(0), np.empty(0, np.float32))
    drawn = 0 < len(bins.values) <= _DRAWN
    return BinHistogram(
        name=group.names[0] if len(group.names) == 1 else "",
        counts=counts.astype(np.int64),
        ends=ends,
        bins=len(bins.values),
        edges=bins.edges if drawn else np.empty(0),
        values=bins.values if drawn else np.empty(0, np.float32),
        hole=hole,
    )
