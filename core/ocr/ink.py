"""What on the page is ink."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_FAINTEST = 28.0


@dataclass(frozen=True)
class Ink:
    """`darkness` (H, W) float32 from 0 (paper) to 1 (typical ink), and the `mask` of ink, 0 or 1."""

    darkness: NDArray[np.float32]
    mask: NDArray[np.uint8]


def find_ink(flat: NDArray[np.uint8], sensitivity: float = 0.5) -> Ink:
    """Separate ink from flattened paper (H, W).

    `sensitivity` from 0 to 1: how much fainter than typical ink a pixel may be. A page on which
    nothing stands out from the grain of the paper has no ink at all.
    """
    dark = cv2.subtract(np.full_like(flat, 255), cv2.GaussianBlur(flat, (0, 0), 0.8))
    level, _ = cv2.threshold(dark, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    paper = float(np.median(dark))
    inked = dark[dark > max(level, paper + _FAINTEST / 2)]
    typical = float(inked.mean()) if inked.size else 0.0
    contrast = typical - paper
    share = inked.size / max(dark.size, 1)
    if contrast < _FAINTEST or share > 0.45:
        nothing = np.zeros(flat.shape, np.uint8)
        return Ink(nothing.astype(np.float32), nothing)
    darkness = (dark.astype(np.float32) - np.float32(paper)) / np.float32(contrast)
    np.clip(darkness, 0, 1, out=darkness)
    threshold = 0.8 - 0.6 * min(max(sensitivity, 0.0), 1.0)
    return Ink(darkness, (darkness > threshold).astype(np.uint8))
