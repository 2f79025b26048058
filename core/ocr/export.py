"""A read page as text, as plain data, as a picture with its boxes."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw

from core.ocr.boxes import Box
from core.ocr.page import Page
from core.ocr.photo import Photo
from core.ocr.reading import Reading, line_text


def page_text(boxes: Sequence[Box], chars: Sequence[str]) -> list[str]:
    """The text of each line, top to bottom."""
    lines: dict[int, list[int]] = {}
    for index, box in enumerate(boxes):
        lines.setdefault(box.line, []).append(index)
    return [
        line_text([boxes[i].rect for i in members], [chars[i] for i in members])
        for _, members in sorted(lines.items())
    ]


def found_boxes(page: Page) -> list[Box]:
    """The characters found on a page as numbered boxes."""
    placed = [(rect, number) for number, line in enumerate(page.lines) for rect in line]
    return [Box(index, rect, line) for index, (rect, line) in enumerate(placed)]


def as_dict(photo: Photo, boxes: Sequence[Box], readings: Sequence[Reading]) -> dict[str, Any]:
    """`text`, `lines`, and `boxes` with x y w h in pixels, char, p and alternatives."""
    lines = page_text(boxes, [_char(b, r) for b, r in zip(boxes, readings, strict=True)])
    height, width = photo.pixels.shape[:2]
    return {
        "page": photo.path.name,
        "width": width,
        "height": height,
        "text": "\n".join(lines),
        "lines": lines,
        "boxes": [
            {
                "x": round(box.rect.x, 1),
                "y": round(box.rect.y, 1),
                "w": round(box.rect.w, 1),
                "h": round(box.rect.h, 1),
                "line": box.line,
                "char": _char(box, reading),
                "corrected": box.char is not None,
                "p": round(reading.p, 4),
                "alternatives": [[char, round(p, 4)] for char, p in reading.alternatives],
            }
            for box, reading in zip(boxes, readings, strict=True)
        ],
    }


def annotated_png(photo: Photo, boxes: Sequence[Box], readings: Sequence[Reading]) -> bytes:
    """The photo with every box and its character, as PNG."""
    picture = Image.fromarray(photo.pixels)
    draw = ImageDraw.Draw(picture)
    width = max(2, picture.width // 600)
    for box, reading in zip(boxes, readings, strict=True):
        r = box.rect
        draw.rectangle((r.x, r.y, r.right, r.bottom), outline="#0a8a3c", width=width)
        size = max(14, min(r.h * 0.6, picture.height / 20))
        draw.text((r.x, r.bottom + width), _char(box, reading), fill="#0a5fc0", font_size=size)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _char(box: Box, reading: Reading) -> str:
    return reading.char if box.char is None else box.char
