"""PNG: the photo with its boxes and what was read in them."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.ocr.boxes import CharacterBox
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_BOX, _TEXT, _HALO = "#0a8a3c", "#0a5fc0", "#ffffff"
_DOUBTFUL, _DOUBT = "#c0261e", 0.6  # a reading less probable has a box of this colour and a “?”


def annotated_png(
    photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]
) -> bytes:
    """The photo with every box and its character below it, as PNG; doubtful ones are marked."""
    picture = Image.fromarray(photo.pixels)
    draw = ImageDraw.Draw(picture)
    pen = max(2, photo.width // 600)
    for box, reading in zip(boxes, readings, strict=True):
        rect = box.rect
        doubtful = box.char is None and bool(reading.char) and reading.p < _DOUBT
        outline = _DOUBTFUL if doubtful else _BOX
        draw.rectangle((rect.x, rect.y, rect.right, rect.bottom), outline=outline, width=pen)
        size = max(14.0, min(rect.h * 0.6, photo.height / 20))
        # A box at the lower border has its character inside, where it can be seen.
        below = rect.bottom + pen
        y = below if below + size <= photo.height else max(0.0, rect.bottom - size - pen)
        char = reading.char if box.char is None else box.char
        said, ink = (f"{char}?", _DOUBTFUL) if doubtful else (char, _TEXT)
        draw.text((rect.x, y), said, fill=ink, font_size=size, stroke_width=1, stroke_fill=_HALO)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
