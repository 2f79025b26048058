"""Occlusion sensitivity: the drop of a class's probability per covered patch.

Zeiler & Fergus 2014.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.attribution.saliency import Map, asked_class
from core.inspect.capture import FeatureExtractor

PATCH, STRIDE = 5, 1
_CHUNK = 256


@dataclass(frozen=True)
class Occlusion:
    """`loss` (28, 28): by how much the probability of `target` falls where a pixel is covered.

    It is the mean over all patches that cover the pixel; below zero the class gains. `guesses`
    (28, 28) is what the picture is taken for with a patch centred there.
    """

    target: int
    probs: NDArray[np.float32]
    loss: Map
    guesses: NDArray[np.integer]


def occlude(
    extractor: FeatureExtractor,
    picture: NDArray[np.uint8],
    target: int | None = None,
    patch: int = PATCH,
    stride: int = STRIDE,
    on_idle: Callable[[], None] = lambda: None,
) -> Occlusion:
    """Cover (28, 28) with paper, patch × patch pixels at a time, every `stride` pixels.

    Patches that cover paper change nothing and are not computed. Raises LabError for a class or
    a patch that there is not.
    """
    size = len(picture)
    if not 1 <= patch <= size or not 1 <= stride <= size:
        words = "A patch of {patch} pixels every {stride} does not fit 28 pixels."
        raise LabError(tr_format(words, patch=patch, stride=stride))
    ink, probs, target = asked_class(extractor, picture, target)
    centres = np.arange(0, size, stride)
    lows = np.maximum(centres - patch // 2, 0)
    highs = np.minimum(centres - patch // 2 + patch, size)
    places = [
        (row, column)
        for row in range(len(centres))
        for column in range(len(centres))
        if ink[lows[row] : highs[row], lows[column] : highs[column]].any()
    ]
    falls = np.zeros((len(centres), len(centres)), np.float32)
    guesses = np.full(falls.shape, probs.argmax(), np.uint8)
    for start in range(0, len(places), _CHUNK):
        some = places[start : start + _CHUNK]
        covered = np.repeat(ink[None], len(some), axis=0)
        for one, (row, column) in zip(covered, some, strict=True):
            one[lows[row] : highs[row], lows[column] : highs[column]] = 0
        seen = extractor.probs(covered)
        rows, columns = np.array(some).T
        falls[rows, columns] = probs[target] - seen[:, target]
        guesses[rows, columns] = seen.argmax(axis=1)
        on_idle()
    covers = np.zeros((len(centres), size), np.float32)
    for number, (low, high) in enumerate(zip(lows, highs, strict=True)):
        covers[number, low:high] = 1
    count = covers.sum(axis=0)
    total = covers.T @ falls @ covers
    near = np.abs(np.arange(size)[:, None] - centres).argmin(axis=1)
    loss = np.asarray(total / np.maximum(np.outer(count, count), 1), np.float32)
    return Occlusion(target, probs, loss, guesses[np.ix_(near, near)])
