"""A read page as text, as plain data and as a picture."""

import io
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from PIL import Image, ImageDraw

from core.ocr.boxes import Box
from core.ocr.photo import Photo
from core.ocr.reading import Reading, spaced


def as_lines(boxes: Sequence[Box], readings: Sequence[Reading]) -> list[str]:
    """One string a line of writing. What a person typed wins over what the network read."""
    order = sorted(range(len(boxes)), key=lambda k: (boxes[k].line, boxes[k].rect.centre[0]))
    placed = [(boxes[k].line, boxes[k].rect, _char(boxes[k], readings[k])) for k in order]
    lines = []
    for _, group in groupby(placed, key=itemgetter(0)):
        members = list(group)
        lines.append(spaced([rect for _, rect, _ in members], [char for *_, char in members]))
    return lines


def as_text(boxes: Sequence[Box], readings: Sequence[Reading]) -> str:
    """The page's text, line by line."""
    return "\n".join(as_lines(boxes, readings))


def as_dict(photo: Photo, boxes: Sequence[Box], readings: Sequence[Reading]) -> dict[str, Any]:
    """The page as JSON-ready data; boxes in pixels of the upright photo."""
    lines = as_lines(boxes, readings)
    return {
        "photo": photo.path.name,
        "width": photo.width,
        "height": photo.height,
        "text": "\n".join(lines),
        "lines": lines,
        "boxes": [_box(box, reading) for box, reading in zip(boxes, readings, strict=True)],
    }


def annotated_png(photo: Photo, boxes: Sequence[Box], readings: Sequence[Reading]) -> bytes:
    """The photo with every box and its character, as PNG."""
    picture = Image.fromarray(photo.pixels)
    draw = ImageDraw.Draw(picture)
    pen = max(2, photo.width // 600)
    for box, reading in zip(boxes, readings, strict=True):
        rect = box.rect
        draw.rectangle((rect.x, rect.y, rect.right, rect.bottom), outline="#0a8a3c", width=pen)
        size = max(14.0, min(rect.h * 0.6, photo.height / 20))
        draw.text((rect.x, rect.bottom + pen), _char(box, reading), fill="#0a5fc0", font_size=size)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _char(box: Box, reading: Reading) -> str:
    return reading.char if box.char is None else box.char


def _box(box: Box, reading: Reading) -> dict[str, Any]:
    return {
        "x": round(box.rect.x, 1),
        "y": round(box.rect.y, 1),
        "w": round(box.rect.w, 1),
        "h": round(box.rect.h, 1),
        "line": box.line,
        "char": _char(box, reading),
        "p": round(reading.p, 4),
        "typed": box.char is not None,
        "alternatives": [{"char": char, "p": round(p, 4)} for char, p in reading.alternatives],
    }
