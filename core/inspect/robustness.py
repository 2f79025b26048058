"""Robustness: accuracy on shifted or noisy test pictures (chapter 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.specs import ImageSpec
from core.data.transforms import Augmentation, augment
from core.errors import LabError
from core.inspect.model_copy import ProbeContext
from core.inspect.subset import evenly_spaced
from core.translation import tr

SHIFT, FLIP = "shift", "flip"
AMOUNTS = {
    SHIFT: (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
    FLIP: (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08),
}
"""Pixels of shift, and the fraction of flipped pixels."""

_MOST, _CHUNK = 1_000, 250
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))


def shift_images(
    images: NDArray[np.uint8], pixels: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Pictures (…, H, W), each moved by so many pixels up, down, left or right; paper comes in."""
    high, wide = images.shape[-2:]
    padded = np.pad(images, [(0, 0)] * (images.ndim - 2) + [(pixels, pixels)] * 2)
    result = np.empty_like(images)
    sides = rng.integers(0, len(_SIDES), len(images))
    for side, (down, right) in enumerate(_SIDES):
        top, left = pixels * (1 - down), pixels * (1 - right)
        here = sides == side
        result[here] = padded[here, ..., top : top + high, left : left + wide]
    return result


def perturb(images: NDArray[np.uint8], kind: str, amount: float) -> NDArray[np.uint8]:
    """Pictures changed by one of `AMOUNTS`, by the same chance each time."""
    rng = np.random.default_rng(0)
    if kind == SHIFT:
        return shift_images(images, round(amount), rng)
    return augment(images, rng, Augmentation(flip=amount))


@dataclass(frozen=True)
class _FixedWeights:
    theta: NDArray[np.float32]


def robust_accuracy(context: ProbeContext, kind: str, amount: float, hold: bool) -> float:
    """The accuracy on up to 1,000 perturbed test pictures.

    With `hold` the weights are kept as they are now: they answer all questions until the next one
    with `hold`, however training continues.
    """
    run = context.run
    if not isinstance(run.data.test.spec, ImageSpec) or not run.data.test.classes:
        raise LabError(
            tr(
                "Only pictures with classes can be shifted and made noisy; these samples are of "
                "another kind."
            )
        )
    fixed = context.cached(_FixedWeights)
    if hold or fixed is None:
        fixed = context.keep(_FixedWeights(run.arena.theta.copy()))
    test = run.data.test
    numbers = evenly_spaced(len(test), _MOST)
    images, labels = perturb(test.inputs[numbers], kind, amount), test.labels[numbers]
    right = 0
    with run.with_weights(fixed.theta):
        for at in range(0, len(numbers), _CHUNK):
            part = slice(at, at + _CHUNK)
            guesses = run.task.predict_proba(run.model, images[part]).argmax(axis=1)
            right += int(np.count_nonzero(guesses == labels[part]))
    return right / max(len(numbers), 1)
