"""Glyph cutting: a box of the page as the 28×28 picture that a network has learnt to read."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.glyph_preprocessing import (
    EMNIST_STYLE,
    FINE,
    MNIST_STYLE,
    SIDE,
    GlyphStyle,
    compose_glyph,
)
from core.ocr.boxes import Rect

__all__ = ["EMNIST_STYLE", "INK", "MNIST_STYLE", "SIDE", "GlyphStyle", "components_in", "cut_glyph"]

INK = 40.0  # darkness (255 − level) that counts as ink where no page says otherwise

_MOST = 160  # longest side of a box, pixels: larger ones are reduced first
_AROUND = 0.35  # of the box: how far beside it a stroke is followed to see whose it is
_COMMON = 0.7  # of a stroke's pixels are no darker than what counts as full ink
_DUST = 0.02  # of the largest stroke's area


def cut_glyph(
    flat: NDArray[np.uint8], rect: Rect, recipe: GlyphStyle = MNIST_STYLE, threshold: float = INK
) -> NDArray[np.uint8]:
    """(28, 28) uint8, white on black, of the ink in `rect` on an even page `flat` (H, W).

    Strokes that only reach in from a neighbour are left out. A box without ink gives zeros.
    `threshold`: the page's darkness from which a pixel is ink.
    """
    dark = _own_ink(flat, rect, threshold)
    if dark is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    return compose_glyph(_drawn(dark, recipe), recipe)


def _own_ink(flat: NDArray[np.uint8], rect: Rect, threshold: float) -> NDArray[np.float32] | None:
    """Ink 0..1 of the box's own components, cropped tightly; None where there is none."""
    height, width = flat.shape
    x0, y0 = max(0, round(rect.x)), max(0, round(rect.y))
    x1, y1 = min(width, round(rect.right)), min(height, round(rect.bottom))
    if x1 <= x0 or y1 <= y0:
        return None
    pad = round(_AROUND * max(x1 - x0, y1 - y0))
    left, top = max(0, x0 - pad), max(0, y0 - pad)
    crop = flat[top : min(height, y1 + pad), left : min(width, x1 + pad)]
    # Whole pixels are averaged, several times as fast as parts of them.
    block = math.ceil(max(x1 - x0, y1 - y0) / _MOST)
    scale = 1 / block
    if block > 1:
        size = max(1, crop.shape[1] // block), max(1, crop.shape[0] // block)
        crop = crop[: size[1] * block, : size[0] * block]
        crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    box = np.s_[
        round((y0 - top) * scale) : round((y1 - top) * scale),
        round((x0 - left) * scale) : round((x1 - left) * scale),
    ]
    dark = cv2.bitwise_not(crop)
    mask = cv2.threshold(dark, threshold - 1, 1, cv2.THRESH_BINARY)[1]
    own = _own_strokes(mask, box)
    if own is None:
        return None
    level = dark[box][own > 0]
    common = int(_COMMON * (len(level) - 1))
    full = max(float(np.partition(level, common)[common]), 1.0)
    # Soft edges belong to the stroke; what lies beyond them belongs to the paper or a neighbour.
    near = cv2.dilate(own, np.ones((3, 3), np.uint8))
    faint = min(threshold, full) * 0.5
    ink = np.clip((dark[box].astype(np.float32) - faint) / (full - faint), 0, 1) * near
    x, y, w, h = cv2.boundingRect(near)
    return np.asarray(ink[y : y + h, x : x + w], np.float32)


def _own_strokes(mask: NDArray[np.uint8], box: tuple[slice, slice]) -> NDArray[np.uint8] | None:
    """Mask of `box`: the connected components mostly in it, or that are most of its ink."""
    labels, within, overall = components_in(mask, box)
    ink = int(within.sum())
    if ink == 0:
        return None
    keep = (within >= 0.5 * overall) | (within >= 0.5 * ink)
    keep &= within >= max(2.0, _DUST * within.max())
    if not keep.any():
        keep = within == within.max()
    keep[0] = False
    return keep[labels[box]].astype(np.uint8)


def components_in(
    mask: NDArray[np.uint8], box: tuple[slice, slice]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Labels (H, W) of the connected components, and of each its pixels in `box` and in all; the
    paper, component 0, has none in it.
    """
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    within = np.bincount(labels[box].ravel(), minlength=count)
    within[0] = 0
    return labels, within, np.maximum(np.bincount(labels.ravel(), minlength=count), 1)


def _drawn(ink: NDArray[np.float32], recipe: GlyphStyle) -> NDArray[np.float32]:
    """The ink resized to `FINE` times its final size, its strokes about as thick as the data's."""
    target = recipe.target * FINE
    longest = max(ink.shape)
    pen = _pen_width(ink)
    thin, thick = 0.75 * recipe.stroke * FINE, 1.25 * recipe.stroke * FINE
    thickness = pen * target / longest
    grow = 0
    if longest > 3 * pen and not thin <= thickness <= thick:
        # Growing the strokes grows the whole: solve for the scale at which, once grown, the strokes
        # are `wish` thick and the whole is `target` long.
        wish = thin if thickness < thin else thick
        grow = round(wish - pen * (target - wish) / (longest - pen))
    scale = (target - grow) / longest
    size = tuple(max(1, round(side * scale)) for side in ink.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    drawn = cv2.resize(ink, size, interpolation=method)
    if grow:
        reach = abs(grow)
        drawn = cv2.copyMakeBorder(drawn, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach + 1, reach + 1))
        drawn = (cv2.dilate if grow > 0 else cv2.erode)(drawn, kernel)
    return np.asarray(drawn, np.float32)


def _pen_width(ink: NDArray[np.float32]) -> float:
    """Pixels, from the distance to the edge: it averages a quarter of the width across a stroke."""
    solid = cv2.copyMakeBorder((ink >= 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    area = int(solid.sum())
    return max(1.0, 4 * float(inside.sum()) / area - 1) if area else 1.0
