"""Reading while training: glyphs are cut once, a network that changes reads them again."""

import numpy as np
import pytest

from core.ocr.boxes import CharacterBox, Rect
from core.ocr.glyph import EMNIST_STYLE, MNIST_STYLE, GlyphStyle
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from hellodl_gui.features.page import page_reader
from hellodl_gui.features.page.page_reader import GlyphCache
from hellodl_gui.state.page_document import PageDocument


def test_the_memory_gives_what_cutting_gives(sample: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    cuts: list[int] = []

    def counted(page: Page, rects: list[Rect], recipe: GlyphStyle) -> np.ndarray:
        cuts.append(len(rects))
        return glyphs_of(page, rects, recipe)

    monkeypatch.setattr(page_reader, "glyphs_of", counted)
    memory = GlyphCache()
    rects = [box.rect for box in sample.boxes[:5]]
    for recipe in (MNIST_STYLE, MNIST_STYLE, EMNIST_STYLE):
        images = memory.cut(sample, rects, recipe)
        assert np.array_equal(images, glyphs_of(sample, rects, recipe))
    memory.cut(sample, [*rects[1:], rects[0].moved(3, 0)], EMNIST_STYLE)
    assert cuts == [5, 5, 1]


@pytest.fixture
def document() -> PageDocument:
    """Two lines of three boxes, without a photo."""
    document = PageDocument()
    places = [(row, column) for row in range(2) for column in range(3)]
    boxes = {
        id: CharacterBox(id, Rect(50.0 * column, 100.0 * row, 30, 60), row)
        for id, (row, column) in enumerate(places)
    }
    document.apply(boxes)
    return document


def test_a_new_box_joins_the_line_it_stands_in(document: PageDocument) -> None:
    assert document.line_near(Rect(160, 110, 30, 50)) == 1
    assert document.line_near(Rect(0, 400, 30, 50)) is None
    assert document.new_line() == 2
    assert document.line_near(Rect(0, 0, 30, 60), apart_from=range(6)) is None


def test_lines_run_from_top_to_bottom_whatever_their_numbers(document: PageDocument) -> None:
    document.apply({9: CharacterBox(9, Rect(0, -80, 30, 40), document.new_line())})
    assert [[box.id for box in line] for line in document.lines()] == [[9], [0, 1, 2], [3, 4, 5]]


def test_many_changes_are_told_once_and_nothing_chosen_is_gone(document: PageDocument) -> None:
    told: list[set[int]] = []
    document.boxes_changed.connect(told.append)
    document.select({0, 1})
    document.apply({0: None, 4: None, 7: CharacterBox(7, Rect(5, 5, 9, 9), 0)})
    assert told == [{0, 4, 7}]
    assert document.selected == {1}
    assert document.boxes.keys() == {1, 2, 3, 5, 7}
