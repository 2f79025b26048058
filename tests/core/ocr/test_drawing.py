"""A drawing reaches the network as the data have it, wherever and however large it was drawn."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.glyph_preprocessing import EMNIST_STYLE, MNIST_STYLE
from core.ocr.drawing import Drawing, InkCanvas, Point, Stroke, smooth_stroke


def line(x0: float, y0: float, x1: float, y1: float, pen: float = 0.08) -> Stroke:
    shares = np.linspace(0, 1, 12)
    return Stroke(tuple((x0 + s * (x1 - x0), y0 + s * (y1 - y0), pen) for s in shares))


def ring(x: float, y: float, radius: float, pen: float = 0.08) -> Stroke:
    turns = np.linspace(0, 2 * math.pi, 40)
    return Stroke(tuple((x + radius * math.cos(t), y + radius * math.sin(t), pen) for t in turns))


def received(*strokes: Stroke, **options: object) -> NDArray[np.uint8]:
    drawing = Drawing(strokes, **options)  # type: ignore[arg-type]
    return InkCanvas.of(drawing).received(drawing, MNIST_STYLE)


def middle(picture: NDArray[np.uint8]) -> tuple[float, float]:
    weights = picture.astype(float) / picture.sum()
    places = np.arange(28) + 0.5
    return float(weights.sum(axis=0) @ places), float(weights.sum(axis=1) @ places)


def test_an_empty_sheet_is_black() -> None:
    assert Drawing().empty and not received().any() and not received(centred=False).any()


@pytest.mark.parametrize(("x", "y", "size"), [(0.5, 0.5, 0.3), (0.25, 0.3, 0.12), (0.8, 0.7, 0.1)])
def test_place_and_size_do_not_matter(x: float, y: float, size: float) -> None:
    picture = received(ring(x, y, size, 0.25 * size))
    wanted = received(ring(0.5, 0.5, 0.4, 0.1))
    rows = np.flatnonzero(picture.max(axis=1) > 60)
    assert 19 <= rows[-1] + 1 - rows[0] <= 21
    assert middle(picture) == pytest.approx((14, 14), abs=0.3)
    assert np.corrcoef(picture.ravel(), wanted.ravel())[0, 1] > 0.9


def test_letters_are_made_as_large_as_theirs() -> None:
    drawing = Drawing((line(0.4, 0.3, 0.6, 0.7),))
    rows = np.flatnonzero(InkCanvas.of(drawing).received(drawing, EMNIST_STYLE).max(axis=1) > 60)
    assert 22 <= rows[-1] + 1 - rows[0] <= 26


def test_without_centring_the_ink_stays_where_it_is() -> None:
    picture = received(ring(0.25, 0.25, 0.1), centred=False)
    assert middle(picture) == pytest.approx((7, 7), abs=0.1)


def test_the_eraser_takes_ink_away() -> None:
    stroke = line(0.5, 0.1, 0.5, 0.9)
    half = received(stroke, replace(line(0.3, 0.7, 0.7, 0.7, 0.4), erases=True), centred=False)
    assert half[4:13].any() and not half[15:25].any()
    assert not received(stroke, replace(stroke, erases=True)).any()


def test_a_picture_of_the_data_lies_on_the_sheet_as_it_is() -> None:
    under = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    np.testing.assert_array_equal(received(under=under, centred=False), under)
    drawn = received(line(0.1, 0.5, 0.9, 0.5), under=under, centred=False)
    np.testing.assert_array_equal(drawn[:12], under[:12])
    assert drawn[14, 4:24].min() > 200


def test_a_line_is_smooth_and_ends_where_the_pen_was() -> None:
    corner: list[Point] = [(0.1, 0.1, 0.1), (0.9, 0.1, 0.05), (0.9, 0.9, 0.1)]
    pieces = smooth_stroke(corner)
    assert pieces[0][:2] == (0.1, 0.1) and pieces[-1][2:4] == (0.9, 0.9)
    for one, other in itertools.pairwise(pieces):
        assert one[2:4] == other[:2]
    directions = [math.atan2(p[3] - p[1], p[2] - p[0]) for p in pieces[1:]]
    assert np.abs(np.diff(directions)).max() < 0.35, "radians from piece to piece"


def test_pressure_makes_the_line_thicker() -> None:
    soft = received(line(0.2, 0.5, 0.8, 0.5, 0.03), centred=False).sum()
    firm = received(line(0.2, 0.5, 0.8, 0.5, 0.12), centred=False).sum()
    assert firm > 3 * soft


def test_what_is_beside_the_sheet_is_lost_and_harmless() -> None:
    assert not received(line(1.5, -0.5, 2.5, 4.0)).any()
    assert received(line(-1.0, 0.5, 2.0, 0.5)).any()
