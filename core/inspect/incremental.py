"""A pass over many samples in pieces, all with the weights of its start."""

import time
import zlib
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.inspect.model_copy import ModelCopy, ProbeContext

_CHUNK = 250


class IncrementalPass(ABC):
    """A pass over some samples of a data set.

    Attributes: `numbers` (n,) of the samples in order; `done`, how many were computed; `theta`,
    the weights, and their checksum `version`; `step`, after which the run had them.
    """

    def __init__(self, data: Dataset, network: ModelCopy, numbers: NDArray[np.int64]) -> None:
        self.numbers = numbers
        self.done = self.step = 0
        self.theta = network.theta.copy()
        self.version = theta_checksum(self.theta)
        self._data = data

    @classmethod
    def of(cls, context: ProbeContext, renew: bool, *settings: Any) -> tuple[Self, bool]:
        """The pass that `context` keeps, and whether its weights are still the run's.

        Without one, or with `renew` where it has other weights, one is begun with them and these
        `settings`.
        """
        run, network = context.run, context.network()
        version = theta_checksum(network.theta)
        found = context.cached(cls)
        stale = found is not None and (
            (renew and found.version != version) or len(found.theta) != len(network.theta)
        )
        if found is None or stale:
            found = context.keep(cls(run.data.train, network, *settings))
            found.step = run.step
        return found, found.version == version

    @property
    def total(self) -> int:
        """The number of samples of the whole pass."""
        return len(self.numbers)

    def advance(self, context: ProbeContext, seconds: float) -> ModelCopy:
        """Compute the next samples for about `seconds`, letting the run do other work in between.

        Returns what computed them, with the weights of the start.
        """
        network = context.network(self.theta)
        end = time.perf_counter() + seconds
        while self.done < self.total:
            part = slice(self.done, min(self.done + _CHUNK, self.total))
            self._take_in(part, network, self._data.inputs[self.numbers[part]])
            self.done = part.stop
            context.run.on_idle()
            if time.perf_counter() >= end:
                break
        return network

    @abstractmethod
    def _take_in(self, part: slice, network: ModelCopy, samples: NDArray[Any]) -> None:
        """Store the results for the samples `numbers[part]`."""


def theta_checksum(theta: NDArray[np.float32]) -> int:
    """CRC-32 of the weights."""
    return zlib.crc32(theta.tobytes())
