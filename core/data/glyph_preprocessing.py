"""Glyph preprocessing: center, scale and blur ink to 28×28, as MNIST and EMNIST do."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 28
FINE = 4  # pictures are composed this much larger, then averaged down

_FAINT = 0.1


@dataclass(frozen=True)
class GlyphStyle:
    """How a data set turns a character into a 28×28 image.

    `target`: longest side of the character, pixels. `centre`: "mass" puts the centre of mass in the
    middle (MNIST; LeCun et al. 1998), "box" the bounding box (EMNIST; Cohen et al. 2017). `blur`:
    σ in pixels. `stroke`: the data's usual stroke, pixels; pens outside `stroke` ± a quarter are
    thickened or thinned towards it.
    """

    target: int = 20
    centre: str = "mass"
    blur: float = 0.0
    stroke: float = 2.7


MNIST_STYLE = GlyphStyle()
EMNIST_STYLE = GlyphStyle(target=24, centre="box", blur=0.7)


def compose_glyph(drawn: NDArray[np.float32], style: GlyphStyle) -> NDArray[np.uint8]:
    """(28, 28) bytes of ink 0..1 drawn `FINE` times as large: centred, averaged down, blurred."""
    side = SIDE * FINE
    columns = np.flatnonzero(drawn.max(axis=0) > _FAINT)
    rows = np.flatnonzero(drawn.max(axis=1) > _FAINT)
    if not len(columns):
        return np.zeros((SIDE, SIDE), np.uint8)
    if style.centre == "mass":
        total = float(drawn.sum())
        x = float(drawn.sum(axis=0) @ np.arange(drawn.shape[1])) / total + 0.5
        y = float(drawn.sum(axis=1) @ np.arange(drawn.shape[0])) / total + 0.5
    else:
        x, y = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
    place = np.array([[1, 0, side / 2 - x], [0, 1, side / 2 - y]], np.float32)
    canvas = cv2.warpAffine(drawn, place, (side, side), flags=cv2.INTER_LINEAR)
    small = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if style.blur > 0:
        small = cv2.GaussianBlur(small, (0, 0), style.blur)
        small /= max(float(small.max()), 1e-6)
    return np.asarray(np.rint(np.clip(small, 0, 1) * 255), np.uint8)
