"""A pass over many pictures in pieces, all with the weights of its start."""

import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.inspect.capture import FeatureExtractor

_CHUNK = 250


class IncrementalPass(ABC):
    """A pass over some pictures of a data set.

    Attributes: `numbers` (n,) of the pictures in order; `done`, how many were computed; `theta`,
    the weights, and their checksum `version`.
    """

    def __init__(
        self, data: Dataset, extractor: FeatureExtractor, numbers: NDArray[np.int64]
    ) -> None:
        self.numbers = numbers
        self.done = 0
        self.theta = extractor.theta.copy()
        self.version = theta_checksum(self.theta)
        self._data = data

    @property
    def total(self) -> int:
        """The number of pictures of the whole pass."""
        return len(self.numbers)

    def advance(
        self, extractor: FeatureExtractor, seconds: float, on_idle: Callable[[], object]
    ) -> None:
        """Compute the next pictures for about `seconds`; `on_idle` is called in between."""
        end = time.perf_counter() + seconds
        while self.done < self.total:
            part = slice(self.done, min(self.done + _CHUNK, self.total))
            self._take_in(part, extractor, self._data.images[self.numbers[part]])
            self.done = part.stop
            on_idle()
            if time.perf_counter() >= end:
                return

    @abstractmethod
    def _take_in(self, part: slice, extractor: FeatureExtractor, images: NDArray[np.uint8]) -> None:
        """Store the results for the pictures `numbers[part]`."""


def theta_checksum(theta: NDArray[np.float32]) -> int:
    """CRC-32 of the weights."""
    return zlib.crc32(theta.tobytes())
