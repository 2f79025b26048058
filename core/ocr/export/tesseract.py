"""Tesseract's box file, as its training reads it: one character a line, y counted upwards."""

from collections.abc import Sequence

from core.ocr.boxes import CharacterBox, Rect
from core.ocr.export.structure import edges, text_lines
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_UNREAD = "~"  # Tesseract's own mark for what it could not read


def tesseract_box(
    photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]
) -> bytes:
    """`symbol left bottom right top page`; a space parts words, a tab ends a line of writing."""
    rows = []
    for line in text_lines(boxes, readings):
        for number, word in enumerate(line.words):
            if number:
                before, rect = line.words[number - 1].rect, word.rect
                gap = Rect(before.right, line.rect.y, rect.x - before.right, line.rect.h)
                rows.append(_row(" ", gap, photo))
            rows += [_row(_symbol(char.text), char.rect, photo) for char in word.chars]
        rows.append(_row("\t", Rect(line.rect.right, line.rect.y, 1, line.rect.h), photo))
    return "".join(rows).encode(errors="replace")


def _symbol(text: str) -> str:
    """Parsers part at white space, so none may stand inside a symbol."""
    return "".join(text.split()) or _UNREAD


def _row(symbol: str, rect: Rect, photo: Photo) -> str:
    left, top, right, bottom = edges(rect)
    return f"{symbol} {left} {photo.height - bottom} {right} {photo.height - top} 0\n"
