"""ALTO XML 4.2, the Library of Congress's form for the layout and text of a page."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise

from core.ocr.boxes import CharacterBox, Rect, bounding_rect
from core.ocr.export.structure import TextLine, TextWord, edges, text_lines, xml_safe
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_SPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def alto(photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> bytes:
    """Lines, words (`String`), spaces (`SP`) and characters (`Glyph`) with their alternatives."""
    lines = text_lines(boxes, readings)
    root = ET.Element(
        "alto",
        {
            "xmlns": _SPACE,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{_SPACE} {_SCHEMA}",
            "SCHEMAVERSION": "4.2",
        },
    )
    description = ET.SubElement(root, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = xml_safe(photo.path.name)
    processing = ET.SubElement(description, "Processing", {"ID": "processing_1"})
    software = ET.SubElement(processing, "processingSoftware")
    ET.SubElement(software, "softwareName").text = "HelloDL Lab"
    size = {"WIDTH": str(photo.width), "HEIGHT": str(photo.height)}
    page = ET.SubElement(
        ET.SubElement(root, "Layout"), "Page", {"ID": "page_1", "PHYSICAL_IMG_NR": "1", **size}
    )
    space = ET.SubElement(page, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    if lines:
        place = _place(bounding_rect(line.rect for line in lines))
        block = ET.SubElement(space, "TextBlock", {"ID": "block_1", **place})
        for number, line in enumerate(lines, 1):
            _add_line(block, line, f"line_{number}")
    ET.indent(root, " ")
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _add_line(block: ET.Element, line: TextLine, id: str) -> None:
    element = ET.SubElement(block, "TextLine", {"ID": id, **_place(line.rect)})
    gaps = [(a.rect.right, b.rect.x) for a, b in pairwise(line.words)]
    for number, word in enumerate(line.words, 1):
        _add_word(element, word, f"{id}_word_{number}")
        if number <= len(gaps):
            left, right = gaps[number - 1]
            space = _place(Rect(left, line.rect.y, max(0.0, right - left), 0.0))
            del space["HEIGHT"]
            ET.SubElement(element, "SP", space)


def _add_word(line: ET.Element, word: TextWord, id: str) -> None:
    said = {"CONTENT": xml_safe(word.text), "WC": f"{word.p:.3f}"}
    element = ET.SubElement(line, "String", {"ID": id, **said, **_place(word.rect)})
    for number, char in enumerate(word.chars, 1):
        said = {"CONTENT": xml_safe(char.text), "GC": f"{char.p:.3f}"}
        glyph = ET.SubElement(
            element, "Glyph", {"ID": f"{id}_glyph_{number}", **said, **_place(char.rect)}
        )
        for other, p in char.alternatives:
            ET.SubElement(glyph, "Variant", {"CONTENT": xml_safe(other), "VC": f"{p:.3f}"})


def _place(rect: Rect) -> dict[str, str]:
    left, top, right, bottom = edges(rect)
    numbers = {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
    return {key: str(number) for key, number in numbers.items()}
