"""From a box on a page to the picture a network knows: cut, scaled, centred as in its data set."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.ink import Ink

SIDE = 28


@dataclass(frozen=True)
class GlyphRecipe:
    """How a data set made its 28×28 pictures.

    The longest side of a character becomes `target` pixels; it is centred by centre of mass (MNIST)
    or by its box (EMNIST) and blurred by `blur` pixels. Thinner strokes than `stroke` pixels are
    thickened to it: a fineliner in a large box would otherwise nearly vanish.
    """

    target: int = 20
    centre: Literal["mass", "box"] = "mass"
    blur: float = 0.45
    stroke: float = 2.6


MNIST_GLYPHS = GlyphRecipe()
_EMPTY = np.zeros((SIDE, SIDE), np.uint8)


def cut_glyph(ink: Ink, rect: Rect, recipe: GlyphRecipe = MNIST_GLYPHS) -> NDArray[np.uint8]:
    """The (28, 28) picture, white on black, of what stands in `rect`; black where nothing does.

    Pieces of neighbours that reach into the box are left out when most of them lies outside.
    """
    page_h, page_w = ink.mask.shape
    x0, y0 = max(int(rect.x), 0), max(int(rect.y), 0)
    x1, y1 = min(int(np.ceil(rect.right)), page_w), min(int(np.ceil(rect.bottom)), page_h)
    if x1 <= x0 or y1 <= y0:
        return _EMPTY.copy()
    margin = max(2, (x1 - x0) // 3)
    wide = slice(max(y0 - margin, 0), y1 + margin), slice(max(x0 - margin, 0), x1 + margin)
    inner = (
        slice(y0 - wide[0].start, y1 - wide[0].start),
        slice(x0 - wide[1].start, x1 - wide[1].start),
    )
    mask = _mine(ink.mask[wide], inner)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return _EMPTY.copy()
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    glyph = (ink.darkness[wide][inner] * near)[box]
    return _centred(_scaled(glyph, mask[box], recipe), recipe)


def _mine(mask: NDArray[np.uint8], inner: tuple[slice, slice]) -> NDArray[np.uint8]:
    """The ink inside the box without pieces that mostly lie outside it; all of it if none is left."""
    count, labels = cv2.connectedComponents(np.ascontiguousarray(mask), connectivity=8)
    inside = labels[inner]
    if count <= 2:
        return mask[inner]
    total = np.bincount(labels.ravel(), minlength=count)
    within = np.bincount(inside.ravel(), minlength=count)
    keep = within * 2 >= total
    keep[0] = False
    mine = keep[inside].astype(np.uint8)
    return mine if mine.any() else np.ascontiguousarray(mask[inner])


def _scaled(
    glyph: NDArray[np.float32], mask: NDArray[np.uint8], recipe: GlyphRecipe
) -> NDArray[np.float32]:
    """Strokes thickened where they are too thin, the longest side brought to the target."""
    height, width = glyph.shape
    scale = recipe.target / max(height, width)
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    stroke = 4 * float(depth[padded > 0].mean()) - 1
    thicker = round(recipe.stroke / scale - stroke)
    if thicker >= 1:
        edge = (thicker + 1) // 2
        glyph = cv2.copyMakeBorder(glyph, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thicker + 1, thicker + 1))
        glyph = cv2.dilate(glyph, disk)
        height, width = glyph.shape
        scale = recipe.target / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(glyph, size, interpolation=method)


def _centred(glyph: NDArray[np.float32], recipe: GlyphRecipe) -> NDArray[np.uint8]:
    """Into the middle of 28×28, blurred as the data, its darkest pixel white."""
    height, width = glyph.shape
    if recipe.centre == "mass" and glyph.sum() > 0:
        total = glyph.sum()
        cy = float((glyph.sum(axis=1) * np.arange(height)).sum() / total)
        cx = float((glyph.sum(axis=0) * np.arange(width)).sum() / total)
    else:
        cy, cx = (height - 1) / 2, (width - 1) / 2
    middle = (SIDE - 1) / 2
    move = np.array([[1, 0, middle - cx], [0, 1, middle - cy]])
    picture = cv2.warpAffine(glyph, move, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    if recipe.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), recipe.blur)
    peak = float(picture.max())
    return (picture * (255 / peak)).round().astype(np.uint8) if peak > 0 else _EMPTY.copy()
