"""Page reader: a copy of the network in training, which reads boxes in the window."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.chapters.capabilities import GLYPHS
from core.chapters.shared.predictor import Predictor
from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphStyle
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import Reading, glyphs_of, read_glyphs
from hellodl_gui.state.lab import LabState

_REMEMBERED = 1_000


class PageReader:
    """Reads on the numpy engine, with the weights of the moment that is shown."""

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Predictor | None = None
        self._glyphs = GlyphCache()
        state.training.restarted.connect(self._forget)

    def _forget(self) -> None:
        self._reader = None

    @property
    def reads(self) -> bool:
        """Whether the open chapter's network reads characters at all."""
        return GLYPHS in self._state.training.capabilities

    def recipe(self) -> GlyphStyle:
        """How the network on show wants its glyphs."""
        return self._state.training.chapter.glyph_style()

    def read(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        """What the current weights make of these boxes; nothing before there are weights."""
        reader = self._now() if rects else None
        if reader is None:
            return []
        images, shifts = self.glyphs(page, rects), page.settings.shifts
        return read_glyphs(images, reader.classify, reader.classes, shifts)

    def glyphs(self, page: Page, rects: Sequence[Rect]) -> NDArray[np.uint8]:
        """The pictures (N, 28, 28) that the network sees of N ≥ 1 boxes."""
        return self._glyphs.cut(page, rects, self.recipe())

    def part(self, page: Page) -> Page | None:
        """The page with joined letters cut where the parts read better; None before there are
        weights.
        """
        reader = self._now()
        if reader is None:
            return None
        return oversegment(page, reader.classify, reader.glyphs, page.settings.shifts)

    def _now(self) -> Predictor | None:
        """The network with the weights of the moment."""
        state = self._state
        if state.timeline.weights is None or not self.reads:
            return None
        if self._reader is None:
            self._reader = Predictor(
                state.training.chapter, state.training.knobs, state.training.test.classes
            )
        self._reader.set_weights(state.timeline.weights.theta)
        return self._reader


class GlyphCache:
    """Cuts each box once: cutting costs more than reading, and boxes mostly stay where they are."""

    def __init__(self) -> None:
        self._page: Page | None = None
        self._recipe: GlyphStyle | None = None
        self._images: dict[Rect, NDArray[np.uint8]] = {}

    def cut(self, page: Page, rects: Sequence[Rect], recipe: GlyphStyle) -> NDArray[np.uint8]:
        """The pictures (N, 28, 28) of N ≥ 1 rectangles."""
        another = page is not self._page or recipe != self._recipe
        if another or len(self._images) > _REMEMBERED:
            self._page, self._recipe, self._images = page, recipe, {}
        missing = [rect for rect in rects if rect not in self._images]
        if missing:
            self._images.update(zip(missing, glyphs_of(page, missing, recipe), strict=True))
        return np.stack([self._images[rect] for rect in rects])
