"""Which chapter's network a page is for: that of digits, or that of letters."""

import numpy as np

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.chapters.shared.predictor import open_predictor
from core.ocr.page import Page
from core.ocr.reading import read_boxes

LETTERS, DIGITS = "reading", "digit-kernels"
_SURER = 0.1  # l, o and s are fine digits: digits must be read with this much more confidence


def chapter_for(page: Page) -> Chapter:
    """The chapter whose trained network reads the page with more confidence, as a mean."""
    confidence = {key: _confidence(page, chapter(key)) for key in (LETTERS, DIGITS)}
    return chapter(DIGITS if confidence[DIGITS] > confidence[LETTERS] + _SURER else LETTERS)


def _confidence(page: Page, declared: Chapter) -> float:
    reader = open_predictor(declared, None)
    rects = [box.rect for box in page.boxes]
    read = read_boxes(page, rects, reader.classify, reader.classes, reader.glyphs)
    return float(np.mean([one.p for one in read])) if read else 0.0
