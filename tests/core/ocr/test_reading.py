"""Boxes go through a classifier and come out as characters, text and plain data."""

import json
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.chapters.registry import chapter
from core.chapters.shared.predictor import open_predictor
from core.ocr.boxes import Rect
from core.ocr.export import as_dict, as_lines, as_text
from core.ocr.glyph import MNIST_STYLE
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import read_boxes
from core.ocr.sample import sample_page
from tests.core.ocr.pages import SAMPLE, rects_of, sample_truth


def always_c(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0.7 for the third of four classes, 0.2 for the first, 0.1 for the last."""
    assert images.shape[1:] == (28, 28) and images.dtype == np.uint8
    return np.tile(np.array([0.2, 0, 0.7, 0.1], np.float32), (len(images), 1))


def test_best_guess_and_two_alternatives() -> None:
    page = Page.open(SAMPLE)
    rects = rects_of(page)[:3]
    readings = read_boxes(page, rects, always_c, "abcd", MNIST_STYLE)
    assert [r.char for r in readings] == ["c"] * 3
    assert [char for char, _ in readings[0].alternatives] == ["a", "d"]
    assert readings[0].p > readings[0].alternatives[0][1] > readings[0].alternatives[1][1]
    rows = [replace(box, line=row) for box, row in zip(page.boxes[:3], (0, 0, 1), strict=True)]
    assert as_text(rows, readings) == "cc\nc"


def test_a_box_without_ink_is_not_read() -> None:
    page = Page.open(SAMPLE)
    (reading,) = read_boxes(page, [Rect(20, 900, 60, 60)], always_c, "abcd", MNIST_STYLE)
    assert (reading.char, reading.p, reading.alternatives) == ("", 0.0, ())
    assert read_boxes(page, [], always_c, "abcd", MNIST_STYLE) == []


def test_shipped_network_reads_the_sample_page() -> None:
    reader = open_predictor(chapter("digit-kernels"), None)
    page = Page.open(SAMPLE)
    readings = read_boxes(page, rects_of(page), reader.classify, reader.classes, reader.glyphs)
    wanted = "".join(sample_truth()["lines"]).replace(" ", "")
    right = sum(r.char == char for r, char in zip(readings, wanted, strict=True))
    assert right >= 58
    lengths = [[len(word) for word in line.split()] for line in sample_truth()["lines"]]
    text = as_text(page.boxes, readings)
    assert [[len(word) for word in line.split()] for line in text.splitlines()] == lengths


def test_export_is_json_and_what_a_person_typed_wins() -> None:
    page = Page.open(SAMPLE)
    boxes = page.boxes[:3]
    readings = read_boxes(page, [b.rect for b in boxes], always_c, "abcd", MNIST_STYLE)
    boxes[1] = replace(boxes[1], char="é")
    data = json.loads(json.dumps(as_dict(page.photo, boxes, readings)))
    assert data["text"] == "céc" and data["lines"] == ["céc"]
    assert {"x", "y", "w", "h", "char", "p", "alternatives"} <= data["boxes"][0].keys()
    assert data["boxes"][1]["char"] == "é" and data["boxes"][1]["typed"]
    assert (data["width"], data["height"]) == (1600, 1200)


def test_each_network_has_a_sample_page_of_what_it_reads() -> None:
    assert sample_page(tuple("0123456789")).name == "digits.jpg"
    assert sample_page(tuple("abcdefghijklmnopqrstuvwxyz")).name == "letters.jpg"


def test_the_sample_page_of_letters_is_read_without_an_error() -> None:
    reader = open_predictor(chapter("reading"), None)
    path = sample_page(reader.classes)
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    page = oversegment(Page.open(path), reader.classify, reader.glyphs, 1)
    readings = read_boxes(
        page,
        [b.rect for b in page.boxes],
        reader.classify,
        reader.classes,
        reader.glyphs,
        1,
    )
    assert as_lines(page.boxes, readings) == truth["lines"]
