"""Named random streams from one seed; drawing from one does not change the others."""

import zlib

import numpy as np


class RngStreams:
    """`Streams(seed)("batches")` is a Generator that depends on the seed and that name only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, name: str) -> np.random.Generator:
        """The generator of this name, in its initial state."""
        return np.random.default_rng([self._seed, zlib.crc32(name.encode())])
