"""All chance flows from one seed through named streams, so that one more draw moves no other."""

import zlib

import numpy as np


class RngStreams:
    """`Streams(seed)("batches")` is a Generator that depends on the seed and that name only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, name: str) -> np.random.Generator:
        """The stream of this name, from its beginning."""
        return np.random.default_rng([self._seed, zlib.crc32(name.encode())])
