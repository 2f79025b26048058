"""Letting a network read the boxes of a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphRecipe, cut_glyph
from core.ocr.lines import word_starts
from core.ocr.page import Page

Classifier = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (N, 28, 28) uint8, white on black → probabilities (N, C) float32."""

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


def read_boxes(
    page: Page,
    rects: Sequence[Rect],
    classify: Classifier,
    classes: Sequence[str],
    recipe: GlyphRecipe,
) -> list[Reading]:
    """One reading a rectangle; all of them go through the network together."""
    if not rects:
        return []
    return read_glyphs(glyphs_of(page, rects, recipe), classify, classes)


def glyphs_of(page: Page, rects: Sequence[Rect], recipe: GlyphRecipe) -> NDArray[np.uint8]:
    """The pictures (N, 28, 28) that a network sees of N ≥ 1 rectangles."""
    return np.stack([cut_glyph(page.clean, rect, recipe, page.threshold) for rect in rects])


def read_glyphs(
    images: NDArray[np.uint8], classify: Classifier, classes: Sequence[str]
) -> list[Reading]:
    """One reading a picture of (N, 28, 28)."""
    chances = classify(images)
    return [_reading(image, p, classes) for image, p in zip(images, chances, strict=True)]


def text_of(lines: Sequence[Sequence[Rect]], readings: Sequence[Reading]) -> str:
    """The text of lines of rectangles; `readings` follow them in reading order."""
    chars = iter([reading.char for reading in readings])
    return "\n".join(spaced(line, [next(chars) for _ in line]) for line in lines)


def spaced(line: Sequence[Rect], chars: Sequence[str]) -> str:
    """One line's characters as text, with a space where a gap parts words."""
    parts = zip(word_starts(line), chars, strict=True)
    return "".join(f" {char}" if starts else char for starts, char in parts)


def _reading(
    image: NDArray[np.uint8], chances: NDArray[np.float32], classes: Sequence[str]
) -> Reading:
    if not image.any():
        return Reading("", 0.0, (), image)
    best = np.argsort(-chances, kind="stable")[:_GUESSES]
    (char, p), *others = ((classes[k], float(chances[k])) for k in best)
    return Reading(char, p, tuple(others), image)
