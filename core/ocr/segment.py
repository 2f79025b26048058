"""Character segmentation: components filtered by size, split and put in reading order."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.ocr.boxes import Rect
from core.ocr.components import Components, PageScale, filter_by_size
from core.ocr.cuts import split_components
from core.ocr.lines import group_lines
from core.ocr.settings import PageSettings

_LONELY = 0.5  # of the typical height: a line of smaller marks only is dust


def segment_lines(
    strokes: Components,
    scale: PageScale,
    settings: PageSettings,
    cuts: Mapping[frozenset[int], Sequence[Rect]] | None = None,
) -> list[list[Rect]]:
    """Joined components as lines of characters, in pixels of their mask.

    `cuts`: the parts of components, by name, that have been cut already.
    """
    strokes = filter_by_size(strokes, scale, settings)
    if not len(strokes):
        return []
    cuts = cuts or {}
    uncut = np.array([name not in cuts for name in strokes.names], bool)
    rects = [rect for name in strokes.names for rect in cuts.get(name, ())]
    rest = strokes.only(uncut)
    rects += split_components(rest, scale) if settings.split else map(rest.rect, range(len(rest)))
    lines = group_lines(rects, scale.height)
    return [line for line in lines if max(r.h for r in line) > _LONELY * scale.height]
