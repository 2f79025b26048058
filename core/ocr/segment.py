"""From ink to characters: strokes, joined, sifted, cut and put in order."""

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.components import find_strokes, join, reject
from core.ocr.cuts import cut_apart
from core.ocr.lines import group_lines
from core.ocr.settings import PageSettings


def find_characters(ink: NDArray[np.bool_], settings: PageSettings) -> list[list[Rect]]:
    """Lines of characters on a mask (H, W), in its pixels; [] on a page without writing."""
    strokes, scale = find_strokes(ink)
    if not len(strokes):
        return []
    strokes = reject(join(strokes, scale), scale, settings)
    if settings.split:
        rects = cut_apart(strokes, scale)
    else:
        edges = zip(strokes.left, strokes.top, strokes.width, strokes.height, strict=True)
        rects = [Rect(*map(float, edge)) for edge in edges]
    return group_lines(rects, scale.height)
