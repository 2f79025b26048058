"""Characters are found on pages in all the states that pages are in."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.ocr.boxes import Rect
from core.ocr.lines import group_lines, word_starts
from core.ocr.page import Page
from core.ocr.settings import PageSettings
from tests.core.ocr.pages import (
    SAMPLE,
    find_characters,
    iou,
    opened,
    recall,
    rects_of,
    rotated,
    sample_pixels,
    sample_rects,
    sample_truth,
)


def test_every_digit_of_the_sample_page_in_reading_order() -> None:
    page = Page.open(SAMPLE)
    truth = sample_truth()
    assert [len(line) for line in page.lines] == [len(t.replace(" ", "")) for t in truth["lines"]]
    assert all(iou(a, b) > 0.5 for a, b in zip(sample_rects(), rects_of(page), strict=True))
    assert [box.id for box in page.boxes] == list(range(60))
    assert [box.line for box in page.boxes] == [box["line"] for box in truth["boxes"]]


@pytest.mark.parametrize("degrees", [-3, 3])
def test_a_page_held_askew(degrees: float, tmp_path: Path) -> None:
    pixels = sample_pixels()
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turned = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    page = opened(turned, tmp_path)
    assert recall(rotated(sample_rects(), turn), rects_of(page)) == 1
    assert [len(line) for line in page.lines] == [10] * 6


def test_uneven_light_and_a_hard_shadow(tmp_path: Path) -> None:
    pixels = sample_pixels()
    fading = np.linspace(0.25, 1, pixels.shape[1])[None, :, None]
    fading = np.where(np.arange(pixels.shape[0])[:, None, None] > 560, fading * 0.6, fading)
    page = opened((pixels * fading).astype(np.uint8), tmp_path)
    assert recall(sample_rects(), rects_of(page)) == 1
    assert len(page.boxes) == 60


def test_ruled_and_squared_paper(tmp_path: Path) -> None:
    for down, tilt in ((0, 12), (40, 5)):
        paper = np.full_like(sample_pixels(), 255)
        for y in range(60, 1200, down or 76):
            cv2.line(paper, (20, y), (1560, y + tilt), (200, 180, 165), 2, cv2.LINE_AA)
        for x in range(60, 1560, down) if down else (150,):
            cv2.line(paper, (x, 10), (x + 3, 1180), (200, 180, 165), 2, cv2.LINE_AA)
        page = opened((sample_pixels() * (paper / 255)).astype(np.uint8), tmp_path)
        assert recall(sample_rects(), rects_of(page)) > 0.95
        assert len(page.boxes) <= 62


def test_specks_are_not_characters(tmp_path: Path) -> None:
    pixels = sample_pixels()
    for x, y in np.random.default_rng(0).integers(0, (1600, 1200), (300, 2)):
        cv2.circle(pixels, (int(x), int(y)), 2, (60, 60, 60), -1)
    page = opened(pixels, tmp_path)
    assert len(page.boxes) == 60
    assert recall(sample_rects(), rects_of(page)) == 1


def test_a_faint_pencil(tmp_path: Path) -> None:
    pixels = sample_pixels()
    paper = cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, np.ones((41, 41), np.uint8))
    page = opened(cv2.addWeighted(pixels, 0.3, paper, 0.7, 0), tmp_path)
    assert recall(sample_rects(), rects_of(page)) > 0.95


@pytest.mark.parametrize("grain", [0, 3, 20])
def test_a_blank_page_is_blank(grain: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    light = np.linspace(120, 230, 900)[None, :, None]
    page = opened(
        np.clip(rng.normal(light, grain, (700, 900, 3)), 0, 255).astype(np.uint8), tmp_path
    )
    assert page.lines == () and page.boxes == []
    assert page.ink.mean() < 0.001


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (3, 3), (40, 2000)])
def test_photos_of_odd_sizes(shape: tuple[int, int], tmp_path: Path) -> None:
    for level in (0, 128, 255):
        assert opened(np.full((*shape, 3), level, np.uint8), tmp_path).boxes == []


def test_sensitivity_finds_fainter_ink(tmp_path: Path) -> None:
    pixels = np.full((200, 600, 3), 240, np.uint8)
    for k, level in enumerate((20, 150, 205)):
        cv2.ellipse(pixels, (100 + 200 * k, 100), (30, 45), 0, 0, 360, (level,) * 3, 7)
    found = []
    for sensitivity in (0.0, 0.5, 1.0):
        page = opened(pixels, tmp_path).found_again(PageSettings(sensitivity=sensitivity))
        found.append(len(page.boxes))
    assert found == sorted(found) and found[0] < found[-1] == 3


def test_large_photos_keep_their_own_pixels(tmp_path: Path) -> None:
    """12 megapixels are looked through on a smaller copy; boxes stay in photo pixels."""
    big = cv2.resize(sample_pixels(), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "big.jpg"), big)
    page = Page.open(tmp_path / "big.jpg")
    assert page.flat.shape == (3000, 4000) and page.ink.size < page.flat.size
    truth = [Rect(r.x * 2.5, r.y * 2.5, r.w * 2.5, r.h * 2.5) for r in sample_rects()]
    assert recall(truth, rects_of(page)) == 1


def test_progress_is_told_and_can_stop() -> None:
    told: list[tuple[int, int, str]] = []
    Page.open(SAMPLE, progress=lambda *news: told.append(news))
    assert [done for done, _, _ in told] == [0, 1, 2, 3] and {total for _, total, _ in told} == {4}

    def stop(done: int, total: int, what: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Page.open(SAMPLE, progress=stop)


def letters(*shapes: tuple[str, tuple[int, ...]]) -> np.ndarray:
    """A mask with ellipses "o" (x, y, rx, ry), strokes "/" (x0, y0, x1, y1), dots "." (x, y, r)."""
    mask = np.zeros((300, 600), np.uint8)
    for kind, place in shapes:
        if kind == "o":
            cv2.ellipse(mask, place[:2], place[2:], 0, 0, 360, 1, 6)
        elif kind == "/":
            cv2.line(mask, place[:2], place[2:], 1, 6)
        else:
            cv2.circle(mask, place[:2], place[2], 1, -1)
    return mask.astype(bool)


def test_dots_bars_and_broken_strokes_join() -> None:
    around = ("o", (60, 150, 22, 32)), ("o", (500, 150, 22, 32))
    dotted = letters(*around, ("/", (200, 135, 200, 182)), (".", (204, 106, 5)))
    broken = letters(*around, ("/", (200, 118, 196, 145)), ("/", (195, 156, 190, 182)))
    barred = letters(*around, ("o", (200, 165, 22, 18)), ("/", (190, 133, 228, 131)))
    for mask in (dotted, broken, barred):
        (line,) = find_characters(mask, PageSettings())
        assert len(line) == 3
        assert line[1].h > 55


def test_touching_characters_are_cut() -> None:
    pair = ("o", (230, 150, 22, 34)), ("o", (281, 150, 22, 34))
    others = [("o", (60 + 60 * k, 150, 22, 34)) for k in (0, 1, 5, 6, 7)]
    mask = letters(*pair, *others)
    (cut,) = find_characters(mask, PageSettings())
    (whole,) = find_characters(mask, PageSettings(split=False))
    assert (len(cut), len(whole)) == (7, 6)


def test_lines_with_tails_into_each_other() -> None:
    """No empty row lies between these lines, and both climb."""
    upper = [Rect(60 * k, 100 - 4 * k, 40, 100 if k % 3 == 0 else 50) for k in range(8)]
    lower = [
        Rect(60 * k + 20, (160 if k % 3 == 1 else 190) - 4 * k, 40, 80 if k % 3 == 1 else 50)
        for k in range(8)
    ]
    assert group_lines([*lower[::-1], *upper], 50) == [upper, lower]


def test_words_are_parted_by_wide_gaps() -> None:
    line = [Rect(x, 0, 30, 50) for x in (0, 40, 80, 170, 210, 250)]
    assert word_starts(line) == [False, False, False, True, False, False]
    assert not any(word_starts([Rect(90 * k, 0, 30, 50) for k in range(6)]))
    assert word_starts([]) == []
    assert not any(word_starts(line, 3.0)), "a wider gap was asked for"


def test_boxes_of_other_hands(shared_data: Path) -> None:
    """Real letters of unseen writers, and the two real photographs of the original."""
    pages = shared_data / "pages"
    truth = json.loads((pages / "truth.json").read_text())
    recalls = []
    for name, page in truth.items():
        found = Page.open(pages / name)
        if "boxes_before_rotation" not in page:
            wanted = sum(len(line.replace(" ", "")) for line in page["lines"])
            assert len(found.boxes) == wanted
            assert len(found.lines) == len(page["lines"])
            continue
        height, width = found.flat.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), page["rotation_deg_ccw"], 1)
        boxes = [Rect(x, y, r - x, b - y) for _, x, y, r, b in page["boxes_before_rotation"]]
        recalls.append(recall(rotated(boxes, turn), rects_of(found)))
    assert np.mean(recalls) >= 0.95
