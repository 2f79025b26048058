"""Limits of a character classifier: its alphabet, and joined writing that it cannot read."""

from collections.abc import Sequence

import numpy as np

from core.ocr.boxes import Rect
from core.ocr.components import filter_by_size
from core.ocr.page import Page

_TOO_WIDE = 2.2  # times a character's usual width: no single character is
_JOINED = 0.3  # of the strokes so wide: the writing is joined
_FEW = 3  # fewer wide strokes say nothing


def alphabet(classes: Sequence[str]) -> str:
    """The classes in words: “a–z”, “0–9”, “0–9, a–z”; neighbours in one run, others by name."""
    runs: list[list[str]] = []
    for name in sorted(set(classes)):
        follows = runs and len(name) == len(runs[-1][-1]) == 1
        if follows and ord(name) == ord(runs[-1][-1]) + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return ", ".join(parts)


def usual_width(page: Page) -> float:
    """A character's usual width in pixels of the photo."""
    return page.scale.usual_width * page.flat.shape[1] / max(page.small.shape[1], 1)


def is_too_wide(page: Page, rect: Rect) -> bool:
    """Whether a box (pixels of the photo) is far too wide for one character of its page."""
    return rect.w > _TOO_WIDE * max(usual_width(page), 0.7 * rect.h)


def is_joined(page: Page) -> bool:
    """Whether the page's writing looks joined: many strokes are as wide as several characters."""
    strokes = filter_by_size(page.strokes, page.scale, page.settings)
    if not len(strokes):
        return False
    across = page.flat.shape[1] / max(page.small.shape[1], 1)
    wide = strokes.width * across > _TOO_WIDE * usual_width(page)
    return int(wide.sum()) >= _FEW and float(np.mean(wide)) > _JOINED
