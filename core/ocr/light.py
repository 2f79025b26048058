"""Evening out the light: shadows, vignettes and yellow lamps become white paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = 512  # longest side of the copy on which the paper is estimated
_STROKE = 1 / 11  # of that side: what is narrower is writing, what is wider is light
_FAT_STROKE = 1 / 4
_DARKEST_SHADOW = 0.4


def to_gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB → (H, W) luminance."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def flatten_light(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) grey levels → (H, W) with the paper at 255 and ink as dark as it is beside its paper.

    The paper is what a morphological closing leaves: every dark mark narrower than the kernel is
    filled from its surroundings, while wide shadows stay. Pixel and paper are then divided,
    because light multiplies.
    """
    height, width = gray.shape
    scale = min(1.0, _SMALL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.medianBlur(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), 3)
    paper = _closed(small, _STROKE)
    # In a photo of one fat character the strokes are wider than that. No shadow on a page is as
    # dark as ink, so what is that dark beside its wider surroundings takes its paper from there.
    wide = _closed(small, _FAT_STROKE)
    paper = np.where(paper < _DARKEST_SHADOW * wide, wide, paper)
    paper = cv2.GaussianBlur(paper, (0, 0), max(size) * _STROKE / 10)
    # The closing follows the brightest grain; the typical paper pixel belongs at white.
    ratio = small / np.maximum(paper, 1.0)
    white = float(np.clip(np.median(ratio), 0.5, 1.0))
    light = cv2.resize(np.maximum(paper, 8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, light, scale=255 / white), np.uint8)


def _closed(gray: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Dark marks narrower than `share` of the longest side filled from their surroundings."""
    side = max(3, round(max(gray.shape) * share)) | 1
    kernel = np.ones((side, side), np.uint8)
    closed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(closed, np.uint8)
