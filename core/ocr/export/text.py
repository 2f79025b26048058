"""Plain text, one line a line of writing."""

from collections.abc import Sequence

from core.ocr.boxes import CharacterBox
from core.ocr.export.structure import text_lines
from core.ocr.photo import Photo
from core.ocr.reading import Reading


def as_lines(boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> list[str]:
    """One string a line of writing. What a person typed wins over what the network read."""
    return [line.text for line in text_lines(boxes, readings)]


def as_text(boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> str:
    """The page's text, line by line."""
    return "\n".join(as_lines(boxes, readings))


def text_file(photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> bytes:
    """UTF-8, ending in a line break."""
    return (as_text(boxes, readings) + "\n").encode(errors="replace")
