"""Arrays aligned for wide loads."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

ALIGN = 64


def aligned_zeros(size: int, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """`size` zeros that begin on a 64-byte boundary, as wide loads like it."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(size * width + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + size * width].view(dtype)
