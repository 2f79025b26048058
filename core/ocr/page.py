"""A photographed page, from the file to its characters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Box, Rect
from core.ocr.ink import find_ink
from core.ocr.light import flatten_light, to_gray
from core.ocr.photo import Photo, load_photo
from core.ocr.segment import find_characters
from core.ocr.settings import PageSettings

Progress = Callable[[int, int, str], None]

DEFAULTS = PageSettings()

_ANALYSED = 3_000_000  # pixels on which characters are looked for; larger photos are reduced
_BREATH = 0.01  # of a character's width and height together: paper left around it


@dataclass(frozen=True)
class Page:
    """A photo and what was found on it. Rectangles are in pixels of the upright photo.

    `flat` (H, W) uint8: even light, paper 255. `ink` (h, w) bool: where characters were looked for,
    smaller than the photo where that is large. `threshold`: darkness from which a pixel is ink.
    `lines`: characters in reading order.
    """

    photo: Photo
    flat: NDArray[np.uint8]
    ink: NDArray[np.bool_]
    threshold: float
    lines: tuple[tuple[Rect, ...], ...]
    settings: PageSettings

    @staticmethod
    def open(
        path: Path, settings: PageSettings = DEFAULTS, progress: Progress | None = None
    ) -> "Page":
        """Open a photo and find its characters.

        `progress(done, total, what)` is called before each stage; what it raises ends the work and
        reaches the caller, which is how to cancel. Raises PageError.
        """
        tell = progress or _silent
        tell(0, 4, "Opening the photo")
        photo = load_photo(path)
        tell(1, 4, "Evening out the light")
        flat = flatten_light(to_gray(photo.pixels))
        nothing = Page(photo, flat, np.zeros((0, 0), bool), 255.0, (), settings)
        return nothing.found_again(settings, lambda done, total, what: tell(done + 2, 4, what))

    def found_again(self, settings: PageSettings, progress: Progress | None = None) -> "Page":
        """The same photo with its characters found anew by other settings."""
        tell = progress or _silent
        tell(0, 2, "Finding the ink")
        height, width = self.flat.shape
        scale = min(1.0, (_ANALYSED / (height * width)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = (
            cv2.resize(self.flat, size, interpolation=cv2.INTER_AREA) if scale < 1 else self.flat
        )
        ink = find_ink(np.asarray(small, np.uint8), settings)
        tell(1, 2, "Finding the characters")
        lines = find_characters(ink.mask, settings)
        across, down = width / size[0], height / size[1]
        return replace(
            self,
            ink=ink.mask,
            threshold=ink.threshold,
            lines=tuple(tuple(_enlarged(r, across, down, self) for r in line) for line in lines),
            settings=settings,
        )

    @property
    def boxes(self) -> list[Box]:
        """One numbered box for each character found, in reading order."""
        places = [(rect, row) for row, line in enumerate(self.lines) for rect in line]
        return [Box(number, rect, row) for number, (rect, row) in enumerate(places)]


def _enlarged(rect: Rect, across: float, down: float, page: Page) -> Rect:
    margin = _BREATH * (rect.w * across + rect.h * down)
    x, y = rect.x * across - margin, rect.y * down - margin
    wide = Rect(x, y, rect.w * across + 2 * margin, rect.h * down + 2 * margin)
    return wide.clamped(page.photo.width, page.photo.height)


def _silent(done: int, total: int, what: str) -> None:
    """Nobody watches."""
