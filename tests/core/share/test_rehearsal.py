"""Training for a film: bounded, recorded, with a page read at every snapshot."""

from itertools import count
from pathlib import Path

import pytest

from core.chapters.registry import chapter
from core.chapters.shared.page_network import chapter_for
from core.kernels.engine import use_engine
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from core.paths import resource
from core.record.reader import RunFile
from core.share.headless_film import FilmBudget, PageGlyphs, record_film_run
from tests.core.record.runs import ROOT


def _hear(epoch: float, loss: float, metrics: object, validated: bool) -> None:
    pass


def test_a_page_is_read_at_every_snapshot(tmp_path: Path) -> None:
    declared = chapter("digit-kernels")
    page = Page.open(resource("pages/digits.jpg"))
    rects = [box.rect for box in page.boxes][:5]
    glyphs = PageGlyphs(glyphs_of(page, rects, declared.glyph_style()), "digits.jpg")
    with use_engine("fast"):
        path = record_film_run(
            declared,
            declared.parsed({"validate_every": "2000"}),
            FilmBudget(3),
            tmp_path,
            _hear,
            glyphs,
        )
    assert path.parent == tmp_path
    with RunFile(path) as film:
        assert film.last_step == 3
        assert len(film.moments) >= 2
        for step in film.moments.tolist():
            reading = film.page_reading("digits.jpg", step)
            assert reading is not None
            assert reading.probabilities.shape == (5, 10)


def test_time_ends_training_too(tmp_path: Path) -> None:
    declared = chapter("learning")
    ticks = count()
    with use_engine("fast"):
        path = record_film_run(
            declared, declared.parsed({"validate_every": "2000"}), FilmBudget(seconds=6), tmp_path,
            _hear, clock=lambda: float(next(ticks)),
        )  # fmt: skip
    with RunFile(path) as film:
        assert film.last_step == 6


def test_the_page_of_digits_is_for_digits() -> None:
    with use_engine("reference"):
        assert chapter_for(Page.open(resource("pages/digits.jpg"))).key == "digit-kernels"


@pytest.mark.parametrize("name", ["hello_deep_learning.jpg", "unipen_04.jpg"])
def test_pages_of_letters_are_for_letters(name: str) -> None:
    path = ROOT.parent / "shared/data/pages" / name
    if not path.exists():
        pytest.skip("the photos are not beside this checkout")
    with use_engine("reference"):
        assert chapter_for(Page.open(path)).key == "reading"
