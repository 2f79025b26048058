"""Oversegmentation: cut touching characters where the parts read better than the whole.

The heuristic over-segmentation of LeCun, Bottou, Bengio, Haffner 1998: cut at every place that
might part two characters, let the network read every run of neighbouring parts, and take the way
from left to right whose characters are the most convincing on average.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.components import Components, PageScale, filter_by_size
from core.ocr.glyph import GlyphStyle
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from core.ocr.shift_augmentation import Classifier, average_over_shifts

_WORTH = 1.25  # times a character's width: narrower strokes are one character
_PLACES = 3  # where a stroke may be cut, for each character's width
_MOST_PLACES = 24
_APART = 0.22  # of a character's width between two such places
_THIN, _THICK = 1.9, 3.2  # pen widths of ink under a cut through one stroke, through more
_SECOND = 2.0  # pen widths: how much rather one stroke is cut than two
_VALLEY = 0.6  # of the ink on either side
_NARROW, _WIDE = 0.3, 2.2  # of a character's width: what a part may measure
_USUAL, _ODD = 1.4, 0.6  # wider than the first is doubtful, by as much as the second
_VERY_WIDE = 1.8  # times a character's width: hardly any single character is,
_RARELY, _OFTEN = 0.08, 0.18  # so the share of such strokes tells whether a hand joins its letters
_CAREFUL, _BOLD = 1.0, 0.05  # what a cut must add to the mean log-probability: rarely, often


def oversegment(page: Page, classify: Classifier, recipe: GlyphStyle, shifts: int = 0) -> Page:
    """The page with its wide strokes cut, or left whole, as they read best.

    `recipe`: how the network's data were made; `shifts` of the test-time augmentation. A page that
    is not to be split stays as it is.
    """
    if not page.settings.split:
        return page
    strokes = filter_by_size(page.strokes, page.scale, page.settings)
    unit = page.scale.usual_width
    wide = [
        _Chain.of(strokes, int(k), page.scale)
        for k in np.flatnonzero(strokes.width > _WORTH * unit)
    ]
    parts = [(chain, span) for chain in wide for span in chain.spans(unit)]
    if not parts:
        return page
    rects = [page.on_photo(chain.rect(*span)) for chain, span in parts]
    best = average_over_shifts(glyphs_of(page, rects, recipe), classify, shifts).max(axis=1)
    for (chain, span), p in zip(parts, best, strict=True):
        chain.scores[span] = float(np.log(max(p, 1e-6))) - _oddness(chain, span, unit)
    touching = float(np.mean(strokes.width > _VERY_WIDE * unit))
    gain = float(np.interp(touching, (_RARELY, _OFTEN), (_CAREFUL, _BOLD)))
    return page.with_cuts({chain.stroke: chain.best(gain) for chain in wide})


def _oddness(chain: "_Chain", span: tuple[int, int], unit: float) -> float:
    width = (chain.at[span[1]] - chain.at[span[0]]) / unit
    return 0.5 * max(0.0, (width - _USUAL) / _ODD) ** 2


@dataclass(frozen=True)
class _Chain:
    """One stroke with the places `at` where it may be cut, its own two ends among them."""

    stroke: frozenset[int]
    around: Rect
    mask: NDArray[np.bool_]
    at: tuple[int, ...]
    scores: dict[tuple[int, int], float]

    @classmethod
    def of(cls, strokes: Components, k: int, scale: PageScale) -> "_Chain":
        mask = strokes.mask(k)
        at = (0, *_places(mask, scale), mask.shape[1])
        return cls(strokes.names[k], strokes.rect(k), mask, at, {})

    def spans(self, unit: float) -> Iterator[tuple[int, int]]:
        """Runs of parts (from, to) that may be one character; the whole is always among them."""
        last = len(self.at) - 1
        for i in range(last):
            for j in range(i + 1, last + 1):
                width = self.at[j] - self.at[i]
                if (i, j) == (0, last) or _NARROW * unit <= width <= _WIDE * unit:
                    yield i, j

    def rect(self, i: int, j: int) -> Rect:
        """Tightly around the ink between two places, in pixels of the mask."""
        part = self.mask[:, self.at[i] : self.at[j]].astype(np.uint8)
        x, y, w, h = cv2.boundingRect(part) if part.any() else (0, 0, part.shape[1], 1)
        return Rect(self.around.x + self.at[i] + x, self.around.y + y, w, h)

    def best(self, gain: float) -> list[Rect]:
        """The rectangles of the most convincing way from the left end to the right.

        `gain`: what each cut must add to the mean score.
        """
        last = len(self.at) - 1
        # ways[n][j]: the best sum over n characters that end at place j, and where the nth begins.
        ways: list[dict[int, tuple[float, int]]] = [{0: (0.0, -1)}]
        for _ in range(last):
            reached: dict[int, tuple[float, int]] = {}
            for (i, j), score in self.scores.items():
                if i in ways[-1]:
                    total = ways[-1][i][0] + score
                    if total > reached.get(j, (-np.inf, 0))[0]:
                        reached[j] = (total, i)
            ways.append(reached)
        means = {n: ways[n][last][0] / n - gain * (n - 1) for n in range(1, last + 1)
                 if last in ways[n]}  # fmt: skip
        count = max(means, key=lambda n: means[n])
        stops = [last]
        for n in range(count, 0, -1):
            stops.append(ways[n][stops[-1]][1])
        return [self.rect(i, j) for i, j in pairwise(reversed(stops))]


def _places(mask: NDArray[np.bool_], scale: PageScale) -> list[int]:
    """The columns with the least ink beneath them, thinnest first, then from left to right."""
    ink = mask.sum(axis=0)
    crossings = (np.diff(mask, axis=0, prepend=False) & mask).sum(axis=0)
    cost = ink / scale.pen + _SECOND * (crossings > 1)
    apart = max(2, round(_APART * scale.usual_width))
    # Where round sides touch, the contact is tall, but the sides beside it are taller.
    padded = np.pad(ink, apart)
    beside = np.lib.stride_tricks.sliding_window_view(padded, apart).max(axis=1)
    valley = np.minimum(beside[: len(ink)], beside[apart + 1 :])
    single = np.maximum(_THIN * scale.pen + 1, _VALLEY * valley)
    thin = np.where(crossings <= 1, ink <= single, ink <= _THICK * scale.pen)
    thin[:apart] = thin[-apart:] = False
    most = min(_MOST_PLACES, round(_PLACES * mask.shape[1] / scale.usual_width))
    chosen: list[int] = []
    for column in np.argsort(cost + 1e-6 * np.arange(len(cost)), kind="stable").tolist():
        if thin[column] and all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
            if len(chosen) >= most:
                break
    return sorted(chosen)
