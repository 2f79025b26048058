"""What one mini-batch added to a neuron's weights: a multiple of the picture it met, or nothing."""

import numpy as np
from numpy.typing import NDArray

_EXACT = 1e-3  # of the change's length that may be something else than the picture


def update_factor(
    before: NDArray[np.floating], after: NDArray[np.floating], picture: NDArray[np.floating]
) -> float | None:
    """The factor f for which after − before = f · picture, arrays of one shape.

    0 where nothing changed; None where the change is no multiple of the picture.
    """
    change = (after - before).astype(np.float64).ravel()
    shape = picture.astype(np.float64).ravel()
    size = float(change @ change)
    if size == 0:
        return 0.0
    length = float(shape @ shape)
    factor = float(change @ shape) / length if length else 0.0
    rest = change - factor * shape
    # float32 weights lose the last digits of what is added to them
    rounding = np.finfo(np.float32).eps * float(np.abs(after).max()) * np.sqrt(change.size)
    return factor if np.sqrt(rest @ rest) <= _EXACT * np.sqrt(size) + rounding else None
