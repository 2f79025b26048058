"""Pages for tests: drawn ones, the sample page, and how well boxes meet the truth."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.components import find_components, join_components
from core.ocr.page import Page
from core.ocr.ruled_lines import remove_ruled_lines
from core.ocr.segment import segment_lines
from core.ocr.settings import PageSettings
from core.paths import resource

SAMPLE = resource("pages/digits.jpg")


def sample_truth() -> dict[str, Any]:
    return json.loads(resource("pages/digits.json").read_text(encoding="utf-8"))


def sample_rects() -> list[Rect]:
    return [Rect(*(box[side] for side in "xywh")) for box in sample_truth()["boxes"]]


def sample_pixels() -> NDArray[np.uint8]:
    """The sample page (H, W, 3) BGR, ready to be spoilt."""
    return np.asarray(cv2.imread(str(SAMPLE)), np.uint8)


def opened(pixels: NDArray[np.uint8], folder: Path) -> Page:
    """What is found on these pixels (H, W, 3) BGR."""
    path = folder / "page.png"
    cv2.imwrite(str(path), pixels)
    return Page.open(path)


def find_characters(ink: NDArray[np.bool_], settings: PageSettings) -> list[list[Rect]]:
    """Lines of characters on a mask (H, W), in its pixels."""
    strokes, scale = find_components(remove_ruled_lines(ink) if settings.rules else ink)
    return segment_lines(join_components(strokes, scale, settings.join), scale, settings)


def rects_of(page: Page) -> list[Rect]:
    return [rect for line in page.lines for rect in line]


def iou(a: Rect, b: Rect) -> float:
    """Intersection over union, 0..1."""
    w = min(a.right, b.right) - max(a.x, b.x)
    h = min(a.bottom, b.bottom) - max(a.y, b.y)
    common = max(w, 0) * max(h, 0)
    return common / (a.w * a.h + b.w * b.h - common)


def recall(truth: Sequence[Rect], found: Iterable[Rect]) -> float:
    """Share of the true boxes that some found box meets with IoU > 0.5."""
    found = list(found)
    return float(np.mean([any(iou(t, f) > 0.5 for f in found) for t in truth]))


def rotated(rects: Sequence[Rect], matrix: NDArray[np.float64]) -> list[Rect]:
    """Upright rectangles around the rectangles moved by a (2, 3) matrix."""
    moved = []
    for r in rects:
        corners = [(r.x, r.y, 1), (r.right, r.y, 1), (r.x, r.bottom, 1), (r.right, r.bottom, 1)]
        points = np.array(corners) @ matrix.T
        (x, y), (right, bottom) = points.min(axis=0), points.max(axis=0)
        moved.append(Rect(x, y, right - x, bottom - y))
    return moved
