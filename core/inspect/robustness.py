"""How many pictures are still read rightly once they are shifted or noisy (chapter 7)."""

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.data.transforms import Augmentation, augment
from core.inspect.sampling import evenly_spaced
from core.training.trainer import Trainer

SHIFT, FLIP = "shift", "flip"
AMOUNTS = {
    SHIFT: (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
    FLIP: (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08),
}
"""What is tried: pixels, and the share of all pixels."""

_MOST, _CHUNK = 1_000, 250
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))

_held: WeakKeyDictionary[Trainer, NDArray[np.float32]] = WeakKeyDictionary()


def shift_images(
    images: NDArray[np.uint8], pixels: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Pictures (…, H, W), each moved by so many pixels up, down, left or right; paper comes in."""
    result = np.zeros_like(images)
    sides = rng.integers(0, len(_SIDES), len(images))
    for side, (down, right) in enumerate(_SIDES):
        here = sides == side
        (to_row, from_row), (to_column, from_column) = _slices(down, pixels), _slices(right, pixels)
        shifted = np.zeros_like(images[here])
        shifted[..., to_row, to_column] = images[here][..., from_row, from_column]
        result[here] = shifted
    return result


def _slices(direction: int, pixels: int) -> tuple[slice, slice]:
    """Where rows or columns go to, and where they come from."""
    if direction == 0 or pixels == 0:
        return slice(None), slice(None)
    ahead, behind = slice(pixels, None), slice(None, -pixels)
    return (ahead, behind) if direction > 0 else (behind, ahead)


def perturb(images: NDArray[np.uint8], kind: str, amount: float) -> NDArray[np.uint8]:
    """Pictures changed by one of `AMOUNTS`, by the same chance each time."""
    rng = np.random.default_rng(0)
    if kind == SHIFT:
        return shift_images(images, round(amount), rng)
    return augment(images, rng, Augmentation(flip=amount))


def robust_accuracy(run: Trainer, kind: str, amount: float, hold: bool) -> float:
    """The fraction of at most 1,000 test pictures that is read rightly once they are changed.

    With `hold` the weights are kept as they are now: all questions until the next such one are
    answered with them, however training goes on.
    """
    theta = run.arena.theta
    if hold or run not in _held:
        _held[run] = theta.copy()
    test = run.data.test
    numbers = evenly_spaced(len(test), _MOST)
    count = len(numbers)
    images, labels = perturb(test.images[numbers], kind, amount), test.labels[numbers]
    now = theta.copy()
    theta[:] = _held[run]
    try:
        right = sum(
            int(np.count_nonzero(run.task.predict_proba(run.model, images[part]).argmax(axis=1)
                                 == labels[part]))
            for part in (slice(at, at + _CHUNK) for at in range(0, count, _CHUNK))
        )  # fmt: skip
    finally:
        theta[:] = now
    return right / max(count, 1)
