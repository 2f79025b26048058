"""Reads boxes of a page with a copy of the network that is training right now."""

from collections.abc import Sequence

from core.chapters.reader import Reader
from core.ocr.boxes import Rect
from core.ocr.page import Page
from core.ocr.reading import Reading, read_boxes
from hellodl_gui.state.lab import LabState


class PageReader:
    """Computes in the window's process, on the numpy engine: a box takes about 2 ms."""

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Reader | None = None
        state.restarted.connect(self._forget)

    def _forget(self) -> None:
        self._reader = None

    def read(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        """What the current weights make of these boxes; nothing before there are weights."""
        state = self._state
        weights = state.weights
        if weights is None:
            return []
        if self._reader is None:
            self._reader = Reader(state.chapter, state.knobs, state.test.classes)
        reader = self._reader
        reader.set_weights(weights.theta)
        return read_boxes(page, rects, reader.classify, reader.classes, reader.glyphs)
