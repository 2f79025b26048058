"""A look over many pictures that is made in pieces, with the weights with which it began."""

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
    """What is known of some pictures of a set, as far as they were looked at.

    Attributes: `numbers` (n,) of the pictures, in the order in which they are looked at; `done`,
    how many were; `theta`, the weights they are looked at with, and their digest `version`.
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
        """How many pictures it will have looked at."""
        return len(self.numbers)

    def advance(
        self, extractor: FeatureExtractor, seconds: float, on_idle: Callable[[], object]
    ) -> None:
        """Look at the next pictures for about `seconds`; `on_idle` is called in between."""
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
        """Note what is to be known of the pictures `numbers[part]`."""


def theta_checksum(theta: NDArray[np.float32]) -> int:
    """A number that is the same for the same weights."""
    return zlib.crc32(theta.tobytes())
