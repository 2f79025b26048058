"""Uneven light evened out: every place of the page divided by the paper around it."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = 320


def flatten_light(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) grey → (H, W) in which paper is 255 everywhere, shadows and vignettes gone.

    The paper is what remains when everything dark and narrow is closed away, on a reduced copy.
    """
    height, width = grey.shape
    scale = min(1.0, _SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    side = max(3, round(max(size) / 12)) | 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disk, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.GaussianBlur(paper, (0, 0), side / 4)
    full = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(grey, np.maximum(full, 1), scale=255)
