"""Pages that are hard for reasons of their own: boards, desks, dark squares, dots, cracks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.ocr.boxes import Rect
from core.ocr.glyph import EMNIST_STYLE
from core.ocr.illumination import is_dark_paper, to_gray
from core.ocr.lines import group_lines
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from core.ocr.ruled_lines import remove_ruled_lines
from core.ocr.settings import PageSettings
from tests.core.ocr.pages import (
    SAMPLE,
    find_characters,
    opened,
    recall,
    rects_of,
    rotated,
    sample_pixels,
    sample_rects,
)


def test_chalk_on_a_board_reads_like_ink_on_paper(tmp_path: Path) -> None:
    board = (255 - sample_pixels() * 0.75).astype(np.uint8)
    shade = np.linspace(1, 0.5, board.shape[1])[None, :, None]
    page = opened((board * shade).astype(np.uint8), tmp_path)
    assert page.turned and len(page.boxes) == 60
    assert recall(sample_rects(), rects_of(page)) == 1
    light = page.found_again(PageSettings(paper=1))
    assert not light.turned, "a person knows better"
    again = light.found_again(PageSettings())
    assert again.lines == page.lines


def test_a_page_is_not_taken_for_a_board() -> None:
    pixels = sample_pixels()
    assert not is_dark_paper(to_gray(pixels))
    assert not is_dark_paper((to_gray(pixels) * 0.2).astype(np.uint8)), "only the light is poor"
    assert not Page.open(SAMPLE).turned


def test_a_sheet_on_a_dark_desk(tmp_path: Path) -> None:
    """The desk is wider than any pen; its grain and the photo's corners are no writing."""
    pixels = sample_pixels()
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    sheet = np.array([[190, 130], [1440, 90], [1500, 1120], [120, 1080]], np.float32)
    lay = cv2.getPerspectiveTransform(corners, sheet)
    laid = cv2.warpPerspective(pixels, lay, (width, height))
    covers = cv2.warpPerspective(np.ones_like(pixels), lay, (width, height)) > 0
    desk = np.random.default_rng(0).normal((45, 60, 80), 6, pixels.shape)
    page = opened(np.where(covers, laid, np.clip(desk, 0, 255)).astype(np.uint8), tmp_path)
    truth = []
    for r in sample_rects():
        edges = np.array([[r.x, r.y], [r.right, r.y], [r.x, r.bottom], [r.right, r.bottom]])
        moved = cv2.perspectiveTransform(edges[None].astype(np.float32), lay)[0]
        (x, y), (right, bottom) = moved.min(axis=0), moved.max(axis=0)
        truth.append(Rect(float(x), float(y), float(right - x), float(bottom - y)))
    assert recall(truth, rects_of(page)) == 1
    assert [len(line) for line in page.lines] == [10] * 6


def squares(pixels: NDArray[np.uint8], step: int, level: int) -> NDArray[np.uint8]:
    """`pixels` on paper with thick grey squares; ink stays as dark as it is."""
    paper = np.full_like(pixels, 255)
    for at in range(20, pixels.shape[1], step):
        cv2.line(paper, (at, 0), (at, pixels.shape[0]), (level,) * 3, 3, cv2.LINE_AA)
        cv2.line(paper, (0, at), (pixels.shape[1], at + 9), (level,) * 3, 3, cv2.LINE_AA)
    return np.minimum(pixels, paper)


def test_thick_squares_are_told_by_their_paler_ink(tmp_path: Path) -> None:
    page = opened(squares(sample_pixels(), 46, 130), tmp_path)
    assert recall(sample_rects(), rects_of(page)) == 1
    assert len(page.boxes) == 60
    plain = Page.open(SAMPLE)
    rects = sample_rects()[:20]
    ruled, clean = (glyphs_of(p, rects, EMNIST_STYLE).astype(float) for p in (page, plain))
    assert np.abs(ruled - clean).mean() < 6, "no ghosts of lines in what the network sees"
    left = page.found_again(PageSettings(rules=False))
    assert recall(sample_rects(), rects_of(left)) < 0.5 and left.clean is left.flat


@pytest.mark.parametrize("level", [205, 185, 165, 145])
def test_squares_as_faint_as_the_threshold_leave_nothing_on_letters(
    level: int, tmp_path: Path
) -> None:
    """Where only the crossings with letters count as ink, there is no line left to find in ink."""
    page = opened(squares(sample_pixels(), 46, level), tmp_path)
    assert recall(sample_rects(), rects_of(page)) == 1 and len(page.boxes) == 60


def test_a_stroke_along_a_printed_line_stays_where_it_is_darker() -> None:
    dark = np.zeros((200, 400), np.uint8)
    dark[100:103] = 90
    dark[100:103, 150:190] = 210  # the bar of a t, written on the line
    dark[60:140, 168:172] = 210
    writing = remove_ruled_lines(dark > 40, dark)
    assert writing[101, 150:190].all() and not writing[101, :140].any()
    assert not remove_ruled_lines(dark > 40)[101, 152:164].any(), "without darkness none can tell"


def test_a_tilted_sheet_on_a_bright_table_is_found_in_reading_order(tmp_path: Path) -> None:
    pixels = sample_pixels()
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 0.85)
    page = opened(
        cv2.warpAffine(pixels, turn, (width, height), borderValue=(235, 235, 235)), tmp_path
    )
    # The rectangle around a turned rectangle is wider than the one around a turned 1.
    assert recall(rotated(sample_rects(), turn), rects_of(page)) >= 0.95
    assert [len(line) for line in page.lines] == [10] * 6


def test_a_dot_leads_no_line() -> None:
    """It stands first and high, but the letters that follow it belong together."""
    letters = [Rect(60.0 + 60 * k, 100, 40, 60) for k in range(5)]
    dot = Rect(40, 96, 10, 10)
    assert group_lines([dot, *letters], 60) == [[dot, *letters]]


def mask(*strokes: tuple[tuple[int, int], tuple[int, int]]) -> NDArray[np.bool_]:
    drawn = np.zeros((260, 700), np.uint8)
    for start, end in strokes:
        cv2.line(drawn, start, end, 1, 6)
    for x in (60, 620):
        cv2.ellipse(drawn, (x, 140), (24, 34), 0, 0, 360, 1, 6)
    return drawn.astype(bool)


def test_a_dash_over_a_wide_i_is_its_dot_but_dust_is_not() -> None:
    body = ((300, 120), (300, 170)), ((300, 170), (345, 172))
    (dashed,) = find_characters(mask(*body, ((292, 84), (312, 82))), PageSettings())
    assert len(dashed) == 3 and dashed[1].y < 90
    dusty = mask(*body)
    dusty[84:87, 300:303] = True
    (plain,) = find_characters(dusty, PageSettings())
    assert len(plain) == 3 and plain[1].y > 110


def test_a_cracked_foot_is_part_of_its_letter_and_joining_can_be_turned_off() -> None:
    cracked = mask(((300, 105), (300, 172)), ((314, 150), (314, 172)), ((440, 106), (440, 174)))
    counts = [sum(map(len, find_characters(cracked, PageSettings(join=far)))) for far in (1.0, 0.0)]
    assert counts == [4, 5]
