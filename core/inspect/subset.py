"""Fixed, evenly spaced subsets, so that repeated evaluations see the same samples."""

import numpy as np
from numpy.typing import NDArray


def evenly_spaced(total: int, most: int) -> NDArray[np.int64]:
    """Up to `most` of the indices 0 … total − 1, evenly spaced from the first one on."""
    count = min(total, most)
    return np.arange(count, dtype=np.int64) * total // max(count, 1)


def evenly_spaced_with_last(total: int, most: int) -> NDArray[np.intp]:
    """The same with the last index among them."""
    return np.linspace(0, total - 1, min(total, most)).astype(np.intp)
