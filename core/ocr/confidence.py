"""Test-time augmentation, temperature scaling (Guo et al. 2017) and abstention."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Classifier = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (N, 28, 28) uint8, white on black → probabilities (N, C) float32."""

_SURE = 0.95  # a picture read with this probability is not looked at again
_COLDEST, _HOTTEST = 0.2, 5.0


@dataclass(frozen=True)
class ConfidenceSettings:
    """How a network's probabilities are corrected.

    `shifts`: test-time augmentation; pictures read with little confidence are read again, shifted
    by up to so many pixels in four directions, and all probabilities averaged; 0 for none.
    `temperature`: divides the scores, so that a network that is right nine times of ten says 0.9
    (Guo et al. 2017); above 1 it becomes more modest. `doubt`: below this probability it does not
    know.
    """

    shifts: int = 0
    temperature: float = 1.0
    doubt: float = 0.0

    @classmethod
    def from_card(cls, card: Mapping[str, object], shifts: int = 0) -> "ConfidenceSettings":
        """As a weights' card advises by `temperature` and `doubt`; what is no use there is 1, 0."""
        temperature = _number(card.get("temperature"), 1.0, _COLDEST, _HOTTEST)
        return cls(shifts, temperature, _number(card.get("doubt"), 0.0, 0.0, 1.0))

    def probs(self, images: NDArray[np.uint8], classify: Classifier) -> NDArray[np.float32]:
        """Probabilities (N, C) of N pictures (N, 28, 28)."""
        probs = np.asarray(classify(images), np.float32)
        unsure = np.flatnonzero(probs.max(axis=1) < _SURE) if self.shifts else ()
        if len(unsure):
            offsets = _offsets(self.shifts)
            again = classify(np.concatenate([_moved(images[unsure], *by) for by in offsets]))
            looks = again.reshape(len(offsets), len(unsure), -1)
            probs = probs.copy()
            probs[unsure] = (probs[unsure] + looks.sum(axis=0)) / (1 + len(offsets))
        return scale_temperature(probs, self.temperature)


NO_CORRECTION = ConfidenceSettings()
"""The network's own probabilities."""


def scale_temperature(probs: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities (N, C) with their logarithms divided by `temperature`, normalised again."""
    if temperature == 1.0:
        return probs
    scores = np.log(np.maximum(probs, 1e-12)) / temperature
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _offsets(most: int) -> list[tuple[int, int]]:
    return [
        (dx * far, dy * far)
        for far in range(1, most + 1)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]


def _moved(images: NDArray[np.uint8], dx: int, dy: int) -> NDArray[np.uint8]:
    """(N, H, W) pictures moved right and down; what leaves on one side does not come back."""
    height, width = images.shape[1:]
    moved = np.zeros_like(images)
    moved[:, max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = images[
        :, max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return moved


def _number(value: object, usual: float, low: float, high: float) -> float:
    """A card is written by anybody: words, NaN and what lies outside count as not written."""
    try:
        number = float(str(value))
    except ValueError:
        return usual
    return number if low <= number <= high else usual
