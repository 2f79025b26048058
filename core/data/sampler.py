"""Batch sampler (the data loader): shuffled sample indices, one mini-batch at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.translation import tr


class BatchSampler:
    """Yields sample indices without repeats, epoch after epoch; a batch never spans two epochs.

    With a generator every epoch is shuffled anew; with None the samples keep their order. With
    `weights` (N,) an epoch is as many samples drawn with replacement, each as often as its weight
    says. The batch size is an argument of each call, so that it may change during training.
    Raises DataError for weights that are negative, none, or not one for each sample.
    """

    def __init__(
        self,
        count: int,
        rng: np.random.Generator | None,
        weights: NDArray[np.floating] | None = None,
    ) -> None:
        self._count = count
        self._shares = None if weights is None else _shares(weights, count)
        self._rng = rng
        self._order = np.arange(count)
        self._next = count

    def next_batch(self, size: int) -> NDArray[np.intp]:
        """The next `size` sample indices, fewer at the end of an epoch."""
        if self._next >= self._count:
            self._next = 0
            if self._rng is not None and self._shares is not None:
                self._order = self._rng.choice(self._count, self._count, p=self._shares)
            elif self._rng is not None:
                self._order = self._rng.permutation(self._order)  # not in place: batches are views
        batch = self._order[self._next : self._next + size]
        self._next += len(batch)
        return batch

    @property
    def epoch_ended(self) -> bool:
        """Whether the batch just taken was the last of its epoch."""
        return self._next >= self._count

    def state_dict(self) -> dict[str, Any]:
        """The order (N,) of this epoch, the position in it, and the generator's state; a copy."""
        rng = None if self._rng is None else dict(self._rng.bit_generator.state)
        return {"order": self._order.astype(np.uint32), "next": self._next, "chance": rng}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume from a `state_dict()`. Raises DataError for other data's."""
        order, following = np.asarray(state["order"]), int(state["next"])
        if order.shape != (self._count,) or (state["chance"] is None) != (self._rng is None):
            raise DataError(
                tr(
                    "The order of {size:,} samples was saved; there are {count:,}. Choose the "
                    "data that the run was begun with."
                ).format(size=order.size, count=self._count)
            )
        whole = order.dtype.kind in "iu"
        inside = whole and bool(((order >= 0) & (order < self._count)).all())
        complete = inside and (
            self._shares is not None or (np.bincount(order, minlength=self._count) == 1).all()
        )
        if not (0 <= following <= self._count and complete):
            raise DataError(tr("The saved order of samples is damaged: it repeats or lacks some."))
        if self._rng is not None:
            self._rng.bit_generator.state = state["chance"]
        self._order = order.astype(np.intp)
        self._next = following


def _shares(weights: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """Weights (N,) as probabilities. Raises DataError."""
    shares = np.asarray(weights, np.float64)
    if shares.shape != (count,):
        raise DataError(
            tr("{count:,} samples need as many weights, not {shape}.").format(
                count=count, shape=shares.shape
            )
        )
    total = shares.sum()
    if not (shares >= 0).all() or not 0 < total < np.inf:
        raise DataError(tr("Weights of samples must be 0 or more, finite, and not all 0."))
    return shares / total
