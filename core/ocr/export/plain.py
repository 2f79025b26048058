"""Plain text, and JSON with every box, its reading and alternatives."""

import json
from collections.abc import Sequence
from typing import Any

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


def as_dict(
    photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]
) -> dict[str, Any]:
    """The page as JSON-ready data; boxes in pixels of the upright photo.

    `char` is the text: what a person `typed` or else what the network `read` with probability `p`.
    """
    lines = as_lines(boxes, readings)
    return {
        "photo": photo.path.name,
        "width": photo.width,
        "height": photo.height,
        "text": "\n".join(lines),
        "lines": lines,
        "boxes": [_box(box, reading) for box, reading in zip(boxes, readings, strict=True)],
    }


def json_file(photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> bytes:
    """`as_dict` as UTF-8."""
    return json.dumps(as_dict(photo, boxes, readings), ensure_ascii=False, indent=1).encode(
        errors="replace"
    )


def _box(box: CharacterBox, reading: Reading) -> dict[str, Any]:
    return {
        "x": round(box.rect.x, 1),
        "y": round(box.rect.y, 1),
        "w": round(box.rect.w, 1),
        "h": round(box.rect.h, 1),
        "line": box.line,
        "char": reading.char if box.char is None else box.char,
        "typed": box.char is not None,
        "read": reading.char,
        "p": round(reading.p, 4),
        "alternatives": [{"char": char, "p": round(p, 4)} for char, p in reading.alternatives],
    }
