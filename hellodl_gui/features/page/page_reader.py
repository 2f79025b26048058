"""Page reader: reads boxes with a copy of the network in training."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.chapters.shared.predictor import Predictor
from core.ocr.boxes import Rect
from core.ocr.confidence import NO_CORRECTION, ConfidenceSettings
from core.ocr.glyph import GlyphStyle
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import Reading, glyphs_of, read_glyphs
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.state.timeline import PageProbe

_REMEMBERED = 1_000


class PageReader:
    """Single boxes are read here, on the numpy engine, so that a dragged one is read in the same
    frame; whole pages by the training process, so that the window never waits for them.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Predictor | None = None
        self._glyphs = GlyphCache()
        self._asked: int | None = None  # the run that has been asked and not answered yet
        self._refused: tuple[Page, list[Rect]] | None = None  # what it did not want to read
        self._moment: int | None = None  # of its film that it was asked about
        state.training.restarted.connect(self._forget)

    def _forget(self) -> None:
        self._reader = None
        self._asked = self._refused = None

    def recipe(self) -> GlyphStyle:
        """How the network on show wants its glyphs."""
        return self._state.training.chapter.glyphs

    def read(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        """What the current weights make of these boxes; nothing before there are weights."""
        reader = self._now() if rects else None
        if reader is None:
            return []
        images = self._glyphs.cut(page, rects, reader.glyphs)
        care = ConfidenceSettings(page.settings.shifts)
        return read_glyphs(images, reader.classify, reader.classes, care)

    def part(self, page: Page) -> Page | None:
        """The page with joined letters cut where the parts read better; None before there are
        weights.
        """
        reader = self._now()
        if reader is None:
            return None
        return oversegment(
            page, reader.classify, reader.glyphs, ConfidenceSettings(page.settings.shifts)
        )

    def _now(self) -> Predictor | None:
        """The network with the weights of the moment."""
        state = self._state
        if state.timeline.weights is None:
            return None
        if self._reader is None:
            self._reader = Predictor(
                state.training.chapter, state.training.knobs, state.training.test.classes
            )
        self._reader.set_weights(state.timeline.weights.theta)
        return self._reader

    def read_later(self, document: PageDocument) -> None:
        """Have all boxes of a document read by the run; those that moved meanwhile stay unread."""
        page, rects = document.page, {id: box.rect for id, box in document.boxes.items()}
        run = self._state.training.run_id
        if page is None or not rects or self._asked == run:
            return
        wanted = page, list(rects.values())
        if self._refused == wanted:
            return
        classes = self._state.training.test.classes
        images = self._glyphs.cut(page, list(rects.values()), self.recipe())
        watched = self._state.timeline.page_probe
        if watched is None or not np.array_equal(watched.images, images):
            self._state.timeline.probe_page(PageProbe(images, page.photo.path.name))
        self._moment = self._state.timeline.moment
        hasty = self._state.training.status is Status.PLAYING or self._moment is not None
        care = NO_CORRECTION if hasty else ConfidenceSettings(page.settings.shifts)

        def apply(chances: NDArray[np.float32]) -> None:
            self._asked = None
            if document.page is not page:
                return
            if self._moment != self._state.timeline.moment:
                self.read_later(document)
                return
            read = zip(rects, read_glyphs(images, lambda _: chances, classes), strict=True)
            boxes = document.boxes
            document.set_readings(
                {id: one for id, one in read if id in boxes and boxes[id].rect == rects[id]}
            )

        def otherwise(ended: bool) -> None:
            self._asked = None
            self._refused = None if ended else wanted

        if (recorded := self._state.timeline.page_at_moment) is not None and len(recorded) == len(
            images
        ):
            apply(recorded)
            return
        self._asked = run
        self._state.probes.ask(
            "probabilities", {"images": images, "shifts": care.shifts}, apply, otherwise
        )


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
