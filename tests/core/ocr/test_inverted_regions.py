"""Pages with something large and dark on them: bars, blots, stickers, labels with light writing."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.ocr.boxes import Rect
from core.ocr.inverted_regions import restore_inverted_regions
from tests.core.ocr.pages import opened, recall, rects_of, rotated, sample_pixels, sample_rects


def _row(rects: list[Rect], row: int) -> list[Rect]:
    return sorted(rects, key=lambda r: r.centre[1])[10 * row : 10 * row + 10]


def _around(rects: list[Rect], room: int) -> tuple[int, int, int, int]:
    return (
        int(min(r.x for r in rects)) - room,
        int(min(r.y for r in rects)) - room,
        int(max(r.right for r in rects)) + room,
        int(max(r.bottom for r in rects)) + room,
    )


@pytest.mark.parametrize("thick", [0.5, 1.0, 2.5])
def test_a_dark_bar_hides_only_what_lies_under_it(tmp_path: Path, thick: float) -> None:
    pixels, truth = sample_pixels(), sample_rects()
    left, top, right, bottom = _around(_row(truth, 2), 8)
    bottom = top + int((bottom - top) * thick)
    cv2.rectangle(pixels, (left, top), (right, bottom), (15, 15, 15), cv2.FILLED)
    clear = [r for r in truth if r.bottom < top - 4 or r.y > bottom + 4]
    found = rects_of(opened(pixels, tmp_path))
    assert recall(clear, found) == 1
    assert len(found) <= len(truth)


@pytest.mark.parametrize("size", [(120, 40), (300, 150), (450, 90)])
def test_a_pen_or_blot_on_the_page_is_no_writing(tmp_path: Path, size: tuple[int, int]) -> None:
    pixels, truth = sample_pixels(), sample_rects()
    centre = pixels.shape[1] // 2, pixels.shape[0] // 2
    cv2.ellipse(pixels, (centre, size, 30), (25, 20, 20), cv2.FILLED)
    cover = np.zeros(pixels.shape[:2], np.uint8)
    cv2.ellipse(cover, (centre, (size[0] + 12, size[1] + 12), 30), 1, cv2.FILLED)
    clear = [r for r in truth if not cover[int(r.y) : int(r.bottom), int(r.x) : int(r.right)].any()]
    assert recall(clear, rects_of(opened(pixels, tmp_path))) == 1


@pytest.mark.parametrize("angle", [0.0, 4.0])
@pytest.mark.parametrize("row", [0, 3])
def test_light_writing_on_a_dark_label_is_read_like_the_rest(
    tmp_path: Path, row: int, angle: float
) -> None:
    pixels, truth = sample_pixels(), sample_rects()
    left, top, right, bottom = _around(_row(truth, row)[:4], 16)
    pixels[top:bottom, left:right] = 255 - pixels[top:bottom, left:right]
    turn = cv2.getRotationMatrix2D((pixels.shape[1] / 2, pixels.shape[0] / 2), angle, 1.0)
    size = pixels.shape[1], pixels.shape[0]
    turned = cv2.warpAffine(pixels, turn, size, borderMode=cv2.BORDER_REPLICATE)
    page = opened(np.asarray(turned, np.uint8), tmp_path)
    inside = [
        r
        for r in rotated(truth, turn)
        if r.x > 4 and r.y > 4 and r.right < size[0] - 4 and r.bottom < size[1] - 4
    ]
    assert recall(inside, rects_of(page)) == 1
    assert len(page.boxes) == len(inside)


def test_dark_writing_on_a_light_sticker_on_a_board(tmp_path: Path) -> None:
    pixels = (255 - sample_pixels() * 0.85).astype(np.uint8)
    left, top, right, bottom = _around(_row(sample_rects(), 4)[3:7], 16)
    pixels[top:bottom, left:right] = 255 - pixels[top:bottom, left:right]
    page = opened(pixels, tmp_path)
    assert page.turned and recall(sample_rects(), rects_of(page)) == 1


def test_bold_letters_with_holes_are_no_labels() -> None:
    page = np.full((400, 900), 240, np.uint8)
    for k, letter in enumerate("BD80O"):
        cv2.putText(page, letter, (40 + 170 * k, 300), cv2.FONT_HERSHEY_SIMPLEX, 7, 10, 40)
    assert restore_inverted_regions(page, turned=False) is page


def test_a_page_without_signs_is_left_alone() -> None:
    gray = cv2.cvtColor(sample_pixels(), cv2.COLOR_BGR2GRAY)
    assert restore_inverted_regions(np.asarray(gray, np.uint8), turned=False) is gray
