"""Classification of the boxes of a page by a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.confidence import NO_CORRECTION, Classifier, ConfidenceSettings
from core.ocr.glyph import GlyphStyle, cut_glyph
from core.ocr.lines import word_starts
from core.ocr.page import Page

_GUESSES = 3


@dataclass(frozen=True)
class Reading:
    """What a network makes of one box.

    The best guess `char` with probability `p`, up to two `alternatives`, and the very `image`
    (28, 28) uint8 that it saw. A box without ink is not read: `char` is "" and `p` 0. `known`:
    False where the network is too unsure for its guess to count.
    """

    char: str
    p: float
    alternatives: tuple[tuple[str, float], ...]
    image: NDArray[np.uint8]
    known: bool = True


def read_boxes(
    page: Page,
    rects: Sequence[Rect],
    classify: Classifier,
    classes: Sequence[str],
    recipe: GlyphStyle,
    care: ConfidenceSettings | None = None,
) -> list[Reading]:
    """One reading a rectangle; all of them go through the network together.

    `care`: how carefully, by default with the page's own second looks.
    """
    if not rects:
        return []
    care = care or ConfidenceSettings(page.settings.shifts)
    return read_glyphs(glyphs_of(page, rects, recipe), classify, classes, care)


def glyphs_of(page: Page, rects: Sequence[Rect], recipe: GlyphStyle) -> NDArray[np.uint8]:
    """The pictures (N, 28, 28) that a network sees of N ≥ 1 rectangles."""
    return np.stack([cut_glyph(page.clean, rect, recipe, page.threshold) for rect in rects])


def read_glyphs(
    images: NDArray[np.uint8],
    classify: Classifier,
    classes: Sequence[str],
    care: ConfidenceSettings = NO_CORRECTION,
) -> list[Reading]:
    """One reading a picture of (N, 28, 28)."""
    probs = care.probs(images, classify)
    best = np.argsort(-probs, axis=1, kind="stable")[:, :_GUESSES]
    sure = np.take_along_axis(probs, best, axis=1)
    inked = [bool(image.any()) for image in images]
    readings = []
    for image, ink, places, ps in zip(images, inked, best.tolist(), sure.tolist(), strict=True):
        if not ink:
            readings.append(Reading("", 0.0, (), image, known=False))
            continue
        (char, p), *others = ((classes[k], p) for k, p in zip(places, ps, strict=True))
        readings.append(Reading(char, p, tuple(others), image, p >= care.doubt))
    return readings


def text_of(lines: Sequence[Sequence[Rect]], readings: Sequence[Reading]) -> str:
    """The text of lines of rectangles; `readings` follow them in reading order."""
    chars = iter([reading.char for reading in readings])
    return "\n".join(line_text(line, [next(chars) for _ in line]) for line in lines)


def line_text(line: Sequence[Rect], chars: Sequence[str]) -> str:
    """One line's characters as text, with a space where a gap parts words."""
    parts = zip(word_starts(line), chars, strict=True)
    return "".join(f" {char}" if starts else char for starts, char in parts)
