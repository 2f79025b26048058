"""Splitting of components that are touching characters, at thin bridges."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.components import Components, PageScale

_WIDE = 1.9  # times the page's typical character width: too wide for one character
_WIDE_FOR_HEIGHT = 1.15  # and this many times its height
_LOW = 0.9  # of that height: a low wide stroke is an m or a w
_THIN = 1.7  # a bridge is at most this many pen widths thick,
_THIN_FOR_HEIGHT = 0.35  # or this share of the typical height, where round sides touch


def split_components(strokes: Components, scale: PageScale) -> list[Rect]:
    """A rectangle for each character; very wide strokes are cut where a thin bridge joins them."""
    rects: list[Rect] = []
    for k in range(len(strokes)):
        rect = strokes.rect(k)
        if rect.h >= _LOW * scale.height and _too_wide(rect.w, scale):
            rects += _pieces(strokes.mask(k), scale, rect.x, rect.y)
        else:
            rects.append(rect)
    return rects


def _too_wide(width: float, scale: PageScale) -> bool:
    return width > max(_WIDE * scale.width, _WIDE_FOR_HEIGHT * scale.height)


def _pieces(mask: NDArray[np.bool_], scale: PageScale, left: float, top: float) -> list[Rect]:
    """Rectangles on the page of a mask (h, w), cut at its best bridge, then again while wide."""
    at = _bridge(mask, scale)
    if at is None:
        x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
        return [Rect(left + x, top + y, w, h)] if w else []
    return _pieces(mask[:, :at], scale, left, top) + _pieces(mask[:, at:], scale, left + at, top)


def _bridge(mask: NDArray[np.bool_], scale: PageScale) -> int | None:
    """The column of the thinnest single crossing that leaves a character on either side."""
    width = mask.shape[1]
    if not _too_wide(width, scale):
        return None
    ink = mask.sum(axis=0)
    crossings = (np.diff(mask, axis=0, prepend=False) & mask).sum(axis=0)
    margin = round(0.6 * scale.width)
    columns = np.arange(width)
    thin = max(_THIN * scale.pen, _THIN_FOR_HEIGHT * scale.height)
    good = (crossings <= 1) & (ink <= thin)
    good &= (columns >= margin) & (columns < width - margin)
    if not good.any():
        return None
    expected = width / max(2, round(width / scale.width))
    off = np.abs((columns + expected / 2) % expected - expected / 2) / expected
    cost = np.where(good, ink / scale.pen + off, np.inf)
    return int(cost.argmin())
