"""Numbers to the 256 levels of a colour lookup table."""

import numpy as np
from numpy.typing import NDArray

_SAMPLE, _MANY = 16_384, 2_000
_STRETCH = 0.4  # the power that lets small numbers stand out

Tiles = NDArray[np.float32]


def robust_max(tiles: Tiles) -> float:
    """The largest magnitude; of many numbers that of all but the top 0.2 % of a sample.

    A few extreme weights would leave all others pale.
    """
    flat = tiles.reshape(-1)
    sample = np.abs(flat[:: flat.size // _SAMPLE | 1])
    if sample.size < _MANY:
        return float(sample.max(initial=0.0))
    rank = int(0.998 * sample.size)
    return float(np.partition(sample, rank)[rank])


def max_per_tile(tiles: Tiles) -> Tiles:
    """The largest magnitude of each tile (N, …) as (N,)."""
    return np.abs(tiles).reshape(len(tiles), -1).max(axis=1, initial=0)


def to_levels(shares: Tiles, stretched: bool = False) -> NDArray[np.uint8]:
    """Numbers from −1 to 1 as levels; more extreme ones as these, those that are none as 0.

    `stretched` brings out small numbers: |x| becomes |x|^0.4. The array is written over.
    """
    if stretched:
        np.copyto(shares, np.sign(shares) * np.abs(shares) ** np.float32(_STRETCH))
    shares += np.float32(1)
    shares *= np.float32(127.995)
    np.nan_to_num(shares, copy=False, nan=127.5)
    np.clip(shares, 0, 255, out=shares)
    return shares.astype(np.uint8)
