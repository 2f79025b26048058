"""A page: a photo, its ink, and the characters found on it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphRecipe, cut_glyph
from core.ocr.ink import Ink, find_ink
from core.ocr.light import flatten_light
from core.ocr.photo import Photo, load_photo
from core.ocr.segment import find_characters

Progress = Callable[[float, str], None]
_WORKING = 2000


def _unheard(share: float, what: str) -> None:
    pass


@dataclass(frozen=True)
class Page:
    """Everything known of a page. Rectangles are in pixels of the upright photo.

    Large photos are analysed on a copy of at most 2,000 pixels; `scale` is copy / photo.
    """

    photo: Photo
    flat: NDArray[np.uint8]
    scale: float
    sensitivity: float
    ink: Ink
    lines: list[list[Rect]]

    @classmethod
    def open(cls, path: Path, sensitivity: float = 0.5, progress: Progress = _unheard) -> Self:
        """Load, even out the light, find the characters. Raises PageError.

        `progress(share, what)` is called before each stage; what it raises ends the work.
        """
        progress(0.0, "Opening the photo")
        photo = load_photo(path)
        progress(0.4, "Evening out the light")
        height, width = photo.pixels.shape[:2]
        scale = min(1.0, _WORKING / max(height, width))
        grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        flat = flatten_light(grey)
        nothing = Ink(np.zeros(flat.shape, np.float32), np.zeros(flat.shape, np.uint8))
        progress(0.7, "Finding characters")
        return cls(photo, flat, scale, sensitivity, nothing, []).found(sensitivity)

    def found(self, sensitivity: float) -> Self:
        """The same page with its characters found anew."""
        ink = find_ink(self.flat, sensitivity)
        lines = [
            [_scaled(rect, 1 / self.scale) for rect in line]
            for line in find_characters(ink.mask).lines
        ]
        return replace(self, sensitivity=sensitivity, ink=ink, lines=lines)

    def glyph(self, rect: Rect, recipe: GlyphRecipe) -> NDArray[np.uint8]:
        """The (28, 28) picture of what stands in a rectangle."""
        return cut_glyph(self.ink, _scaled(rect, self.scale), recipe)


def _scaled(rect: Rect, by: float) -> Rect:
    return Rect(rect.x * by, rect.y * by, rect.w * by, rect.h * by)
