"""Binarization: a global threshold with hysteresis, after `illumination` has evened the light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.settings import PageSettings

_FAINTEST = 14.0  # darkness below which nothing on a photo can be told from paper
_NO_GRAIN = 80  # darkness: what lies above it is no paper, however coarse
_GRAIN = 4.5  # ink stands this many grain deviations above the paper


@dataclass(frozen=True)
class Binarization:
    """`mask` (H, W) bool, and the darkness (255 − level) from which a pixel counts as ink."""

    mask: NDArray[np.bool_]
    threshold: float


def binarize(flat: NDArray[np.uint8], settings: PageSettings) -> Binarization:
    """Ink on a page of even light (H, W), paper 255.

    The threshold lies a share of the way from the paper to the page's own pen (`sensitivity` sets
    the share), but always clear of the paper's grain. A mark must somewhere be well above it
    (hysteresis), so that neither grain nor a blank page turns into ink.
    """
    if flat.size == 0:
        return Binarization(np.zeros(flat.shape, bool), 255.0)
    dark = cv2.GaussianBlur(cv2.bitwise_not(flat), (0, 0), 0.8)
    share = float(np.interp(settings.sensitivity, (0.0, 0.5, 1.0), (0.75, 0.33, 0.12)))
    floor = max(_FAINTEST, _GRAIN * _grain(dark) * share / 0.33)
    pen = _pen(dark, floor)
    threshold = max(floor, share * pen)
    sure = max(1.3 * threshold, min(2 * floor, 0.6 * pen))
    return Binarization(_hysteresis(dark, threshold, sure), threshold)


def _grain(dark: NDArray[np.uint8]) -> float:
    """The paper's standard deviation. Half of the paper is clipped at white; 70 % of it lie below
    0.52 σ, and writing or ruling seldom covers the rest. A desk may, but it is too dark for grain.
    """
    levels = dark[::3, ::3]
    paper = levels[levels < _NO_GRAIN]
    return max(0.5, float(np.quantile(paper, 0.7)) / 0.524) if paper.size else 0.5


def _pen(dark: NDArray[np.uint8], floor: float) -> float:
    """How dark the pen is: the upper end of what is clearly darker than paper.

    The desk beside the sheet is dark too, but it runs into the photo's border.
    """
    dark = np.ascontiguousarray(dark[::2, ::2])  # enough to tell how dark a pen is
    marks = (dark > 1.5 * floor).astype(np.uint8)
    count, labels = cv2.connectedComponents(marks, connectivity=8, ltype=cv2.CV_32S)
    inner = np.ones(count, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        inner[side] = False
    inner[0] = False
    written = dark[inner[labels]]
    return float(np.quantile(written, 0.8)) if written.size else 255.0


def _hysteresis(dark: NDArray[np.uint8], low: float, high: float) -> NDArray[np.bool_]:
    weak = (dark >= low).astype(np.uint8)
    count, labels = cv2.connectedComponents(weak, connectivity=8, ltype=cv2.CV_32S)
    strong = np.zeros(count, bool)
    strong[labels[dark >= high]] = True
    strong[0] = False
    return strong[labels]
