"""Each stage between photo and glyph as a picture of the page, made off the window's thread."""

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from core.ocr.boxes import Box
from core.ocr.components import find_strokes, join
from core.ocr.light import to_gray
from core.ocr.page import Page

Picture = NDArray[np.uint8]

STAGES = ("grey", "flat", "ink", "lines", "components", "boxes", "glyphs")
_OF_THE_PAGE = ("grey", "flat", "ink", "components")  # boxes moved by hand leave them as they are

_PALE = 0.45  # how far the page steps back behind what is drawn over it
_GOLDEN = 0.618034  # turns of the colour wheel between neighbours: no two look alike


@dataclass(frozen=True)
class StageRequest:
    """What to draw: a page, its boxes in lines, and the glyph (28, 28) of each box that was read.

    `longest`: of the small pictures, pixels; `large`: the stage wanted as large as `largest`;
    `known`: small pictures that need not be drawn again.
    """

    page: Page
    lines: Sequence[Sequence[Box]]
    glyphs: Mapping[int, Picture]
    longest: int = 240
    large: str = ""
    largest: int = 1_800
    known: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class StagePictures:
    """Small pictures (h, w, 3) RGB by stage of `page`, and the stage that was wanted large."""

    page: Page
    small: Mapping[str, Picture]
    stage: str
    large: Picture | None


def draw_stages(request: StageRequest) -> StagePictures:
    """All stages of a page; every picture covers the whole photo."""
    small = {
        stage: request.known[stage]
        if stage in request.known
        else draw_stage(stage, request, request.longest)
        for stage in STAGES
    }
    wanted = request.large in STAGES
    large = draw_stage(request.large, request, request.largest) if wanted else None
    return StagePictures(request.page, small, request.large, large)


def draw_stage(stage: str, request: StageRequest, longest: int) -> Picture:
    """One stage as (h, w, 3) RGB, its longer side at most `longest`."""
    page = request.page
    height, width = page.flat.shape
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    match stage:
        case "grey":
            return _rgb(to_gray(_resized(page.photo.pixels, size)))
        case "flat":
            return _rgb(_resized(page.flat, size))
        case "ink":
            return _rgb(_resized(np.where(page.ink, 0, 255).astype(np.uint8), size))
        case "components":
            return _components(page, size)
        case "lines":
            return _lines(request, size, scale)
        case "boxes":
            return _boxes(request, size, scale)
        case "glyphs":
            return _glyphs(request, size, scale)
    raise ValueError(f"There is no stage “{stage}”.")


def _components(page: Page, size: tuple[int, int]) -> Picture:
    """Strokes, each character's in a colour of its own."""
    strokes, scale = find_strokes(page.ink)
    colours = np.full((int(strokes.labels.max(initial=0)) + 1, 3), 255, np.uint8)
    if len(strokes):
        for number, names in enumerate(join(strokes, scale).names):
            colours[sorted(names)] = _colour(number)
    return _resized(colours[strokes.labels], size)


def _lines(request: StageRequest, size: tuple[int, int], scale: float) -> Picture:
    """A band through each line of writing, from character to character."""
    picture = _pale(request.page, size)
    band = picture.copy()
    for number, line in enumerate(request.lines):
        rects = [box.rect for box in line]
        if not rects:
            continue
        thick = max(2, round(float(np.median([r.h for r in rects])) * scale))
        first, last = rects[0], rects[-1]
        places = [
            (first.x, first.centre[1]),
            *(r.centre for r in rects),
            (last.right, last.centre[1]),
        ]
        points = np.rint(np.array(places) * scale).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(band, [points], False, _colour(number), thick)
    return np.asarray(cv2.addWeighted(picture, 0.55, band, 0.45, 0), np.uint8)


def _boxes(request: StageRequest, size: tuple[int, int], scale: float) -> Picture:
    picture = _pale(request.page, size)
    thick = max(1, round(max(size) / 500))
    for number, line in enumerate(request.lines):
        for rect in (box.rect for box in line):
            corners = (round(rect.x * scale), round(rect.y * scale))
            ends = (round(rect.right * scale), round(rect.bottom * scale))
            cv2.rectangle(picture, corners, ends, _colour(number), thick)
    return picture


def _glyphs(request: StageRequest, size: tuple[int, int], scale: float) -> Picture:
    """What the network sees, each in the place of its box: white on black, as it sees them."""
    picture = np.full((size[1], size[0], 3), 255, np.uint8)
    for box in (box for line in request.lines for box in line):
        glyph = request.glyphs.get(box.id)
        if glyph is None:
            continue
        side = max(4, round(max(box.rect.w, box.rect.h) * scale))
        left = round(box.rect.centre[0] * scale - side / 2)
        top = round(box.rect.centre[1] * scale - side / 2)
        smaller = side < glyph.shape[0]
        method = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
        drawn = np.asarray(cv2.resize(glyph, (side, side), interpolation=method), np.uint8)
        y0, x0 = max(0, top), max(0, left)
        part = drawn[y0 - top : size[1] - top, x0 - left : size[0] - left]
        picture[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part[..., None]
    return picture


def _pale(page: Page, size: tuple[int, int]) -> Picture:
    flat = _resized(page.flat, size).astype(np.float32)
    return _rgb((255 - (255 - flat) * _PALE).astype(np.uint8))


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    smaller = size[0] <= picture.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)


def _rgb(grey: Picture) -> Picture:
    return np.repeat(grey[..., None], 3, axis=2)


def _colour(number: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1.0, 0.85, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)


class _Relay(QObject):
    """Carries pictures into the window's thread."""

    made = Signal(object)


class _Task(QRunnable):
    def __init__(self, relay: _Relay, request: StageRequest) -> None:
        super().__init__()
        self._relay = relay
        self._request = request

    def run(self) -> None:
        try:
            pictures: StagePictures | None = draw_stages(self._request)
        except (ValueError, MemoryError, cv2.error):  # a page too odd to draw has no pictures
            pictures = None
        self._relay.made.emit(pictures)


class StageMaker(QObject):
    """Draws one request at a time; of those that arrive meanwhile only the newest is drawn.

    Signals: `made(StagePictures)`.
    """

    made = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: StageRequest | None = None
        self._last: StagePictures | None = None
        self._busy = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._relay = _Relay(self)
        self._relay.made.connect(self._on_made)

    def draw(self, request: StageRequest) -> None:
        """Draw this, and nothing that was asked for before and has not begun."""
        if self._busy:
            self._waiting = request
            return
        self._busy = True
        last = self._last
        if last is not None and last.page is request.page:
            request = replace(request, known={key: last.small[key] for key in _OF_THE_PAGE})
        self._pool.start(_Task(self._relay, request))

    def finish(self) -> None:
        """Wait for what is being drawn; for the end."""
        self._waiting = None
        self._pool.waitForDone()

    @Slot(object)
    def _on_made(self, pictures: StagePictures | None) -> None:
        self._busy = False
        self._last = pictures
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.draw(waiting)
        if pictures is not None:
            self.made.emit(pictures)
