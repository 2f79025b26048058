"""Fits a box to its ink, and finds cuts between two characters in a box."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import MIN_SIDE, Rect
from core.ocr.glyph import components_in
from core.ocr.page import Page

_OWN = 0.5  # share of a stroke inside the box from which all of it belongs to the box
_DUST = 0.02  # of the largest stroke's ink: smaller marks do not stretch a box
_AROUND = 0.5  # of the box's longer side: how far beside it a stroke is followed
_BREATH = 0.01  # of width and height together: paper left around the ink
_MARGIN = 0.2  # of the width: no character is narrower, so no cut is nearer to a side
_MOST_CUTS = 8


def fit_to_ink(page: Page, rect: Rect) -> Rect | None:
    """The smallest rectangle around the strokes that lie mostly in `rect`, or around its ink.

    A stroke that the box cuts off by less than half is followed outside. None where there is no
    ink. Pixels of the photo.
    """
    mask, left, top = _ink_around(page, rect)
    if not mask.size:
        return None
    box = np.s_[
        max(0, round(rect.y) - top) : max(0, round(rect.bottom) - top),
        max(0, round(rect.x) - left) : max(0, round(rect.right) - left),
    ]
    labels, within, overall = components_in(mask, box)
    if not within.any():
        return None
    large = within >= max(2.0, _DUST * within.max())
    own = large & (within >= _OWN * overall)
    if own.any():
        meant = own[labels]
    else:  # the box shows a piece of something larger: fit that piece
        meant = np.zeros(mask.shape, bool)
        meant[box] = large[labels[box]]
    x, y, w, h = cv2.boundingRect(meant.astype(np.uint8))
    if not w:
        return None
    breath = _BREATH * (w + h)
    tight = Rect(left + x - breath, top + y - breath, w + 2 * breath, h + 2 * breath)
    return tight.clamped(page.photo.width, page.photo.height)


def stroke_edges(page: Page, rect: Rect) -> tuple[list[float], list[float]]:
    """(xs, ys) where strokes in and near `rect` begin and end, pixels of the photo."""
    mask, left, top = _ink_around(page, rect)
    if not mask.any():
        return [], []
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    x, y, w, h, area = stats[1:].T
    large = area >= _DUST * area.max()
    # Strokes that go on beyond the window have no edge here.
    xs = [*x[large & (x > 0)], *(x + w)[large & (x + w < mask.shape[1])]]
    ys = [*y[large & (y > 0)], *(y + h)[large & (y + h < mask.shape[0])]]
    return [float(left + at) for at in xs], [float(top + at) for at in ys]


def cut_candidates(page: Page, rect: Rect) -> list[float]:
    """Places (x, pixels of the photo) where a cut crosses least ink, the best first.

    The middle of each gap or thin bridge counts once; without ink the middle of the box is left.
    """
    middle = rect.x + rect.w / 2
    left, right = round(rect.x), round(rect.right)
    ink = _ink(page, left, round(rect.y), right, round(rect.bottom)).sum(axis=0).astype(float)
    margin = max(round(_MARGIN * len(ink)), int(MIN_SIDE))
    if len(ink) <= 2 * margin or not ink.any():
        return [middle]
    inner = np.arange(margin, len(ink) - margin)
    off = np.abs(inner - len(ink) / 2) / len(ink)
    cost = ink[inner] / max(ink.max(), 1.0) + 0.3 * off
    # One candidate a valley: what is no worse than its neighbours on both sides.
    before = np.concatenate(([np.inf], cost[:-1]))
    after = np.concatenate((cost[1:], [np.inf]))
    valleys = np.flatnonzero((cost <= before) & (cost < after))
    best = valleys[np.argsort(cost[valleys], kind="stable")][:_MOST_CUTS]
    return [max(0, left) + float(inner[k]) for k in best] or [middle]


def _ink_around(page: Page, rect: Rect) -> tuple[NDArray[np.uint8], int, int]:
    """1 where there is ink in and near `rect`, and the left and upper edge of that place."""
    height, width = page.flat.shape
    pad = _AROUND * max(rect.w, rect.h)
    left, top = max(0, round(rect.x - pad)), max(0, round(rect.y - pad))
    right, bottom = min(width, round(rect.right + pad)), min(height, round(rect.bottom + pad))
    return _ink(page, left, top, right, bottom), left, top


def _ink(page: Page, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """1 where the even page is at least as dark as ink."""
    crop = page.flat[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return np.asarray((255.0 - crop >= page.threshold), np.uint8)
