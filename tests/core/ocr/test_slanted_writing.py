"""Writing that leans: the dot of an i stands beside its stem, above the next letter."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.paths import resource
from tests.core.ocr.pages import opened, rects_of

_WORDS = ("which is his", "simplicity is in it", "missing rivers")


def _written(lean: float) -> tuple[np.ndarray, list[float], list[float]]:
    """A page (H, W, 3) leaning right by `lean` pixels a pixel; middles of its i's and of others."""
    font = ImageFont.truetype(str(resource("fonts/Caveat.ttf")), 110)
    page = Image.new("L", (1500, 620), 245)
    draw = ImageDraw.Draw(page)
    dotted, others = [], []
    for row, words in enumerate(_WORDS):
        x, base = 120.0, 170 + 180 * row
        for char in words:
            wide = draw.textlength(char, font)
            if char != " ":
                draw.text((x, base), char, 30, font, anchor="ls")
                (dotted if char == "i" else others).append(x + wide / 2)
            x += wide + 9
    matrix = np.array([[1, -lean, 0], [0, 1, 0]], np.float64)
    leaning = np.zeros_like(np.asarray(page))
    for row in range(len(_WORDS)):  # each line about its own base line, so that places stay
        top, base = 180 * row, 170 + 180 * row
        matrix[0, 2] = lean * base
        line = cv2.warpAffine(np.asarray(page), matrix, page.size, borderValue=245)
        leaning[top : top + 180 if row < 2 else None] = line[top : top + 180 if row < 2 else None]
    return cv2.cvtColor(leaning, cv2.COLOR_GRAY2BGR), dotted, others


@pytest.mark.parametrize("lean", [0.0, 0.15, 0.3])
def test_the_dot_goes_to_its_own_stem_in_slanted_writing(tmp_path: Path, lean: float) -> None:
    pixels, dotted, others = _written(lean)
    page = opened(pixels, tmp_path)
    assert len(rects_of(page)) == len(dotted) + len(others)
    for line, words in zip(page.lines, _WORDS, strict=True):
        letters = words.replace(" ", "")
        low = np.median([r.h for r, c in zip(line, letters, strict=True) if c in "smnrvc"])
        for rect, letter in zip(line, letters, strict=True):
            if letter == "i":
                assert rect.h > 1.2 * low, "an i without its dot"
            elif letter in "smnrvc":
                assert rect.h < 1.35 * low, f"{letter} with somebody's dot"
