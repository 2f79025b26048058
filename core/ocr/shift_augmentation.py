"""Test-time augmentation: what is read with little confidence is read again, slightly shifted."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Classifier = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (N, 28, 28) uint8, white on black → probabilities (N, C) float32."""

_SURE = 0.95  # a picture read with this probability is not looked at again


def average_over_shifts(
    images: NDArray[np.uint8], classify: Classifier, shifts: int
) -> NDArray[np.float32]:
    """Probabilities (N, C) of N pictures (N, 28, 28).

    Unsure pictures are classified again, shifted by up to `shifts` pixels in four directions, and
    all probabilities averaged; 0 for none of that.
    """
    probs = np.asarray(classify(images), np.float32)
    unsure = np.flatnonzero(probs.max(axis=1) < _SURE) if shifts else ()
    if len(unsure):
        offsets = [
            (dx * far, dy * far)
            for far in range(1, shifts + 1)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        again = classify(np.concatenate([_moved(images[unsure], *by) for by in offsets]))
        looks = again.reshape(len(offsets), len(unsure), -1)
        probs = probs.copy()
        probs[unsure] = (probs[unsure] + looks.sum(axis=0)) / (1 + len(offsets))
    return probs


def _moved(images: NDArray[np.uint8], dx: int, dy: int) -> NDArray[np.uint8]:
    """(N, H, W) pictures moved right and down; what leaves on one side does not come back."""
    height, width = images.shape[1:]
    moved = np.zeros_like(images)
    moved[:, max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = images[
        :, max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return moved
