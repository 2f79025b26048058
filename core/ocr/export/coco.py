"""COCO: boxes and categories as trainers of object detectors read them."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from core.ocr.boxes import CharacterBox
from core.ocr.export.structure import TextCharacter, text_lines
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_UNREAD = "unread"
_UNREAD_ID = 1
_LONGER = 0x200000  # beyond every code point: texts of several characters


def coco(photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> bytes:
    """One image, a category for each character that occurs, an annotation a box.

    A category's id is the character's code point and the image's id comes from its name, the same
    in every file, so that pages can be merged. `score` is the probability; `attributes` name line
    and word, both from 0, what the network read, and whether a person typed the category.
    """
    placed = [
        (row, place, char)
        for row, line in enumerate(text_lines(boxes, readings))
        for place, word in enumerate(line.words)
        for char in word.chars
    ]
    texts = sorted({char.text for *_, char in placed})
    of_image = zlib.crc32(photo.path.name.encode(errors="replace"))
    image = {
        "id": of_image,
        "file_name": photo.path.name,
        "width": photo.width,
        "height": photo.height,
    }
    data = {
        "info": {"description": "Characters boxed and read by HelloDL Lab"},
        "licenses": [],
        "images": [image],
        "categories": [
            {"id": _category(text), "name": text or _UNREAD, "supercategory": "character"}
            for text in texts
        ],
        "annotations": [
            _annotation(k, of_image, row, place, char)
            for k, (row, place, char) in enumerate(placed, 1)
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode(errors="replace")


def _category(text: str) -> int:
    if not text:
        return _UNREAD_ID
    return ord(text) if len(text) == 1 else _LONGER + zlib.crc32(text.encode(errors="replace"))


def _annotation(id: int, image: int, line: int, word: int, char: TextCharacter) -> dict[str, Any]:
    r = char.rect
    corners = [r.x, r.y, r.right, r.y, r.right, r.bottom, r.x, r.bottom]
    return {
        "id": id,
        "image_id": image,
        "category_id": _category(char.text),
        "bbox": [round(value, 1) for value in (r.x, r.y, r.w, r.h)],
        "area": round(r.w * r.h, 1),
        "segmentation": [[round(value, 1) for value in corners]],
        "iscrowd": 0,
        "score": round(char.p, 4),
        "attributes": {
            "line": line,
            "word": word,
            "typed": char.typed,
            "read": char.guesses[0][0] if char.guesses else "",
        },
    }
