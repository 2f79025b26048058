"""What is read with little confidence is read again: shifted, and cut in other places."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.ocr.glyph import EMNIST_STYLE
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import read_boxes
from core.ocr.settings import PageSettings
from core.ocr.shift_augmentation import average_over_shifts
from tests.core.ocr.pages import SAMPLE, opened, rects_of


def left_column(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Two classes; sure of the first where the leftmost column is lit, else wavering."""
    lit = images[:, :, 0].any(axis=1)
    first = np.where(lit, 0.99, 0.4).astype(np.float32)
    return np.stack([first, 1 - first], axis=1)


def pictures(*columns: int) -> NDArray[np.uint8]:
    """One picture a column, lit in that column alone."""
    images = np.zeros((len(columns), 28, 28), np.uint8)
    for image, column in zip(images, columns, strict=True):
        image[:, column] = 255
    return images


def test_only_the_unsure_are_looked_at_again_and_averaged() -> None:
    seen: list[int] = []

    def classify(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen.append(len(images))
        return left_column(images)

    probs = average_over_shifts(pictures(0, 1, 20), classify, 1)
    assert seen == [3, 2 * 4], "the first was sure; the others were moved in four directions"
    assert probs[0, 0] == pytest.approx(0.99)
    assert probs[1, 0] == pytest.approx((4 * 0.4 + 0.99) / 5), "lit once moved to the left"
    assert probs[2, 0] == pytest.approx(0.4)
    assert np.allclose(probs.sum(axis=1), 1)
    seen.clear()
    average_over_shifts(pictures(1), classify, 0)
    assert seen == [1]


def test_what_leaves_on_one_side_does_not_come_back() -> None:
    moved: list[NDArray[np.uint8]] = []

    def classify(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        moved.append(images)
        return np.full((len(images), 2), 0.5, np.float32)

    average_over_shifts(pictures(27), classify, 2)
    again = moved[1]
    assert len(again) == 8
    assert (
        sorted(image.any(axis=0).argmax() for image in again if image.any()) == [25, 26] + [27] * 4
    ), "two of eight left the picture; up and down stay in their column"


def test_a_page_is_read_with_its_own_second_looks() -> None:
    page = Page.open(SAMPLE, PageSettings(shifts=2))
    counts: list[int] = []

    def classify(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        counts.append(len(images))
        return np.full((len(images), 2), 0.5, np.float32)

    read_boxes(page, rects_of(page)[:3], classify, "ab", EMNIST_STYLE)
    assert counts == [3, 3 * 8]


def rings_only(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sure of the first class where one hole fills the middle, as in an o; wavering otherwise."""
    probs = []
    for image in images:
        ink = image > 100
        columns = np.flatnonzero(ink.any(axis=0))
        left, right = (columns[0], columns[-1]) if len(columns) else (0, 27)
        middle = image[14, left : right + 1]
        ends = ink[11:17, [left, right]].any(axis=0).all()
        ring = ends and not (middle[len(middle) // 3 : -len(middle) // 3] > 100).any()
        lone = not ink[14, left + 5 : right - 4].any() and right - left < 22
        probs.append((0.98, 0.02) if ring and lone else (0.3, 0.7))
    return np.array(probs, np.float32)


MIDDLES = (80, 133, 186, 300, 420, 540, 593, 700, 820, 873, 926)  # some touch their neighbours


def rings(*middles: int) -> NDArray[np.uint8]:
    pixels = np.full((240, 1100, 3), 240, np.uint8)
    for x in middles:
        cv2.ellipse(pixels, (x, 120), (24, 34), 0, 0, 360, (40, 40, 40), 7, cv2.LINE_AA)
    return pixels


def test_touching_characters_are_cut_where_the_parts_read_better(tmp_path: Path) -> None:
    page = opened(rings(*MIDDLES), tmp_path)
    cut = oversegment(page, rings_only, EMNIST_STYLE)
    assert len(cut.lines) == 1 and len(cut.lines[0]) == 11
    middles = [rect.centre[0] for rect in cut.lines[0]]
    assert np.abs(np.array(middles) - MIDDLES).max() < 8

    def whole_is_fine(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.tile(np.array([0.95, 0.05], np.float32), (len(images), 1))

    alone = opened(rings(*range(80, 1000, 100)), tmp_path)
    assert oversegment(alone, whole_is_fine, EMNIST_STYLE).lines == alone.lines
    left = page.found_again(PageSettings(split=False))
    assert oversegment(left, rings_only, EMNIST_STYLE) is left


def test_an_empty_page_is_not_cut(tmp_path: Path) -> None:
    page = opened(rings(), tmp_path)
    assert oversegment(page, rings_only, EMNIST_STYLE) is page
