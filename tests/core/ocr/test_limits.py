"""What a network of single characters cannot read is known before it is read wrongly."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.ocr.boxes import Rect
from core.ocr.limits import alphabet, is_joined, is_too_wide
from core.ocr.page import Page
from core.paths import resource
from tests.core.ocr.pages import SAMPLE, opened, rects_of


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ("abcdefghijklmnopqrstuvwxyz", "a–z"),
        ("0123456789", "0–9"),
        ("0123456789abc", "0–9, a–c"),
        ("37", "3, 7"),
        (("cat", "dog"), "cat, dog"),
        ((), ""),
    ],
)
def test_an_alphabet_is_named_in_runs(classes: tuple[str, ...], said: str) -> None:
    assert alphabet(classes) == said


def joined_page() -> np.ndarray:
    """Words whose letters hang together, as in cursive writing."""
    font = ImageFont.truetype(str(resource("fonts/Caveat.ttf")), 110)
    page = Image.new("L", (1500, 620), 245)
    draw = ImageDraw.Draw(page)
    for row, words in enumerate(("running water", "moon summer", "woven wool")):
        x, base = 120.0, 170 + 180 * row
        for word in words.split():
            wide = draw.textlength(word, font)
            draw.text((x, base), word, 30, font, anchor="ls")
            draw.line([(x + 8, base - 6), (x + wide - 8, base - 6)], 30, 7)
            x += wide + 60
    return cv2.cvtColor(np.asarray(page), cv2.COLOR_GRAY2BGR)


def test_joined_writing_is_noticed_and_single_letters_are_not(tmp_path: Path) -> None:
    page = opened(joined_page(), tmp_path)
    assert is_joined(page)
    assert sum(is_too_wide(page, rect) for rect in rects_of(page)) >= len(rects_of(page)) / 2
    for clean in (SAMPLE, resource("pages/letters.jpg")):
        page = Page.open(clean)
        assert not is_joined(page)
        assert not any(is_too_wide(page, rect) for rect in rects_of(page))
        first = page.lines[0][0]
        whole = Rect(first.x, first.y, page.lines[0][3].right - first.x, first.h)
        assert is_too_wide(page, whole)
