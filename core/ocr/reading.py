"""Reading: boxes to characters with probabilities, and characters to text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphRecipe
from core.ocr.page import Page

Classifier = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
_GUESSES = 3


@dataclass(frozen=True)
class Reading:
    """What a network makes of one box: the best guess, the next two, and the picture it saw."""

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
    """Read rectangles of a page; `classify` turns (N, 28, 28) bytes into probabilities (N, C)."""
    if not rects:
        return []
    images = np.stack([page.glyph(rect, recipe) for rect in rects])
    probabilities = classify(images)
    order = np.argsort(-probabilities, axis=1)[:, :_GUESSES]
    readings = []
    for image, row, best in zip(images, probabilities, order, strict=True):
        guesses = [(classes[i], float(row[i])) for i in best]
        readings.append(Reading(*guesses[0], tuple(guesses[1:]), image))
    return readings


def line_text(rects: Sequence[Rect], chars: Sequence[str]) -> str:
    """Characters of one line from left to right, with a space where the gap is a word's.

    A gap counts as a space when it is wider than usual in the line by more than half a height.
    """
    if not rects:
        return ""
    order = sorted(range(len(rects)), key=lambda i: rects[i].x)
    gaps = [rects[b].x - rects[a].right for a, b in zip(order, order[1:], strict=False)]
    height = float(np.median([rect.h for rect in rects]))
    usual = float(np.median(gaps)) if gaps else 0.0
    text = chars[order[0]]
    for index, gap in zip(order[1:], gaps, strict=True):
        text += (" " if gap > usual + 0.55 * height else "") + chars[index]
    return text
