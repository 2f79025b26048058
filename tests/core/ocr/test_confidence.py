"""A network is taken at its word only as far as that goes: second looks, temperature, doubt."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.ocr.confidence import NO_CORRECTION, ConfidenceSettings
from core.ocr.glyph import EMNIST_STYLE
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import read_boxes, read_glyphs
from core.ocr.settings import PageSettings
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

    probs = ConfidenceSettings(shifts=1).probs(pictures(0, 1, 20), classify)
    assert seen == [3, 2 * 4], "the first was sure; the others were moved in four directions"
    assert probs[0, 0] == pytest.approx(0.99)
    assert probs[1, 0] == pytest.approx((4 * 0.4 + 0.99) / 5), "lit once moved to the left"
    assert probs[2, 0] == pytest.approx(0.4)
    assert np.allclose(probs.sum(axis=1), 1)
    seen.clear()
    NO_CORRECTION.probs(pictures(1), classify)
    assert seen == [1]


def test_what_leaves_on_one_side_does_not_come_back() -> None:
    moved: list[NDArray[np.uint8]] = []

    def classify(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        moved.append(images)
        return np.full((len(images), 2), 0.5, np.float32)

    ConfidenceSettings(shifts=2).probs(pictures(27), classify)
    again = moved[1]
    assert len(again) == 8
    assert (
        sorted(image.any(axis=0).argmax() for image in again if image.any()) == [25, 26] + [27] * 4
    ), "two of eight left the picture; up and down stay in their column"


def test_a_temperature_changes_confidence_but_no_order() -> None:
    probs = np.array([[0.7, 0.2, 0.1]], np.float32)
    cool, warm = (
        ConfidenceSettings(temperature=t).probs(pictures(5), lambda _: probs) for t in (0.5, 2)
    )
    assert cool[0, 0] > 0.7 > warm[0, 0] > warm[0, 1] > warm[0, 2]
    assert cool.sum() == pytest.approx(1) and warm.sum() == pytest.approx(1)
    assert warm[0] == pytest.approx(np.sqrt(probs[0]) / np.sqrt(probs[0]).sum(), rel=1e-5)


def test_below_its_doubt_it_does_not_know() -> None:
    readings = read_glyphs(pictures(0, 9), left_column, "ab", ConfidenceSettings(doubt=0.9))
    assert [(r.char, r.known) for r in readings] == [("a", True), ("b", False)]
    (nothing,) = read_glyphs(np.zeros((1, 28, 28), np.uint8), left_column, "ab")
    assert (nothing.char, nothing.known) == ("", False)


def test_a_page_is_read_with_its_own_second_looks() -> None:
    page = Page.open(SAMPLE, PageSettings(shifts=2))
    counts: list[int] = []

    def classify(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        counts.append(len(images))
        return np.full((len(images), 2), 0.5, np.float32)

    read_boxes(page, rects_of(page)[:3], classify, "ab", EMNIST_STYLE)
    assert counts == [3, 3 * 8]


@pytest.mark.parametrize("written", ["warm", "nan", None, True, -1, 99, [2]])
def test_a_card_that_says_nonsense_is_not_followed(written: object) -> None:
    assert ConfidenceSettings.from_card({"temperature": written}).temperature == 1.0


def test_a_card_is_followed() -> None:
    assert ConfidenceSettings.from_card(
        {"temperature": 1.4, "doubt": "0.3"}, 2
    ) == ConfidenceSettings(2, 1.4, 0.3)
    assert ConfidenceSettings.from_card({}) == NO_CORRECTION


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
