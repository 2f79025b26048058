"""Inverted regions (“signs”) of a page, such as a white word on a black label."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.illumination import reduced

_LONGEST = 1600  # pixels: of the copy on which signs are looked for
_DARK = 0.4  # of the paper's level: no shadow on a page is that dark
_ON_BOARD = 0.55  # the same for the inverted picture of a board, on which nothing casts shadows
_BRIGHT = 0.65  # of it: what is written on a sign
_RECTANGLE = 0.9  # of the smallest rectangle around it, turned as it may be
_LEAST = 12  # pixels of that copy: a lower sign holds nothing that can be read
_WRITTEN = (0.01, 0.6)  # share of a sign that its writing covers
_EDGE = 3  # pixels of that copy: a sign's blurred border, taken away with it
_LARGER = 1.1  # a sign is so much higher than what is written on it
_LOW = 0.2  # of a sign's height: lower marks may be grain
_HOLE = 0.65  # of its rectangle: a mark that fills more may be the hole of a bold B or 8


def restore_inverted_regions(gray: NDArray[np.uint8], turned: bool) -> NDArray[np.uint8]:
    """(H, W) grey levels with each sign inverted, so that all writing is dark on light, or light on
    dark where the page itself is `turned`. The same array where there is no sign.
    """
    if gray.size == 0:
        return gray
    page = cv2.bitwise_not(gray) if turned else gray
    size = page.shape[::-1]
    small = reduced(page, _LONGEST)
    even = _inverted(small, float(np.percentile(small, 75)), _ON_BOARD if turned else _DARK)
    if even is small:
        return gray
    changed = cv2.resize((even != small).astype(np.uint8), size)
    even = np.asarray(cv2.resize(even, size), np.uint8)
    page = np.where(changed > 0, even, page)
    return np.asarray(cv2.bitwise_not(page) if turned else page, np.uint8)


def _inverted(page: NDArray[np.uint8], paper: float, darkest: float) -> NDArray[np.uint8]:
    """(H, W) with the ground of each sign at the paper's level, and its writing as much darker as
    it was lighter. `darkest`: what is below this share of the paper's level may belong to a sign.
    """
    dark = (page < darkest * paper).astype(np.uint8)
    bright = page > _BRIGHT * paper
    even = page
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        if not _rectangular(outline, page.shape):
            continue
        x, y, w, h = cv2.boundingRect(outline)
        left, top = max(0, x - _EDGE), max(0, y - _EDGE)
        place = np.s_[top : y + h + _EDGE, left : x + w + _EDGE]
        whole = np.zeros_like(page[place])
        cv2.drawContours(whole, [outline], -1, 1, cv2.FILLED, offset=(-left, -top))
        kernel = np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)
        inside = cv2.erode(whole, kernel)
        if not _is_written(inside, bright[place]):
            continue
        even = page.copy() if even is page else even
        sign = page[place].astype(np.float32)
        written = np.clip(paper + np.median(sign[inside > 0]) - sign, 0, paper)
        border = cv2.dilate(whole, kernel) > inside
        even[place] = np.where(inside > 0, written, np.where(border, paper, even[place]))
    return even


def _rectangular(outline: Any, shape: tuple[int, ...]) -> bool:
    """Whether an outline is a rectangle, however turned, that lies wholly on the page."""
    x, y, w, h = cv2.boundingRect(outline)
    at_edge = x <= 0 or y <= 0 or x + w >= shape[1] or y + h >= shape[0]
    if at_edge or min(w, h) < _LEAST:
        return False
    _, sides, _ = cv2.minAreaRect(outline)
    return bool(cv2.contourArea(outline) > _RECTANGLE * sides[0] * sides[1])


def _is_written(core: NDArray[np.uint8], bright: NDArray[np.bool_]) -> bool:
    """Whether bright strokes lie on a sign, lower than the sign: no holes of a bold letter."""
    marks = (core > 0) & bright
    area, covered = int(core.sum()), int(marks.sum())
    if not area or not _WRITTEN[0] <= covered / area <= _WRITTEN[1]:
        return False
    height = len(np.flatnonzero(core.any(axis=1)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
    w, h, size = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, 4]
    drawn = (h >= _LOW * height) & (size < _HOLE * w * h)
    return bool(drawn.any() and h.max(initial=0) * _LARGER <= height)
