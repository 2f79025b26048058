"""Connected components of the ink, and the joining of those that make one character."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.settings import PageSettings

_MOST = 1500  # strokes kept, largest first: more than a full page of writing holds
_RULE_WIDTH = 0.3  # a thin stroke over this share of the page's width is a ruled line
_RULE_HEIGHT = 0.6
_THIN = 0.1
_DESK = 0.005  # of the photo's area
_ON_DESK = 0.25  # of a mark's surroundings
_BLOT = 4.0  # pen widths: the stroke of a piece that no pen has drawn
_FILLED = 0.6  # of its rectangle: a filled shape
_STUBBY = 12.0  # of its own widths: no stroke of a letter is that short
_DUST = 0.12  # of a square of the pen's width: smaller marks are dust
_LARGE, _LONG = 3.2, 8.0  # heights: higher or longer is no writing, however its letters touch
_ENTWINED = 0.25  # of the narrower width: pieces side by side that overlap so much are one
_CLEAR = 1.5  # pen widths: a dot as long as that was meant
_LEANS = 0.1  # dx/dy: writing that leans
_STEM, _SLIM, _TELLING = 0.6, 0.9, 5  # heights, its own heights: strokes that show the slant; many
_DOTTED = 1.6  # heights: the widest body of an i or j
_ASIDE, _ABOVE = 0.35, 0.9  # heights: how far beside and above its body a dot may stand
_DOTTED_TALL = 2.2  # heights: body and dot together
_FRAGMENT = 0.6  # heights: lower pieces may be broken off
_CRACK, _CLOSER = 0.15, 0.4  # heights, usual gaps: how far off
_TALLEST = 1.9  # heights: the highest character that broken pieces make
_DOT = 0.45  # of the typical height: what is lower may be a dot or a bar

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Components:
    """Connected components: `left`, `top`, `right`, `bottom` (n,) pixels, `labels` (H, W) int32.

    Pixels of component k carry the labels `names[k]`, several once components were joined.
    """

    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    labels: NDArray[np.int32]
    names: tuple[frozenset[int], ...]

    def __len__(self) -> int:
        return len(self.left)

    @property
    def width(self) -> Ints:
        """(n,) pixels."""
        return self.right - self.left

    @property
    def height(self) -> Ints:
        """(n,) pixels."""
        return self.bottom - self.top

    def only(self, keep: Bools) -> "Components":
        """Those where `keep` (n,) holds."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        left, top = self.left[keep], self.top[keep]
        return Components(left, top, self.right[keep], self.bottom[keep], self.labels, names)

    def rect(self, k: int) -> Rect:
        """Around component k."""
        x, y = int(self.left[k]), int(self.top[k])
        return Rect(x, y, int(self.right[k]) - x, int(self.bottom[k]) - y)

    def mask(self, k: int) -> Bools:
        """(h, w) the pixels of that rectangle that are its own."""
        y, x = slice(self.top[k], self.bottom[k]), slice(self.left[k], self.right[k])
        return np.isin(self.labels[y, x], list(self.names[k]))


@dataclass(frozen=True)
class PageScale:
    """Sizes typical of the page, pixels: a character's height and width, the pen's stroke."""

    height: float
    width: float
    pen: float

    @property
    def usual_width(self) -> float:
        """A character's width, whatever the strokes': most may be i and l, or several joined."""
        return min(max(self.width, 0.7 * self.height), 0.9 * self.height)


def find_components(ink: Bools) -> tuple[Components, PageScale]:
    """Connected components of the mask (H, W), without paper edges, long lines and dust."""
    if ink.size == 0:
        return no_components()
    mask = ink.astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    x, y, w, h, area = stats.astype(np.int64).T
    desk = _at_edge(x, y, w, h, ink.shape) & (area > _DESK * mask.size)
    desk[0] = False
    on_desk = np.zeros(len(area), bool)
    sheet = mask
    if desk.any():  # it would pass for a very thick pen, and its grain for writing
        table = desk[labels].astype(np.uint8)
        sheet = mask & (1 - table)
        on_desk = _share_around(table, x, y, w, h) > _ON_DESK
    pens = _pen_widths(sheet, labels, len(area))
    length = np.where(area > 0, area / pens, 0.0)
    length[0] = 0.0  # the paper
    pen = _typical(pens, length)
    keep = (area >= max(4.0, _DUST * pen * pen)) & _is_writing(x, y, w, h, area, ink.shape)
    keep &= ~(on_desk | _solid(w, h, area, pens, pen))
    keep[0] = False  # the paper
    chosen = np.flatnonzero(keep)
    chosen = chosen[np.argsort(-area[chosen], kind="stable")[:_MOST]]
    names = tuple(frozenset((int(label),)) for label in chosen)
    x, y, w, h = x[chosen], y[chosen], w[chosen], h[chosen]
    height = max(_typical(h, h), 2 * pen)
    tall = h > 0.5 * height
    width = float(np.median(w[tall])) if tall.any() else height
    return Components(x, y, x + w, y + h, labels, names), PageScale(height, width, pen)


def no_components() -> tuple[Components, PageScale]:
    """The components of an empty page."""
    none = np.zeros(0, np.int64)
    nothing = Components(none, none, none, none, np.zeros((0, 0), np.int32), ())
    return nothing, PageScale(2.0, 2.0, 1.0)


def join_components(strokes: Components, scale: PageScale, far: float = 1.0) -> Components:
    """Components of one character become one: dots, bars and broken pieces join their bodies.

    `far`: how far apart they may be, 1 is usual.
    """
    upright = _upright(strokes, _slant(strokes, scale))
    for _ in range(2):  # a dot may belong to a stem that was itself broken
        pairs = _belonging(upright, scale, far)
        if not pairs:
            break
        strokes, upright = _joined(strokes, pairs), _joined(upright, pairs)
    return strokes


def filter_by_size(strokes: Components, scale: PageScale, settings: PageSettings) -> Components:
    """Components without those too small (specks, hyphens) or far too large for a character."""
    small = strokes.height < settings.min_size * scale.height
    large = (strokes.height > _LARGE * scale.height) | (strokes.width > _LONG * scale.height)
    return strokes.only(~small & ~large)


def _at_edge(x: Ints, y: Ints, w: Ints, h: Ints, shape: tuple[int, ...]) -> Bools:
    """Which pieces run into the photo's border, as a desk beside the sheet does."""
    height, width = shape
    return np.asarray((x <= 0) | (y <= 0) | (x + w >= width) | (y + h >= height))


def _share_around(table: NDArray[np.uint8], x: Ints, y: Ints, w: Ints, h: Ints) -> NDArray[Any]:
    """(n,) how much of each rectangle and half its size around it is table, 0..1."""
    total = cv2.integral(table)
    height, width = table.shape
    # OpenCV places a background that is not there at the largest of integers.
    left, top = np.clip(x - w // 2 - 2, 0, width - 1), np.clip(y - h // 2 - 2, 0, height - 1)
    right = np.clip(x + w + w // 2 + 2, 1, width)
    bottom = np.clip(y + h + h // 2 + 2, 1, height)
    covered = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
    return np.asarray(covered / ((right - left) * (bottom - top)))


def _pen_widths(mask: NDArray[np.uint8], labels: NDArray[np.int32], count: int) -> NDArray[Any]:
    """(count,) the width of the stroke that each piece is made of, at least one pixel.

    Across a stroke of width p the distance to its edge averages p/4.
    """
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3) if mask.any() else np.zeros(mask.shape)
    marked = mask > 0
    pixels = np.bincount(labels[marked], minlength=count)
    total = np.bincount(labels[marked], weights=inside[marked], minlength=count)
    return np.maximum(1.0, 4 * total / np.maximum(pixels, 1) - 1)


def _typical(values: NDArray[Any], sizes: NDArray[Any]) -> float:
    """The median of `values` (n,), weighted by `sizes` (n,), so that dust does not count; but one
    blob counts no more than two usual pieces, however large it is.
    """
    usual = _weighted_median(sizes, np.sqrt(sizes))
    return _weighted_median(values, np.minimum(sizes, 2 * usual))


def _solid(w: Ints, h: Ints, area: Ints, pens: NDArray[Any], pen: float) -> Bools:
    """Which pieces are filled shapes (bars, blots, stickers), not strokes of such a pen."""
    thick = (pens > _BLOT * pen) & (np.minimum(w, h) > _BLOT * pen)
    return np.asarray(thick & ((area > _FILLED * w * h) | (area < _STUBBY * pens * pens)))


def _is_writing(x: Ints, y: Ints, w: Ints, h: Ints, area: Ints, shape: tuple[int, ...]) -> Bools:
    height, width = shape
    edge = _at_edge(x, y, w, h, shape)
    rule = (w > _RULE_WIDTH * width) & (h < _THIN * w)
    margin = (h > _RULE_HEIGHT * height) & (w < _THIN * h)
    frame = (w > 0.5 * width) & (h > 0.5 * height) & (area < 0.08 * w * h)
    return ~(edge | rule | margin | frame)


def _weighted_median(values: NDArray[Any], weights: NDArray[Any]) -> float:
    if not weights.any():
        return 0.0
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _slant(strokes: Components, scale: PageScale) -> float:
    """dx/dy of the writing's stems, negative where they lean to the right; 0 where few tell."""
    leans = []
    stems = (strokes.height >= _STEM * scale.height) & (strokes.width < _SLIM * strokes.height)
    for k in np.flatnonzero(stems):
        y, x = np.nonzero(strokes.mask(int(k)))
        leans.append(float(np.cov(x, y)[0, 1] / max(np.var(y), 1.0)) if len(y) > 1 else 0.0)
    return float(np.clip(np.median(leans), -1, 1)) if len(leans) >= _TELLING else 0.0


def _upright(strokes: Components, slant: float) -> Components:
    """The same with the left and right edges that they would have if the writing stood upright.

    Leaning neighbours reach over each other's dots and into each other's rectangles.
    """
    if abs(slant) < _LEANS or not len(strokes):
        return strokes
    y, x = np.nonzero(strokes.labels)
    place = np.full(int(strokes.labels.max()) + 1, -1)
    for k, name in enumerate(strokes.names):
        place[list(name)] = k
    owner = place[strokes.labels[y, x]]
    at = np.rint(x - slant * y).astype(np.int64)[owner >= 0]
    left, right = np.full(len(strokes), 2**31), np.full(len(strokes), -(2**31))
    np.minimum.at(left, owner[owner >= 0], at)
    np.maximum.at(right, owner[owner >= 0], at + 1)
    return replace(strokes, left=left, right=right)


def _belonging(strokes: Components, scale: PageScale, far: float) -> list[tuple[int, int]]:
    """Pairs (piece, body) that are one character."""
    w, h = strokes.width, strokes.height
    beside = _overlap(strokes.left, strokes.right)
    above = _overlap(strokes.top, strokes.bottom)
    common = np.clip(beside, 0, None) * np.clip(above, 0, None)
    area = w * h
    smaller = area[:, None] <= area[None, :]
    both_h = np.maximum.outer(strokes.bottom, strokes.bottom) - np.minimum.outer(
        strokes.top, strokes.top
    )
    share_x = (beside + 0.5 * scale.pen) / np.minimum.outer(w, w)

    # Rows are pieces, columns the bodies they may belong to.
    character = (h <= _LARGE * scale.height) & (w <= _LONG * scale.height)  # and no sheet's edge
    inside = common >= 0.5 * area[:, None]
    stacked = (
        (share_x >= 0.6)
        & (-above <= far * max(2 * scale.pen, 0.15 * scale.height))
        & (both_h <= _TALLEST * scale.height)
    )
    entwined = (beside >= _ENTWINED * np.minimum.outer(w, w)) & (
        above >= 0.7 * np.minimum.outer(h, h)
    )
    low = (h < _DOT * scale.height)[:, None] & (h[:, None] < 0.75 * h[None, :])
    tiny = area < 0.5 * scale.pen * scale.pen  # dust joins nothing, unless it lies inside
    clear = np.maximum(w, h) >= _CLEAR * scale.pen
    dot = (
        low
        & (w < 0.6 * scale.height)[:, None]
        # Dust above a wide letter stays dust, but a dot may be as wide as a dash.
        & ((w < 0.95 * h)[None, :] | (clear[:, None] & (w < _DOTTED * h)[None, :]))
        & (beside >= 0.5 * np.minimum.outer(w, w) - _ASIDE * scale.height)
        & (-above <= far * _ABOVE * scale.height)
        & (strokes.top[:, None] < strokes.top[None, :])
        & (both_h <= _DOTTED_TALL * scale.height)
    )
    bar = low & (-beside <= far * 1.2 * scale.pen) & (above >= 0.5 * h[:, None])
    both_w = np.maximum.outer(strokes.right, strokes.right) - np.minimum.outer(
        strokes.left, strokes.left
    )
    fragment = (
        (h < _FRAGMENT * scale.height)[:, None]
        & (-beside <= far * min(_CRACK * scale.height, _CLOSER * _usual_gap(beside, above, h)))
        & (above >= -0.1 * scale.height)
        & (both_w <= 1.3 * scale.height)
        & (both_h <= _TALLEST * scale.height)
    )
    fits = (inside | (stacked | entwined | dot | bar | fragment) & ~tiny[:, None]) & smaller
    fits &= character[None, :]
    np.fill_diagonal(fits, False)

    # Each piece joins the one body that is nearest to it.
    distance = np.hypot(2 * np.clip(-beside, 0, None), np.clip(-above, 0, None)) - 1e-6 * common
    distance += np.where(low, 0.25 * w[None, :], 0.0)  # of two bodies the thinner is an i
    distance = np.where(fits, distance, np.inf)
    return [
        (int(piece), int(distance[piece].argmin())) for piece in np.flatnonzero(fits.any(axis=1))
    ]


def _overlap(low: Ints, high: Ints) -> Ints:
    """(n, n) length that two intervals share; negative: the gap between them."""
    return np.minimum.outer(high, high) - np.maximum.outer(low, low)


def _usual_gap(beside: Ints, above: Ints, h: Ints) -> float:
    """Pixels between a stroke and the next one on its line: what parts characters, mostly."""
    facing = (above >= 0.3 * np.minimum.outer(h, h)) & (beside < 0)
    gaps = np.where(facing, -beside, np.iinfo(np.int64).max).min(axis=1, initial=2**62)
    gaps = gaps[facing.any(axis=1)]
    return float(np.median(gaps)) if len(gaps) else 0.0


def _joined(strokes: Components, pairs: list[tuple[int, int]]) -> Components:
    group = np.arange(len(strokes))
    for piece, body in pairs:
        group[group == group[piece]] = group[body]
    roots, member = np.unique(group, return_inverse=True)
    count = len(roots)
    left, top = np.full(count, 2**31), np.full(count, 2**31)
    right, bottom = np.full(count, -(2**31)), np.full(count, -(2**31))
    np.minimum.at(left, member, strokes.left)
    np.minimum.at(top, member, strokes.top)
    np.maximum.at(right, member, strokes.right)
    np.maximum.at(bottom, member, strokes.bottom)
    names: list[frozenset[int]] = [frozenset()] * count
    for name, root in zip(strokes.names, member, strict=True):
        names[root] |= name
    return Components(left, top, right, bottom, strokes.labels, tuple(names))
