"""COCO: boxes and categories as trainers of object detectors read them."""

import json
from collections.abc import Sequence
from typing import Any

from core.ocr.boxes import Box
from core.ocr.export.structure import Char, structured
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_UNREAD = "unread"


def coco(photo: Photo, boxes: Sequence[Box], readings: Sequence[Reading]) -> bytes:
    """One image, a category for each character that occurs, an annotation a box.

    `score` is the probability; `attributes` name line and word, both from 0, and whether a person
    typed it.
    """
    placed = [
        (row, place, char)
        for row, line in enumerate(structured(boxes, readings))
        for place, word in enumerate(line.words)
        for char in word.chars
    ]
    names = sorted({char.text or _UNREAD for *_, char in placed})
    number = {name: k for k, name in enumerate(names, 1)}
    image = {
        "id": 1,
        "file_name": photo.path.name,
        "width": photo.width,
        "height": photo.height,
    }
    data = {
        "info": {"description": "Characters boxed and read by HelloDL Lab"},
        "licenses": [],
        "images": [image],
        "categories": [
            {"id": number[name], "name": name, "supercategory": "character"} for name in names
        ],
        "annotations": [
            _annotation(k, number[char.text or _UNREAD], row, place, char)
            for k, (row, place, char) in enumerate(placed, 1)
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1).encode(errors="replace")


def _annotation(id: int, category: int, line: int, word: int, char: Char) -> dict[str, Any]:
    r = char.rect
    corners = [r.x, r.y, r.right, r.y, r.right, r.bottom, r.x, r.bottom]
    return {
        "id": id,
        "image_id": 1,
        "category_id": category,
        "bbox": [round(value, 1) for value in (r.x, r.y, r.w, r.h)],
        "area": round(r.w * r.h, 1),
        "segmentation": [[round(value, 1) for value in corners]],
        "iscrowd": 0,
        "score": round(char.p, 4),
        "attributes": {"line": line, "word": word, "typed": char.typed},
    }
