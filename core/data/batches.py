"""In which order a network meets its samples."""

import numpy as np
from numpy.typing import NDArray


class Shuffler:
    """Deals sample numbers without repeats, epoch after epoch; a batch never spans two epochs.

    With a generator every epoch has its own order; with None the order of the file is kept.
    The size is asked for at each batch, so it may change while a network learns.
    """

    def __init__(self, count: int, rng: np.random.Generator | None) -> None:
        self._count = count
        self._rng = rng
        self._order = np.arange(count)
        self._next = count

    def take(self, size: int) -> NDArray[np.intp]:
        """The next `size` sample numbers, fewer where the epoch ends first."""
        if self._next >= self._count:
            self._next = 0
            if self._rng is not None:
                self._order = self._rng.permutation(self._order)  # dealt batches stay as they are
        batch = self._order[self._next : self._next + size]
        self._next += len(batch)
        return batch

    @property
    def epoch_ended(self) -> bool:
        """Whether the batch just taken was the last of its epoch."""
        return self._next >= self._count
