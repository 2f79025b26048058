"""Classification of the boxes of a page by a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphStyle, cut_glyph
from core.ocr.page import Page
from core.ocr.shift_augmentation import Classifier, average_over_shifts

_GUESSES = 3


@dataclass(frozen=True)
class Reading:
    """What a network makes of one box.

    The best guess `char` with probability `p`, up to two `alternatives`, and the very `image`
    (28, 28) uint8 that it saw. A box without ink is not read: `char` is "" and `p` 0.
    """

    char: str
    p: float
    alternatives: tuple[tuple[str, float], ...]
    image: NDArray[np.uint8]

    @property
    def guesses(self) -> tuple[tuple[str, float], ...]:
        """All guesses with their probabilities, the best first; none of a box without ink."""
        return ((self.char, self.p), *self.alternatives) if self.char else ()


def read_boxes(
    page: Page,
    rects: Sequence[Rect],
    classify: Classifier,
    classes: Sequence[str],
    recipe: GlyphStyle,
    shifts: int | None = None,
) -> list[Reading]:
    """One reading a rectangle; all of them go through the network together.

    `shifts`: of the test-time augmentation, by default the page's own.
    """
    if not rects:
        return []
    shifts = page.settings.shifts if shifts is None else shifts
    return read_glyphs(glyphs_of(page, rects, recipe), classify, classes, shifts)


def glyphs_of(page: Page, rects: Sequence[Rect], recipe: GlyphStyle) -> NDArray[np.uint8]:
    """The pictures (N, 28, 28) that a network sees of N ≥ 1 rectangles."""
    return np.stack([cut_glyph(page.clean, rect, recipe, page.threshold) for rect in rects])


def read_glyphs(
    images: NDArray[np.uint8],
    classify: Classifier,
    classes: Sequence[str],
    shifts: int = 0,
) -> list[Reading]:
    """One reading a picture of (N, 28, 28)."""
    probs = average_over_shifts(images, classify, shifts)
    best = np.argsort(-probs, axis=1, kind="stable")[:, :_GUESSES]
    sure = np.take_along_axis(probs, best, axis=1)
    inked = [bool(image.any()) for image in images]
    readings = []
    for image, ink, places, ps in zip(images, inked, best.tolist(), sure.tolist(), strict=True):
        if not ink:
            readings.append(Reading("", 0.0, (), image))
            continue
        (char, p), *others = ((classes[k], p) for k, p in zip(places, ps, strict=True))
        readings.append(Reading(char, p, tuple(others), image))
    return readings
