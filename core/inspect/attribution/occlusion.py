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
from core.inspect.model_copy import ModelCopy

PATCH, STRIDE = 5, 1
_CHUNK = 256


@dataclass(frozen=True)
class Occlusion:
    """`loss`: by how much the probability of `target` falls where a pixel is covered, (H, W).

    It is the mean over all patches that cover the pixel; below zero the class gains. `guesses`
    (H, W) is what the picture is taken for with a patch centred there. Of a row of numbers or of
    tokens both are (D,), with one of them covered at a time.
    """

    target: int
    probs: NDArray[np.float32]
    loss: Map
    guesses: NDArray[np.integer]


def occlude(
    network: ModelCopy,
    picture: NDArray[np.generic],
    target: int | None = None,
    patch: int = PATCH,
    stride: int = STRIDE,
    on_idle: Callable[[], None] = lambda: None,
) -> Occlusion:
    """Cover (H, W) or (3, H, W) with paper, patch × patch pixels at a time, every `stride` pixels.

    Black is put over colours. Patches that cover paper change nothing and are not computed. Of a
    row of numbers each is covered with the mean of the others, of tokens with the first one.
    Raises LabError for a class or a patch that there is not.
    """
    probs, target = asked_class(network, picture, target)
    if picture.ndim == 1:
        return _of_row(network, picture, target, probs)
    size = picture.shape[-2:]
    if not 1 <= patch <= min(size) or not 1 <= stride <= min(size):
        words = "A patch of {patch} pixels every {stride} does not fit {high}×{wide} pixels."
        raise LabError(tr_format(words, patch=patch, stride=stride, high=size[0], wide=size[1]))
    axes = [_Axis(length, patch, stride) for length in size]
    down, across = axes
    places = [
        (row, column)
        for row in range(len(down.centres))
        for column in range(len(across.centres))
        if picture[..., down.part(row), across.part(column)].any()
    ]
    falls = np.zeros((len(down.centres), len(across.centres)), np.float32)
    guesses = np.full(falls.shape, probs.argmax(), np.int64)
    for start in range(0, len(places), _CHUNK):
        some = places[start : start + _CHUNK]
        covered = np.repeat(picture[None], len(some), axis=0)
        for one, (row, column) in zip(covered, some, strict=True):
            one[..., down.part(row), across.part(column)] = 0
        seen = network.probs(covered)
        rows, columns = np.array(some).T
        falls[rows, columns] = probs[target] - seen[:, target]
        guesses[rows, columns] = seen.argmax(axis=1)
        on_idle()
    total = down.covers.T @ falls @ across.covers
    count = np.outer(down.covers.sum(axis=0), across.covers.sum(axis=0))
    loss = np.asarray(total / np.maximum(count, 1), np.float32)
    return Occlusion(target, probs, loss, guesses[np.ix_(down.near, across.near)])


class _Axis:
    """Patches along one axis: their `centres`, which pixels each `covers` (patches, pixels), and
    the `near`est patch of each pixel.
    """

    def __init__(self, length: int, patch: int, stride: int) -> None:
        self.centres = np.arange(0, length, stride)
        self._lows = np.maximum(self.centres - patch // 2, 0)
        self._highs = np.minimum(self.centres - patch // 2 + patch, length)
        self.covers = np.zeros((len(self.centres), length), np.float32)
        for number in range(len(self.centres)):
            self.covers[number, self.part(number)] = 1
        self.near = np.abs(np.arange(length)[:, None] - self.centres).argmin(axis=1)

    def part(self, number: int) -> slice:
        """The pixels under one patch."""
        return slice(int(self._lows[number]), int(self._highs[number]))


def _of_row(
    network: ModelCopy, row: NDArray[np.generic], target: int, probs: NDArray[np.float32]
) -> Occlusion:
    """Of a row of numbers, or of tokens, (D,)."""
    covered = np.repeat(row[None], len(row), axis=0)
    cover = 0 if row.dtype.kind in "iu" else (row.sum() - row) / max(len(row) - 1, 1)
    np.fill_diagonal(covered, cover)
    seen = network.probs(covered)
    loss = np.asarray(probs[target] - seen[:, target], np.float32)
    return Occlusion(target, probs, loss, seen.argmax(axis=1))
