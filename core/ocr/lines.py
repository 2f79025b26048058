"""Text-line grouping of characters, in reading order."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.ocr.boxes import CharacterBox, Rect

_LOOK_BACK = 4  # a line is followed by its last few characters
_SMALL = 0.4  # of the typical height: what is lower does not lead a line
_SAME = 0.35  # share of the smaller height that must lie in the line's band
_FAR = 3.0  # neighbours that tell the page's slope stand closer than this many heights
_WORD_GAP = 0.55  # of the line's height: a gap that may part words


def group_lines(rects: Sequence[Rect], height: float) -> list[list[Rect]]:
    """Lines from top to bottom, each from left to right. `height`: a typical character's.

    No row of the picture has to be empty: each character, from left to right, joins the line whose
    last characters, carried on along the page's slope, overlap it most. So lines may rise, bend
    and send tails into each other.
    """
    slope = page_slope(rects, height)
    lines: list[list[Rect]] = []
    # A dot or comma says little of where its line runs: it waits until there are lines to join.
    ordered = sorted(rects, key=lambda r: r.centre[0])
    for rect in [r for r in ordered if r.h >= _SMALL * height]:
        _place(rect, lines, [line[-_LOOK_BACK:] for line in lines], slope)
    for rect in [r for r in ordered if r.h < _SMALL * height]:
        _place(rect, lines, [_nearest(line, rect) for line in lines], slope)
    ranked = sorted(lines, key=lambda line: _level(line, slope))
    return [sorted(line, key=lambda r: r.centre[0]) for line in ranked]


def _place(
    rect: Rect, lines: list[list[Rect]], bands: Sequence[Sequence[Rect]], slope: float
) -> None:
    """Append to the line whose band it shares most, or begin a new one."""
    shares = [_share(band, rect, slope) for band in bands]
    best = int(np.argmax(shares)) if shares else -1
    if best >= 0 and shares[best] >= _SAME:
        lines[best].append(rect)
    else:
        lines.append([rect])


def _nearest(line: Sequence[Rect], rect: Rect) -> list[Rect]:
    return sorted(line, key=lambda r: abs(r.centre[0] - rect.centre[0]))[:_LOOK_BACK]


def page_slope(rects: Sequence[Rect], height: float) -> float:
    """dy/dx of the writing: the median over neighbouring characters, which tails cannot sway."""
    slopes = []
    centres = np.array([rect.centre for rect in rects]).reshape(-1, 2)
    for x, y in centres:
        dx, dy = centres[:, 0] - x, centres[:, 1] - y
        near = (dx > 0.2 * height) & (dx < _FAR * height) & (np.abs(dy) < 0.5 * height)
        slopes += list(dy[near] / dx[near])
    return float(np.median(slopes)) if slopes else 0.0


def word_starts(line: Sequence[Rect], gap: float = 1.0) -> list[bool]:
    """For each character of a line: does a space stand before it?

    A space is a gap clearly wider than the line's usual one and wide against its letters; `gap`
    times as wide as that, 1 is usual.
    """
    gaps = np.array([b.x - a.right for a, b in pairwise(line)])
    if not len(gaps):
        return [False] * len(line)
    height = float(np.median([rect.h for rect in line]))
    usual = float(np.quantile(gaps, 0.4))
    wide = max(_WORD_GAP * height, 1.8 * usual, usual + 0.35 * height)
    return [False, *(bool(found > gap * wide) for found in gaps)]


def space_before(line: Sequence[CharacterBox], gap: float = 1.0) -> list[bool]:
    """For each box of a line, from left to right: does a space stand before it?

    What a person has set wins over the gap on the page; `gap` as in `word_starts`.
    """
    starts = word_starts([box.rect for box in line], gap)
    return [
        place > 0 and (start if box.space is None else box.space)
        for place, (box, start) in enumerate(zip(line, starts, strict=True))
    ]


def _share(last: Sequence[Rect], rect: Rect, slope: float) -> float:
    """How much of the smaller of band and character the other covers, 0..1."""
    x = rect.centre[0]
    top = float(np.median([r.y + slope * (x - r.centre[0]) for r in last]))
    bottom = float(np.median([r.bottom + slope * (x - r.centre[0]) for r in last]))
    common = min(bottom, rect.bottom) - max(top, rect.y)
    return common / max(1.0, min(bottom - top, rect.h))


def _level(line: Sequence[Rect], slope: float) -> float:
    return float(np.median([r.centre[1] - slope * r.centre[0] for r in line]))
