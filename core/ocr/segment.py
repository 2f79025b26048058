"""Character segmentation: components joined, filtered, split and put in reading order."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.components import (
    Components,
    PageScale,
    filter_by_size,
    find_components,
    join_components,
)
from core.ocr.cuts import split_components
from core.ocr.lines import group_lines
from core.ocr.ruled_lines import remove_ruled_lines
from core.ocr.settings import PageSettings

_LONELY = 0.5  # of the typical height: a line of smaller marks only is dust


def find_characters(ink: NDArray[np.bool_], settings: PageSettings) -> list[list[Rect]]:
    """Lines of characters on a mask (H, W), in its pixels; [] on a page without writing."""
    strokes, scale = find_components(remove_ruled_lines(ink) if settings.rules else ink)
    return segment_lines(join_components(strokes, scale, settings.join), scale, settings)


def segment_lines(
    strokes: Components,
    scale: PageScale,
    settings: PageSettings,
    cuts: Mapping[frozenset[int], Sequence[Rect]] | None = None,
) -> list[list[Rect]]:
    """Joined strokes as lines of characters: sifted by size, cut apart, in reading order.

    `cuts`: strokes, by name, that somebody has cut already.
    """
    strokes = filter_by_size(strokes, scale, settings)
    if not len(strokes):
        return []
    cuts = cuts or {}
    uncut = np.array([name not in cuts for name in strokes.names], bool)
    rects = [rect for name in strokes.names for rect in cuts.get(name, ())]
    if settings.split:
        rects += split_components(strokes.only(uncut), scale)
    else:
        rest = strokes.only(uncut)
        edges = zip(rest.left, rest.top, rest.width, rest.height, strict=True)
        rects += [Rect(*map(float, edge)) for edge in edges]
    lines = group_lines(rects, scale.height)
    return [line for line in lines if max(r.h for r in line) > _LONELY * scale.height]
