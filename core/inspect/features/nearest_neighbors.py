"""Nearest neighbors of a sample among the training set, by the features of the penultimate layer.

Where nothing comes before the last layer the features are the pixels. The training set is read in
pieces, in a mixed order, so that the pictures read so far are a fair sample; a `NeighborIndex`
keeps their features for as long as the weights are the same.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.inspect.incremental import IncrementalPass
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.optim.clip_grad import grad_norm, row_norms

Metric = Literal["cosine", "euclidean"]
METRICS: tuple[Metric, ...] = ("cosine", "euclidean")

_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class NearestNeighbors:
    """The nearest first: `numbers` (k,) in the training set and their `distances` (k,).

    `probs` (C,) is what the network makes of the picture itself. `done` of `total` training
    pictures were compared. `current` says whether the run has still the weights they were compared
    with, `pixels` that plain pictures were compared.
    """

    numbers: NDArray[np.int64]
    distances: NDArray[np.float32]
    probs: NDArray[np.float32]
    done: int
    total: int
    current: bool
    pixels: bool


def penultimate_features(network: ModelCopy, samples: NDArray[Any]) -> NDArray[np.float32]:
    """The input of the last layer with weights for samples (N, …), one row (F,) each.

    The sample itself, as the network receives it, where there is no layer before; of a sequence
    what belongs to its last place.
    """
    handed = network.input_of_last(samples)
    rows = handed[:, -1] if handed.ndim == 3 else handed.reshape(len(samples), -1)
    # Weights that left the numbers must not make distances of nothing.
    return np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)


class NeighborIndex(IncrementalPass):
    """Features (n, F) of training pictures, mixed."""

    def __init__(self, data: Dataset, network: ModelCopy) -> None:
        wide = penultimate_features(network, data.inputs[:1]).shape[1]
        count = max(min(len(data), _MOST_BYTES // (4 * wide)), 1)
        super().__init__(data, network, np.random.default_rng(0).permutation(len(data))[:count])
        self._rows = np.zeros((count, wide), np.float32)
        self._lengths = np.zeros(count)

    def _take_in(self, part: slice, network: ModelCopy, samples: NDArray[Any]) -> None:
        rows = penultimate_features(network, samples)
        self._rows[part] = rows
        self._lengths[part] = row_norms(rows)

    def nearest(
        self, row: NDArray[np.float32], count: int, metric: Metric
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Numbers and distances (k,) of the nearest to features (F,), nearest first.

        Cosine: 1 − cos of the angle, from 0 to 2; 1 where a row is all zeros.
        """
        rows, lengths = self._rows[: self.done], self._lengths[: self.done]
        length = grad_norm(row)
        # The direction alone: products of two large rows leave float32, of two small ones vanish.
        along = rows @ np.asarray(row / length if length else row, np.float32)
        if metric == "cosine":
            apart = 1 - np.divide(along, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        else:
            apart = np.sqrt(np.maximum(lengths**2 + length**2 - 2 * length * along, 0))
        few = min(count, len(apart))
        best = np.argpartition(apart, few - 1)[:few] if few else np.arange(0)
        best = best[np.argsort(apart[best], kind="stable")]
        return self.numbers[best].astype(np.int64), np.maximum(apart[best], 0).astype(np.float32)


def nearest_neighbors(
    context: ProbeContext,
    picture: NDArray[Any],
    count: int = 12,
    metric: Metric = "cosine",
    seconds: float = np.inf,
    renew: bool = True,
) -> NearestNeighbors:
    """The training pictures nearest to `picture`, any sample, among those read so far.

    Reads on for about `seconds` where some are missing, so that repeated questions get on while
    training goes on in between. With `renew` an index made with other weights is begun anew,
    otherwise it answers as it is.
    """
    index, current = NeighborIndex.of(context, renew)
    network = index.advance(context, seconds)
    row = penultimate_features(network, picture[None])[0]
    numbers, distances = index.nearest(row, count, metric)
    return NearestNeighbors(
        numbers=numbers,
        distances=distances,
        probs=context.network().probs(picture[None])[0],
        done=index.done,
        total=index.total,
        current=current,
        pixels=len(row) == picture.size and network.layers[0].path == network.layers[-1].path,
    )
