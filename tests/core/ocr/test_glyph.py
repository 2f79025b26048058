"""Glyphs look like the pictures a data set is made of, whatever pen wrote them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import EMNIST_STYLE, MNIST_STYLE, cut_glyph


def page_with(draw: list[tuple[int, int, int, int]], pen: int = 7) -> NDArray[np.uint8]:
    """White paper 300 × 300 with grey-black lines (x0, y0, x1, y1)."""
    flat = np.full((300, 300), 255, np.uint8)
    for x0, y0, x1, y1 in draw:
        cv2.line(flat, (x0, y0), (x1, y1), 50, pen, cv2.LINE_AA)
    return flat


SEVEN = [(100, 80, 170, 80), (170, 80, 120, 200)]
AROUND = Rect(85, 65, 100, 150)


def box_of(glyph: NDArray[np.uint8], level: int = 60) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(glyph > level)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_an_empty_box_is_black() -> None:
    flat = page_with(SEVEN)
    for rect in (
        Rect(5, 5, 50, 50),
        Rect(-80, -80, 40, 40),
        Rect(400, 10, 50, 50),
        Rect(9, 9, 0, 0),
    ):
        glyph = cut_glyph(flat, rect)
        assert glyph.shape == (28, 28) and glyph.dtype == np.uint8 and not glyph.any()


def test_mnist_way_fits_20_pixels_about_the_centre_of_mass() -> None:
    glyph = cut_glyph(page_with(SEVEN), AROUND, MNIST_STYLE).astype(float)
    left, top, right, bottom = box_of(glyph)
    assert 19 <= max(right - left, bottom - top) <= 21
    places = np.arange(28) + 0.5
    assert abs(glyph.sum(axis=0) @ places / glyph.sum() - 14) < 0.3
    assert abs(glyph.sum(axis=1) @ places / glyph.sum() - 14) < 0.3
    assert glyph.max() > 240 and ((glyph > 20) & (glyph < 200)).any()


def test_emnist_way_fits_24_pixels_and_a_halo_about_the_box() -> None:
    glyph = cut_glyph(page_with(SEVEN), AROUND, EMNIST_STYLE)
    left, top, right, bottom = box_of(glyph)
    assert 22 <= max(right - left, bottom - top) <= 26
    assert abs((left + right) / 2 - 14) <= 1 and abs((top + bottom) / 2 - 14) <= 1


@pytest.mark.parametrize("pen", [1, 3, 7, 14, 22])
def test_every_pen_comes_out_like_the_data(pen: int) -> None:
    glyph = cut_glyph(page_with(SEVEN, pen), Rect(70, 50, 130, 180))
    left, top, right, bottom = box_of(glyph)
    assert 18 <= max(right - left, bottom - top) <= 21
    across = float(glyph[top + 6 : bottom - 3].sum(axis=1).mean()) / 255
    assert 1.5 < across < 4.5


def test_size_on_the_page_does_not_matter() -> None:
    flat = page_with(SEVEN)
    large = cv2.resize(flat, (1500, 1500), interpolation=cv2.INTER_CUBIC)
    a = cut_glyph(flat, AROUND).astype(float)
    b = cut_glyph(large, Rect(425, 325, 500, 750)).astype(float)
    assert np.abs(a - b).mean() < 6


def test_a_neighbour_reaching_in_is_left_out() -> None:
    alone = cut_glyph(page_with(SEVEN), AROUND)
    crowded = cut_glyph(page_with([*SEVEN, (178, 110, 290, 60)]), AROUND)
    assert np.abs(alone.astype(float) - crowded).mean() < 2


def test_a_box_cut_through_a_character_shows_its_part() -> None:
    assert cut_glyph(page_with(SEVEN), Rect(85, 65, 100, 60)).any()


def test_faint_ink_is_as_white_as_dark_ink() -> None:
    dark = page_with(SEVEN)
    faint = (255 - (255 - dark) * 0.35).astype(np.uint8)
    a, b = cut_glyph(dark, AROUND), cut_glyph(faint, AROUND, threshold=25.0)
    assert b.max() > 240
    assert np.abs(a.astype(float) - b).mean() < 8
