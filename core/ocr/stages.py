"""Stages of the page pipeline from photo to words, each drawn as a picture.

Pictures are (h, w, 3) uint8 RGB, cover the whole photo and have its proportions. Those of lines,
boxes, glyphs and words show what was found, or the `lines` of boxes that a person has moved.
"""

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import PageError
from core.knobs import Knob
from core.ocr import settings as s
from core.ocr.boxes import Rect, bounding_rect
from core.ocr.glyph import EMNIST_STYLE, GlyphStyle
from core.ocr.illumination import to_gray
from core.ocr.lines import word_starts
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from core.translation import tr

Picture = NDArray[np.uint8]
Lines = Sequence[Sequence[Rect]]

_PALE = 0.45  # how far the page steps back behind what is drawn over it
_GOLDEN = 0.618034  # turns of the colour wheel between neighbours: no two look alike
_TAKEN = (226, 88, 60)  # printed lines that were taken away


@dataclass(frozen=True)
class PipelineStage:
    """One stage: its settings, and how it is called and explained."""

    key: str
    title: str
    help: str
    settings: tuple[Knob, ...]


STAGES = (
    PipelineStage("grey", "Grey", "The photo without its colours.", (s.PAPER,)),
    PipelineStage(
        "flat", "Even light",
        "Shadows and uneven light removed: each pixel divided by the paper around it.", (s.MARK,),
    ),
    PipelineStage("ink", "Ink", "Every pixel clearly darker than paper.", (s.SENSITIVITY,)),
    PipelineStage(
        "rules", "Ruled lines", "Lines of ruled and squared paper that are removed, in red.",
        (s.RULES,),
    ),
    PipelineStage(
        "components", "Strokes", "Connected ink; each character has one colour.", (s.JOIN,)
    ),
    PipelineStage(
        "lines", "Lines", "Characters that follow each other on one line of writing.", (s.MIN_SIZE,)
    ),
    PipelineStage("boxes", "Boxes", "One box per character.", (s.SPLIT,)),
    PipelineStage("glyphs", "Glyphs", "The 28×28 pictures that the network reads.", (s.SHIFTS,)),
    PipelineStage("words", "Words", "Characters without a wide gap between them.", (s.WORD_GAP,)),
)  # fmt: skip


def draw(
    key: str,
    page: Page,
    recipe: GlyphStyle = EMNIST_STYLE,
    longest: int = 240,
    lines: Lines | None = None,
) -> Picture:
    """One stage as (h, w, 3) RGB, at most `longest` pixels long; `recipe`: how the network's data
    were made. Raises PageError for a name that is none.
    """
    if key not in _PICTURES:
        words = tr("There is no stage “{key}”. A page has: {pictures}.")
        raise PageError(words.format(key=key, pictures=", ".join(_PICTURES)))
    height, width = page.flat.shape
    scale = min(1.0, longest / max(height, width, 1))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _PICTURES[key](_Sheet(page, recipe, page.lines if lines is None else lines, size, scale))


@dataclass(frozen=True)
class _Sheet:
    page: Page
    recipe: GlyphStyle
    lines: Lines
    size: tuple[int, int]
    scale: float

    @property
    def pale(self) -> Picture:
        """The even page in light grey, to draw upon."""
        flat = _resized(self.page.flat, self.size).astype(np.float32)
        return _rgb((255 - (255 - flat) * _PALE).astype(np.uint8))


def _grey(sheet: _Sheet) -> Picture:
    return _rgb(to_gray(_resized(sheet.page.photo.pixels, sheet.size)))


def _flat(sheet: _Sheet) -> Picture:
    return _rgb(_resized(sheet.page.flat, sheet.size))


def _ink(sheet: _Sheet) -> Picture:
    return _rgb(_resized(np.where(sheet.page.ink, 0, 255).astype(np.uint8), sheet.size))


def _rules(sheet: _Sheet) -> Picture:
    ink, writing = sheet.page.ink, sheet.page.writing
    picture = np.full((*ink.shape, 3), 255, np.uint8)
    picture[ink] = _TAKEN
    picture[writing] = 0
    return _resized(picture, sheet.size)


def _components(sheet: _Sheet) -> Picture:
    strokes = sheet.page.strokes
    colours = np.full((int(strokes.labels.max(initial=0)) + 1, 3), 255, np.uint8)
    for number, names in enumerate(strokes.names):
        colours[sorted(names)] = _colour(number)
    return _resized(colours[strokes.labels], sheet.size)


def _lines(sheet: _Sheet) -> Picture:
    """A band through each line of writing, from character to character."""
    picture = sheet.pale
    band = picture.copy()
    for number, line in enumerate(sheet.lines):
        if not line:
            continue
        thick = max(2, round(float(np.median([r.h for r in line])) * sheet.scale))
        ends = (line[0].x, line[0].centre[1]), (line[-1].right, line[-1].centre[1])
        places = np.array([ends[0], *(r.centre for r in line), ends[1]]) * sheet.scale
        points = np.rint(places).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(band, [points], False, _colour(number), thick)
    return np.asarray(cv2.addWeighted(picture, 0.55, band, 0.45, 0), np.uint8)


def _boxes(sheet: _Sheet) -> Picture:
    return _framed(sheet, sheet.lines, 500)


def _glyphs(sheet: _Sheet) -> Picture:
    """Each glyph in the place of its box, white on black as the network sees it."""
    width, height = sheet.size
    picture = np.full((height, width, 3), 255, np.uint8)
    rects = [rect for line in sheet.lines for rect in line]
    if not rects:
        return picture
    for rect, glyph in zip(rects, glyphs_of(sheet.page, rects, sheet.recipe), strict=True):
        side = max(4, round(max(rect.w, rect.h) * sheet.scale))
        left = round(rect.centre[0] * sheet.scale - side / 2)
        top = round(rect.centre[1] * sheet.scale - side / 2)
        drawn = _resized(glyph, (side, side))
        y, x = max(0, top), max(0, left)
        part = drawn[y - top : height - top, x - left : width - left]
        picture[y : y + part.shape[0], x : x + part.shape[1]] = part[..., None]
    return picture


def _words(sheet: _Sheet) -> Picture:
    """A frame around each word, one colour a line."""
    words = []
    for line in sheet.lines:
        starts = np.flatnonzero(word_starts(line, sheet.page.settings.word_gap))
        parts = [line[a:b] for a, b in pairwise((0, *starts, len(line))) if b > a]
        words.append([bounding_rect(part) for part in parts])
    return _framed(sheet, words, 400)


def _framed(sheet: _Sheet, lines: Lines, share: int) -> Picture:
    """Frames on the pale page, one colour a line, a `share`th of its longer side thick."""
    picture = sheet.pale
    thick = max(1, round(max(sheet.size) / share))
    for number, line in enumerate(lines):
        for rect in line:
            edges = np.rint(np.array([rect.x, rect.y, rect.right, rect.bottom]) * sheet.scale)
            left, top, right, bottom = edges.astype(int).tolist()
            cv2.rectangle(picture, (left, top), (right, bottom), _colour(number), thick)
    return picture


_PICTURES: dict[str, Callable[[_Sheet], Picture]] = {
    "grey": _grey,
    "flat": _flat,
    "ink": _ink,
    "rules": _rules,
    "components": _components,
    "lines": _lines,
    "boxes": _boxes,
    "glyphs": _glyphs,
    "words": _words,
}


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    smaller = size[0] <= picture.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)


def _rgb(grey: Picture) -> Picture:
    return np.repeat(grey[..., None], 3, axis=2)


def _colour(number: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1.0, 0.85, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)
