"""A drawing by hand: pen strokes on a square canvas, and the picture that a network receives.

drawing = Drawing((Stroke(((0.5, 0.2, 0.08), (0.5, 0.8, 0.08))),))
Sheet.of(drawing).received(drawing, MNIST_STYLE)     (28, 28) bytes, as the data has them
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.glyph_preprocessing import SIDE, GlyphStyle
from core.ocr.boxes import Rect
from core.ocr.glyph import INK, cut_glyph

Point = tuple[float, float, float]
"""Place (x, y) and thickness of the pen there, all in parts of the sheet's side."""

Segment = tuple[float, float, float, float, float]
"""A straight piece with round ends: from (x, y) to (x, y), and its thickness."""

FINE = 10  # the sheet's ink has so many pixels across for one of the network's

_FAITHFUL = 0.0005  # of the sheet's side: a curve's pieces leave it by no more
_MOST_PIECES = 32
_SOFT = 4  # pixels: how much wider the eraser is, so that no soft edge of a line stays
_BITS = 4  # places are handed to OpenCV in sixteenths of a pixel


@dataclass(frozen=True)
class Stroke:
    """The pen from where it came down to where it was lifted. With `erases` it takes ink away."""

    points: tuple[Point, ...]
    erases: bool = False


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes in order, over a picture `under` (28, 28) of the data where there is one.

    `centred`: the ink is cut out, scaled and centred as the data set does it; otherwise the sheet
    is averaged down where it lies.
    """

    strokes: tuple[Stroke, ...] = ()
    under: NDArray[np.uint8] | None = None
    centred: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing was drawn or put under yet."""
        return not self.strokes and self.under is None


class StrokeSmoother:
    """Turns the places of a pen, one after the other, into a smooth line.

    The line leads through the middles between places; each place bends the piece around it
    (quadratic Bézier curves, which meet without a kink).
    """

    def __init__(self) -> None:
        self._last: Point | None = None
        self._reached: Point | None = None

    def add(self, point: Point) -> list[Segment]:
        """The pieces that are settled by one more place."""
        last, reached = self._last, self._reached
        self._last = point
        if last is None or reached is None:
            self._reached = point
            return [(point[0], point[1], point[0], point[1], point[2])]
        middle = _between(last, point, 0.5)
        self._reached = middle
        return _bent(reached, last, middle)

    def end(self) -> list[Segment]:
        """The last piece, to the very place where the pen is now."""
        if self._last is None or self._reached is None or self._last == self._reached:
            return []
        (x0, y0, first), (x1, y1, second) = self._reached, self._last
        return [(x0, y0, x1, y1, (first + second) / 2)]


def smooth_stroke(points: Iterable[Point]) -> list[Segment]:
    """All pieces of a finished stroke."""
    trace = StrokeSmoother()
    pieces = [piece for point in points for piece in trace.add(point)]
    return pieces + trace.end()


class InkCanvas:
    """The ink of a drawing: `ink` (280, 280) bytes, from 0 (paper) to 255."""

    def __init__(self, under: NDArray[np.uint8] | None = None) -> None:
        if under is None:
            self.ink = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
        else:
            self.ink = np.kron(under, np.ones((FINE, FINE), np.uint8))

    @classmethod
    def of(cls, drawing: Drawing) -> "InkCanvas":
        """A drawing's ink, stroke by stroke."""
        sheet = cls(drawing.under)
        for stroke in drawing.strokes:
            sheet.draw(smooth_stroke(stroke.points), stroke.erases)
        return sheet

    def copy(self) -> "InkCanvas":
        """Another sheet with the same ink."""
        other = InkCanvas()
        other.ink[:] = self.ink
        return other

    def draw(self, pieces: Sequence[Segment], erases: bool = False) -> None:
        """Put ink on these pieces, or take it away. What lies beside the sheet is lost."""
        side = len(self.ink)
        level = 0 if erases else 255
        for x0, y0, x1, y1, width in pieces:
            start, stop = _place(x0, y0, side), _place(x1, y1, side)
            thickness = max(1, round(width * side)) + (_SOFT if erases else 0)
            if start == stop:
                radius = round(max(thickness, 2) * 2 ** (_BITS - 1))
                cv2.circle(self.ink, start, radius, level, -1, cv2.LINE_AA, _BITS)
            else:
                cv2.line(self.ink, start, stop, level, thickness, cv2.LINE_AA, _BITS)

    def received(self, drawing: Drawing, recipe: GlyphStyle) -> NDArray[np.uint8]:
        """(28, 28) bytes, white on black: what a network is given. An empty sheet gives zeros.

        A centred drawing goes the way of a box on a photographed page.
        """
        if not drawing.centred:
            return np.asarray(cv2.resize(self.ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        tight = Rect(*cv2.boundingRect((self.ink >= INK).astype(np.uint8)))
        if not tight.w:
            return np.zeros((SIDE, SIDE), np.uint8)
        return cut_glyph(cv2.bitwise_not(self.ink), tight, recipe)


def _place(x: float, y: float, side: int) -> tuple[int, int]:
    """In OpenCV's sixteenths; a pixel's middle is a whole number there."""
    scale = 2**_BITS
    return round((x * side - 0.5) * scale), round((y * side - 0.5) * scale)


def _between(one: Point, other: Point, share: float) -> Point:
    x, y, width = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return x, y, width


def _bent(start: Point, bend: Point, stop: Point) -> list[Segment]:
    """A quadratic Bézier curve in straight pieces."""
    away = math.hypot(start[0] - 2 * bend[0] + stop[0], start[1] - 2 * bend[1] + stop[1]) / 4
    count = min(max(1, math.ceil(math.sqrt(away / _FAITHFUL))), _MOST_PIECES)
    pieces, here = [], start
    for number in range(1, count + 1):
        share = number / count
        there = _between(_between(start, bend, share), _between(bend, stop, share), share)
        pieces.append((here[0], here[1], there[0], there[1], (here[2] + there[2]) / 2))
        here = there
    return pieces
