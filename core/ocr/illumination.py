"""Illumination correction: shadows, vignettes and yellow lamps become white paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.settings import PageSettings

_SMALL = 512  # longest side of the copy on which the paper is estimated
_WIDER = 2.75  # times the widest stroke: a fat character's surroundings
_DARKEST_SHADOW = 0.4
_HAT = 9  # pixels of that copy: thin marks, and no edge of a sheet or shadow, are narrower
_BLACK = 16.0  # levels: what even a black board reflects
_CHALK = 0.6  # bright thin marks so much stronger than dark ones are the writing

_LIGHT_PAPER, _DARK_PAPER = 1, 2


def to_gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB → (H, W) luminance."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def dark_paper(gray: NDArray[np.uint8], settings: PageSettings) -> bool:
    """Whether the page is to be read as light ink on dark paper."""
    if settings.paper in (_LIGHT_PAPER, _DARK_PAPER):
        return settings.paper == _DARK_PAPER
    return is_dark_paper(gray)


def is_dark_paper(gray: NDArray[np.uint8]) -> bool:
    """Whether the thin marks of (H, W) are brighter than what surrounds them, as chalk is.

    Not the picture's mean decides, nor its corners: a sheet may lie on a dark desk.
    """
    if gray.size == 0:
        return False
    small = cv2.GaussianBlur(reduced(gray, _SMALL), (0, 0), 0.8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_HAT, _HAT))
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, kernel).astype(np.float32)
    bright = cv2.morphologyEx(small, cv2.MORPH_TOPHAT, kernel).astype(np.float32)
    return float((dark**2).mean()) < _CHALK * float((bright**2).mean())


def flatten_illumination(
    gray: NDArray[np.uint8], mark: float = PageSettings().mark, turned: bool = False
) -> NDArray[np.uint8]:
    """(H, W) grey levels → (H, W) with the paper at 255 and ink as dark as it is beside its paper.

    The paper is what a morphological closing leaves: every dark mark narrower than the kernel is
    filled from its surroundings, while wide shadows stay. Pixel and paper are then divided,
    because light multiplies. `mark`: the widest stroke as a share of the longest side. `turned`:
    the paper is dark and its ink light; then an opening leaves the paper, and paper is divided by
    pixel.
    """
    height, width = gray.shape
    small = cv2.medianBlur(reduced(gray, _SMALL), 3)
    paper = _paper(small, mark, turned)
    # The paper follows the grain's extreme; the typical paper pixel belongs at white.
    over, under = (paper, small) if turned else (small, paper)
    shade = _BLACK if turned else 0.0  # in the dark, grain would weigh as much as ink
    ratio = (over + shade) / np.maximum(under + shade, 1.0)
    white = float(np.clip(np.median(ratio), 0.5, 1.0))
    light = cv2.resize(np.maximum(paper, 8), (width, height), interpolation=cv2.INTER_LINEAR)
    if turned:
        chalk = cv2.add(gray, np.float64(_BLACK), dtype=cv2.CV_32F)
        even = cv2.divide(light + np.float32(_BLACK), chalk, scale=255 / white)
        return np.asarray(cv2.convertScaleAbs(even), np.uint8)
    return np.asarray(cv2.divide(gray, light, scale=255 / white), np.uint8)


def _paper(small: NDArray[np.uint8], mark: float, turned: bool) -> NDArray[np.uint8]:
    """The grey of the paper under everything written on it."""
    paper = _filled(small, mark, turned)
    if not turned:
        # In a photo of one fat character the strokes are wider than that. No shadow on a page is
        # as dark as ink, so what is that dark beside its wider surroundings takes its paper there.
        wide = _filled(small, mark * _WIDER, turned)
        paper = np.where(paper < _DARKEST_SHADOW * wide, wide, paper)
    sigma = max(0.5, max(small.shape) * mark / 10)
    return np.asarray(cv2.GaussianBlur(paper, (0, 0), sigma), np.uint8)


def reduced(gray: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """(h, w) with no side longer than `longest` pixels."""
    height, width = gray.shape
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _filled(gray: NDArray[np.uint8], share: float, turned: bool) -> NDArray[np.uint8]:
    """Marks narrower than `share` of the longest side filled from their surroundings."""
    side = max(3, round(max(gray.shape) * share)) | 1
    kernel = np.ones((side, side), np.uint8)
    how = cv2.MORPH_OPEN if turned else cv2.MORPH_CLOSE
    filled = cv2.morphologyEx(gray, how, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(filled, np.uint8)
