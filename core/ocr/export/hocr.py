"""hOCR 1.2: the page as XHTML with boxes in `title` attributes, as OCR tools exchange it."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from core.ocr.boxes import CharacterBox, Rect, bounding_rect
from core.ocr.export.structure import TextLine, TextWord, edges, text_lines, xml_safe
from core.ocr.photo import Photo
from core.ocr.reading import Reading

_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
)
_XHTML = "http://www.w3.org/1999/xhtml"


def hocr(photo: Photo, boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> bytes:
    """Page, lines, words and characters with their boxes and confidences in percent."""
    lines = text_lines(boxes, readings)
    html = ET.Element("html", {"xmlns": _XHTML})
    head = ET.SubElement(html, "head")
    ET.SubElement(head, "title").text = xml_safe(photo.path.name)
    for name, content in (
        ("ocr-system", "HelloDL Lab"),
        ("ocr-capabilities", "ocr_page ocr_carea ocr_line ocrx_word ocrx_cinfo"),
    ):
        ET.SubElement(head, "meta", {"name": name, "content": content})
    name = xml_safe(photo.path.name).replace("\\", "\\\\").replace('"', '\\"')
    page = _part(
        ET.SubElement(html, "body"),
        "div",
        "ocr_page",
        "page_1",
        f'image "{name}"; bbox 0 0 {photo.width} {photo.height}; ppageno 0',
    )
    if lines:
        whole = bounding_rect(line.rect for line in lines)
        area = _part(page, "div", "ocr_carea", "block_1_1", _bbox(whole))
        for number, line in enumerate(lines, 1):
            _add_line(area, line, number)
    ET.indent(html, " ")
    return _DOCTYPE.encode() + ET.tostring(html, encoding="utf-8") + b"\n"


def _add_line(area: ET.Element, line: TextLine, number: int) -> None:
    element = _part(area, "span", "ocr_line", f"line_1_{number}", _bbox(line.rect))
    for place, word in enumerate(line.words, 1):
        _add_word(element, word, f"{number}_{place}")


def _add_word(line: ET.Element, word: TextWord, place: str) -> None:
    title = f"{_bbox(word.rect)}; x_wconf {round(100 * word.p)}"
    element = _part(line, "span", "ocrx_word", f"word_1_{place}", title)
    for number, char in enumerate(word.chars, 1):
        title = f"x_bboxes {_edges(char.rect)}; x_conf {100 * char.p:.1f}"
        part = _part(element, "span", "ocrx_cinfo", f"char_1_{place}_{number}", title)
        part.text = xml_safe(char.text)


def _part(parent: ET.Element, tag: str, kind: str, id: str, title: str) -> ET.Element:
    return ET.SubElement(parent, tag, {"class": kind, "id": id, "title": title})


def _bbox(rect: Rect) -> str:
    return f"bbox {_edges(rect)}"


def _edges(rect: Rect) -> str:
    return " ".join(map(str, edges(rect)))
