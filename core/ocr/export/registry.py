"""Export formats of a read page: menus and tests are built from this table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.ocr.boxes import CharacterBox
from core.ocr.export.alto import alto
from core.ocr.export.coco import coco
from core.ocr.export.hocr import hocr
from core.ocr.export.picture import annotated_png
from core.ocr.export.plain import json_file, text_file
from core.ocr.export.tesseract import tesseract_box
from core.ocr.photo import Photo
from core.ocr.reading import Reading


@dataclass(frozen=True)
class ExportFormat:
    """`make(photo, boxes, readings)` gives the file's bytes; `ending` is how its name ends."""

    title: str
    ending: str
    help: str
    make: Callable[[Photo, Sequence[CharacterBox], Sequence[Reading]], bytes]


FORMATS = (
    ExportFormat(
        "Picture", ".png", "The photo with boxes and characters drawn on it.", annotated_png
    ),
    ExportFormat("Text", ".txt", "The text alone, line by line.", text_file),
    ExportFormat("COCO", ".coco.json", "Boxes and categories, for object detectors.", coco),
    ExportFormat("JSON", ".json", "Every box with its reading and alternatives.", json_file),
    ExportFormat("hOCR", ".hocr", "XHTML with boxes of lines, words and characters.", hocr),
    ExportFormat("ALTO XML", ".alto.xml", "The layout and text of libraries and archives.", alto),
    ExportFormat(
        "Tesseract box", ".box", "Characters and boxes, to train Tesseract.", tesseract_box
    ),
)
