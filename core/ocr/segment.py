"""From ink to characters in lines: connected pieces, put together and taken apart."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect

_SPECK = 0.14
_SLOPES = np.tan(np.radians(np.linspace(-6, 6, 49)))


@dataclass(frozen=True)
class Found:
    """Characters line by line, the slope of the lines, and the typical height of a character."""

    lines: list[list[Rect]]
    slope: float
    height: float


def find_characters(mask: NDArray[np.uint8]) -> Found:
    """Group the ink (H, W) of a page into characters and lines, in reading order.

    Pieces are never cut by rows, so slanted lines and ascenders that reach into the line above do
    no harm; specks, page edges and ruled lines are left out.
    """
    pieces = _pieces(mask)
    if not pieces:
        return Found([], 0.0, 0.0)
    height = _typical_height(pieces)
    pieces = [p for p in pieces if max(p.w, p.h) >= _SPECK * height]
    big = [p for p in pieces if p.h >= 0.4 * height] or pieces
    slope = _slope(big, height)
    centres = _line_centres(big, slope, height)
    lines: list[list[Rect]] = [[] for _ in centres]
    for piece in pieces:
        offsets = np.abs(centres - _level(piece, slope))
        nearest = int(np.argmin(offsets))
        if offsets[nearest] < 1.2 * height:
            lines[nearest].append(piece)
    whole = [_split_wide(_join(line, height), mask, height) for line in lines]
    kept = [
        sorted((r for r in line if max(r.w, r.h) >= 0.3 * height), key=lambda r: r.centre[0])
        for line in whole
    ]
    return Found([line for line in kept if line], slope, height)


def _pieces(mask: NDArray[np.uint8]) -> list[Rect]:
    """Connected pieces of ink that could be writing."""
    page_h, page_w = mask.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    pieces = []
    for x, y, w, h, area in stats[1:].tolist():
        long_side, short_side = max(w, h), max(1, min(w, h))
        on_edge = x == 0 or y == 0 or x + w == page_w or y + h == page_h
        ruled = long_side > 0.25 * max(page_w, page_h) or (on_edge and long_side > 12 * short_side)
        if area >= 6 and not ruled and h < 0.6 * page_h and w < 0.6 * page_w:
            if on_edge and area > 0.5 * w * h and long_side > 0.05 * page_w:
                continue
            pieces.append(Rect(x, y, w, h))
    return pieces


def _typical_height(pieces: list[Rect]) -> float:
    """The height of which half the written area is taller: specks hardly count."""
    heights = np.array([p.h for p in pieces])
    weights = np.array([p.h * p.h for p in pieces])
    order = np.argsort(heights)
    total = np.cumsum(weights[order])
    return float(heights[order][np.searchsorted(total, total[-1] / 2)])


def _level(piece: Rect, slope: float) -> float:
    """How far down a piece lies once the page is turned straight."""
    x, y = piece.centre
    return y - slope * x


def _slope(pieces: list[Rect], height: float) -> float:
    """The slope at which the pieces fall into the sharpest lines."""
    if len(pieces) < 4:
        return 0.0
    x, y = np.array([p.centre for p in pieces]).T
    best, sharpest = 0.0, -1.0
    for slope in sorted(_SLOPES, key=abs):
        levels = (y - slope * x) / (height / 3)
        histogram = np.bincount((levels - levels.min()).astype(int)).astype(float)
        spread = np.convolve(histogram, (0.5, 1, 0.5))
        sharpness = float((spread**2).sum())
        if sharpness > sharpest * 1.02:
            best, sharpest = float(slope), sharpness
    return best


def _line_centres(pieces: list[Rect], slope: float, height: float) -> NDArray[np.float64]:
    """Where the lines are: peaks of the pieces' density over the page's height."""
    levels = np.array([_level(p, slope) for p in pieces])
    weights = np.array([p.h for p in pieces])
    grid = np.arange(levels.min() - height, levels.max() + height, max(height / 12, 1))
    sigma = 0.36 * height
    density = np.zeros(len(grid))
    for level, weight in zip(levels, weights, strict=True):
        density += weight * np.exp(-0.5 * ((grid - level) / sigma) ** 2)
    inside = np.r_[False, (density[1:-1] >= density[:-2]) & (density[1:-1] > density[2:]), False]
    peaks = grid[inside]
    strength = density[inside]
    kept: list[float] = []
    for index in np.argsort(-strength):
        if all(abs(peaks[index] - other) > 0.75 * height for other in kept):
            kept.append(float(peaks[index]))
    return np.array(sorted(kept)) if kept else np.array([float(np.median(levels))])


def _overlap(a: Rect, b: Rect) -> float:
    """How much of the narrower one lies above or below the other, horizontally."""
    shared = min(a.right, b.right) - max(a.x, b.x)
    return shared / max(min(a.w, b.w), 1.0)


def _join(pieces: list[Rect], height: float) -> list[Rect]:
    """Dots to their stems, broken strokes together: what stands above each other is one character."""
    todo = sorted(pieces, key=lambda p: p.x)
    joined = True
    while joined:
        joined = False
        done: list[Rect] = []
        for piece in todo:
            for index, other in enumerate(done):
                if _belong(piece, other, height):
                    done[index] = piece.united(other)
                    joined = True
                    break
            else:
                done.append(piece)
        todo = done
    return todo


def _belong(a: Rect, b: Rect, height: float) -> bool:
    small, large = sorted((a, b), key=lambda r: r.w * r.h)
    gap = max(small.y - large.bottom, large.y - small.bottom, 0.0)
    if gap > 0.8 * height:
        return False
    if _overlap(a, b) >= 0.6:
        return a.united(b).h <= 2.2 * height
    is_dot = max(small.w, small.h) < 0.4 * height and small.bottom < large.y + 0.2 * large.h
    near = small.x < large.right + 0.25 * height and small.right > large.x - 0.1 * height
    return is_dot and near and large.w < 0.6 * height


def _split_wide(rects: list[Rect], mask: NDArray[np.uint8], height: float) -> list[Rect]:
    """Characters that touch are cut where little ink joins them."""
    if len(rects) < 3:
        return rects
    usual = float(np.median([r.w for r in rects]))
    split: list[Rect] = []
    for rect in rects:
        if rect.w > 1.75 * usual and rect.w > 1.35 * rect.h:
            split.extend(_cut(rect, mask, usual))
        else:
            split.append(rect)
    return split


def _cut(rect: Rect, mask: NDArray[np.uint8], usual: float) -> list[Rect]:
    x, y, w, h = (int(v) for v in (rect.x, rect.y, rect.w, rect.h))
    ink = mask[y : y + h, x : x + w]
    columns = ink.sum(axis=0)
    low, high = int(0.3 * usual), w - int(0.3 * usual)
    if high <= low:
        return [rect]
    at = low + int(np.argmin(columns[low:high]))
    if columns[at] > 0.3 * h:
        return [rect]
    parts = []
    for left, right in ((0, at), (at, w)):
        rows = np.flatnonzero(ink[:, left:right].any(axis=1))
        if len(rows):
            parts.append(Rect(x + left, y + int(rows[0]), right - left, int(rows[-1] - rows[0] + 1)))
    return parts
