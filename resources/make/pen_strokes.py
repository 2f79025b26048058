"""Letters drawn anew from the movements of a pen, each time with another pen and another slant."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.glyph_preprocessing import EMNIST_STYLE, FINE, SIDE, compose_glyph

_SLANT = 0.25
_TURN = np.radians(8)
_PENS = 1.6, 4.4  # widths in pixels of 28
_BLURS = tuple(replace(EMNIST_STYLE, blur=blur) for blur in (0.4, 0.6, 0.8, 1.0))
_PLACES = 3  # bits of a pixel that OpenCV's lines are placed by


class PenStrokes:
    """The letters of a file of strokes: points (P, 2), where strokes and samples begin."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as file:
            self._points: NDArray[np.int16] = file["points"]
            strokes, samples = file["stroke_start"], file["sample_start"]
            letters = np.flatnonzero(file["category"] > 0)
        ends = np.append(strokes, len(self._points))
        firsts = np.append(samples, len(strokes))
        self._strokes = [ends[firsts[i] : firsts[i + 1] + 1] for i in letters]

    def __len__(self) -> int:
        return len(self._strokes)

    def drawn(self, numbers: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Pictures (N, 28, 28) of these letters, white on black, as EMNIST has them."""
        return np.stack([self._letter(self._strokes[number], rng) for number in numbers])

    def _letter(self, ends: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.uint8]:
        turn, slant = rng.uniform(-_TURN, _TURN), rng.uniform(-_SLANT, _SLANT)
        stretch = np.exp(rng.uniform(-0.15, 0.15))
        lean = np.array([[stretch, -slant], [0.0, 1.0]])
        round_ = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        first, last = int(ends[0]), int(ends[-1])
        points = self._points[first:last] @ (round_ @ lean).T
        pen = rng.uniform(*_PENS)
        low, high = points.min(axis=0), points.max(axis=0)
        room = EMNIST_STYLE.target - pen
        scale = FINE * room / max(float((high - low).max()), 1.0)
        middle = SIDE * FINE / 2
        places = (points - (low + high) / 2) * scale + middle
        sheet = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
        fine = np.rint(places * 2**_PLACES).astype(np.int32)
        lines = [fine[a - first : b - first] for a, b in pairwise(ends)]
        width = max(1, round(pen * FINE))
        cv2.polylines(sheet, lines, False, 255, width, cv2.LINE_AA, _PLACES)
        return compose_glyph(
            np.divide(sheet, 255, dtype=np.float32), _BLURS[rng.integers(len(_BLURS))]
        )
