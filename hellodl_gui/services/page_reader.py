"""Reads boxes of a page with a copy of the network that is training right now."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.chapters.reader import Reader
from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphRecipe
from core.ocr.page import Page
from core.ocr.reading import Reading, glyphs_of, read_glyphs
from hellodl_gui.state.lab import LabState

_REMEMBERED = 1_000


class PageReader:
    """Computes in the window's process, on the numpy engine: a box takes about 0.5 ms, and much
    less when only the weights have changed since it was read.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Reader | None = None
        self._glyphs = GlyphMemory()
        state.restarted.connect(self._forget)

    def _forget(self) -> None:
        self._reader = None

    def recipe(self) -> GlyphRecipe:
        """How the network on show wants its glyphs."""
        return self._state.chapter.glyphs

    def read(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        """What the current weights make of these boxes; nothing before there are weights."""
        state = self._state
        weights = state.weights
        if weights is None or not rects:
            return []
        if self._reader is None:
            self._reader = Reader(state.chapter, state.knobs, state.test.classes)
        reader = self._reader
        reader.set_weights(weights.theta)
        images = self._glyphs.cut(page, rects, reader.glyphs)
        return read_glyphs(images, reader.classify, reader.classes)


class GlyphMemory:
    """Cuts each box once: cutting costs more than reading, and boxes mostly stay where they are."""

    def __init__(self) -> None:
        self._page: Page | None = None
        self._recipe: GlyphRecipe | None = None
        self._images: dict[Rect, NDArray[np.uint8]] = {}

    def cut(self, page: Page, rects: Sequence[Rect], recipe: GlyphRecipe) -> NDArray[np.uint8]:
        """The pictures (N, 28, 28) of N ≥ 1 rectangles."""
        another = page is not self._page or recipe != self._recipe
        if another or len(self._images) > _REMEMBERED:
            self._page, self._recipe, self._images = page, recipe, {}
        missing = [rect for rect in rects if rect not in self._images]
        if missing:
            self._images.update(zip(missing, glyphs_of(page, missing, recipe), strict=True))
        return np.stack([self._images[rect] for rect in rects])
