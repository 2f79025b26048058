"""Page: a photo and its segmentation into characters, stage by stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.binarization import binarize
from core.ocr.boxes import CharacterBox, Rect
from core.ocr.components import (
    Components,
    PageScale,
    find_components,
    join_components,
    no_components,
)
from core.ocr.illumination import dark_paper, flatten_illumination, to_gray
from core.ocr.inverted_regions import restore_inverted_regions
from core.ocr.photo import Photo, load_photo
from core.ocr.ruled_lines import remove_ruled_lines
from core.ocr.segment import segment_lines
from core.ocr.settings import PageSettings
from core.translation import tr

Progress = Callable[[int, int, str], None]

DEFAULTS = PageSettings()

_ANALYSED = 3_000_000  # pixels on which characters are looked for; larger photos are reduced
_BREATH = 0.01  # of a character's width and height together: paper left around it

# The settings that each stage of `found_again` uses; what follows a changed one is done anew.
_USED = (("paper", "mark"), ("sensitivity",), ("rules",), ("join",), ("min_size", "split"))
_LIGHT, _INK, _RULES, _STROKES, _BOXES, _NOTHING = range(6)


@dataclass(frozen=True)
class Page:
    """A photo and its segmentation. Rectangles are in pixels of the upright photo.

    `flat` (H, W) uint8: illumination corrected, paper 255, ink dark. `turned`: the paper was dark,
    so that light and dark changed places. `small` (h, w): `flat` as it is segmented, reduced where
    the photo is large. `ink` (h, w) bool: its binarization at `threshold`, the least darkness of
    ink. `writing` (h, w) bool: the ink without ruled lines. `clean` (H, W): `flat` without them.
    `strokes`: connected components of the writing, those of one character joined, with their
    typical `scale`. `lines`: characters in reading order.
    """

    photo: Photo
    flat: NDArray[np.uint8]
    turned: bool
    small: NDArray[np.uint8]
    ink: NDArray[np.bool_]
    threshold: float
    writing: NDArray[np.bool_]
    clean: NDArray[np.uint8]
    strokes: Components
    scale: PageScale
    lines: tuple[tuple[Rect, ...], ...]
    settings: PageSettings

    @staticmethod
    def open(
        path: Path, settings: PageSettings = DEFAULTS, progress: Progress | None = None
    ) -> "Page":
        """Load a photo and segment it.

        `progress(done, total, what)` is called before each stage; what it raises ends the work and
        reaches the caller, which is how to cancel. Raises PageError.
        """
        tell = progress or _silent
        tell(0, 4, tr("Opening the photo"))
        photo = load_photo(path)
        tell(1, 4, tr("Evening out the light"))
        page = _unlit(photo)._lit(settings)
        return page._from(_INK, settings, lambda done, total, what: tell(done + 2, 4, what))

    def found_again(self, settings: PageSettings, progress: Progress | None = None) -> "Page":
        """The same photo segmented by other settings; only what depends on a change is redone."""
        return self._from(_first_changed(self.settings, settings), settings, progress or _silent)

    def _from(self, stage: int, settings: PageSettings, tell: Progress) -> "Page":
        tell(0, 2, tr("Finding the ink"))
        page = replace(self, settings=settings)
        if stage <= _LIGHT:
            page = page._lit(settings)
        if stage <= _INK:
            ink = binarize(page.small, settings)
            page = replace(page, ink=ink.mask, threshold=ink.threshold)
        if stage <= _RULES:
            writing = page.ink
            if settings.rules:
                writing = remove_ruled_lines(page.ink, 255 - page.small, page.threshold)
            page = replace(page, writing=writing, clean=_painted_out(page, writing))
        tell(1, 2, tr("Finding the characters"))
        if stage <= _STROKES:
            strokes, scale = find_components(page.writing)
            page = replace(
                page, strokes=join_components(strokes, scale, settings.join), scale=scale
            )
        if stage <= _BOXES:
            page = page.with_cuts({})
        return page

    def _lit(self, settings: PageSettings) -> "Page":
        gray = to_gray(self.photo.pixels)
        turned = dark_paper(gray, settings)
        flat = flatten_illumination(restore_inverted_regions(gray, turned), settings.mark, turned)
        height, width = flat.shape
        scale = min(1.0, (_ANALYSED / max(1, height * width)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA) if scale < 1 else flat
        return replace(self, flat=flat, turned=turned, small=np.asarray(small, np.uint8))

    def with_cuts(self, cuts: Mapping[frozenset[int], Sequence[Rect]]) -> "Page":
        """The page with some strokes, by name, cut into these rectangles of `small`."""
        lines = segment_lines(self.strokes, self.scale, self.settings, cuts)
        return replace(self, lines=tuple(tuple(map(self.on_photo, line)) for line in lines))

    def on_photo(self, rect: Rect) -> Rect:
        """A rectangle of `small` on the photo, with a little paper around it."""
        across = self.flat.shape[1] / self.small.shape[1]
        down = self.flat.shape[0] / self.small.shape[0]
        margin = _BREATH * (rect.w * across + rect.h * down)
        x, y = rect.x * across - margin, rect.y * down - margin
        wide = Rect(x, y, rect.w * across + 2 * margin, rect.h * down + 2 * margin)
        return wide.clamped(self.photo.width, self.photo.height)

    @property
    def boxes(self) -> list[CharacterBox]:
        """One numbered box for each character found, in reading order."""
        places = [(rect, row) for row, line in enumerate(self.lines) for rect in line]
        return [CharacterBox(number, rect, row) for number, (rect, row) in enumerate(places)]


def _unlit(photo: Photo) -> Page:
    """A page before its first stage."""
    nothing, white = np.zeros((0, 0), bool), np.zeros((0, 0), np.uint8)
    strokes, scale = no_components()
    return Page(
        photo, white, False, white, nothing, 255.0, nothing, white, strokes, scale, (), DEFAULTS
    )


def _painted_out(page: Page, writing: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The even page (H, W) with paper where its ink is no writing; the same where all of it is."""
    printed = (page.ink & ~writing).astype(np.uint8)
    if not printed.any():
        return page.flat
    # A line's soft edge is paler than ink but shows in a glyph; a stroke's own edge must stay.
    around = cv2.dilate(printed, np.ones((5, 5), np.uint8))
    around &= 1 - cv2.dilate(writing.astype(np.uint8), np.ones((3, 3), np.uint8))
    height, width = page.flat.shape
    where = cv2.resize(around | printed, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(where > 0, np.uint8(255), page.flat)


def _first_changed(before: PageSettings, after: PageSettings) -> int:
    for stage, keys in enumerate(_USED):
        if any(getattr(before, key) != getattr(after, key) for key in keys):
            return stage
    return _NOTHING


def _silent(done: int, total: int, what: str) -> None:
    """Nobody watches."""
