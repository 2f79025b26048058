"""What is written is read back whole by the standard parser of each format."""

import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.ocr.boxes import CharacterBox, Rect
from core.ocr.export import FORMATS, ExportFormat, as_lines
from core.ocr.photo import Photo
from core.ocr.reading import Reading

NAME = 'it\'s <"a"> & b\\.jpg'
BY_ENDING = {format.ending: format for format in FORMATS}
NASTY = ["<", "&", '"', "é", "\x07", "", "ß", "]]>"]
"""What a person may have typed, or a network not read, in the first line's second word."""


def photo() -> Photo:
    return Photo(np.full((300, 500, 3), 240, np.uint8), Path(NAME))


def page() -> tuple[list[CharacterBox], list[Reading]]:
    """Two words of two and eight characters, then a line of one; listed in no order at all."""
    rects = [Rect(20.4, 30, 20, 40), Rect(45, 30, 20, 40)]
    rects += [Rect(130 + 25 * k, 30 + k, 20, 40.6) for k in range(8)]
    image = np.zeros((28, 28), np.uint8)
    read = [Reading(c, 0.75, (("x", 0.2), ("&", 0.05)), image) for c in "ab"]
    read += [Reading("q", 0.5, (), image)] * 8
    boxes = [
        CharacterBox(k, rect, 0, None if k < 2 else NASTY[k - 2]) for k, rect in enumerate(rects)
    ]
    boxes.append(CharacterBox(10, Rect(20, 120, 22, 180), 1))
    read.append(Reading("", 0.0, (), image))
    order = np.random.default_rng(0).permutation(len(boxes))
    return [boxes[k] for k in order], [read[k] for k in order]


def written(ending: str) -> bytes:
    boxes, readings = page()
    return BY_ENDING[ending].make(photo(), boxes, readings)


XML_TEXT = 'ab <&"é\ufffdß]]>'  # no XML may hold the bell, so it is replaced


def xml_texts(texts: list[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]


@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.ending)
def test_every_format_has_an_ending_of_its_own_and_takes_odd_pages(known: ExportFormat) -> None:
    assert [f.ending for f in FORMATS].count(known.ending) == 1
    assert isinstance(known.make(photo(), [], []), bytes), "a page without boxes"
    not_utf8 = Photo(photo().pixels, Path("bad\udce9name.jpg"))
    assert known.make(not_utf8, *page())


def test_text() -> None:
    assert written(".txt").decode().splitlines()[0].startswith('ab <&"é')
    assert as_lines(*page()) == ["ab " + "".join(NASTY), ""]


def test_json() -> None:
    data = json.loads(written(".json"))
    assert data["photo"] == NAME and data["lines"][0] == "ab " + "".join(NASTY)
    assert len(data["boxes"]) == 11


def test_png_has_the_photos_size_and_marks_the_boxes() -> None:
    picture = Image.open(io.BytesIO(written(".png")))
    assert picture.format == "PNG" and picture.size == (500, 300)
    assert picture.getpixel((45, 50)) == (0x0A, 0x8A, 0x3C)
    lowest = np.asarray(picture)[280:, 20:42]
    assert (lowest[..., 1] == 0x8A).any(), "the box at the lower border is drawn"


def hocr_title(element: ET.Element) -> dict[str, list[str]]:
    """A title's properties, parted at semicolons outside quotes as the specification says."""
    parts = re.findall(r'(?:"(?:\\.|[^"\\])*"|[^;])+', element.get("title", ""))
    return {part.split()[0]: part.split()[1:] for part in parts}


def test_hocr() -> None:
    data = written(".hocr").decode()
    root = ET.fromstring(data)
    of = {
        kind: [e for e in root.iter() if e.get("class") == kind]
        for kind in ("ocr_page", "ocr_line", "ocrx_word", "ocrx_cinfo")
    }
    assert [len(of[kind]) for kind in of] == [1, 2, 3, 11]
    (whole,) = of["ocr_page"]
    assert hocr_title(whole)["bbox"] == ["0", "0", "500", "300"]
    assert 'image "it\'s <\\"a\\"> & b\\\\.jpg"' in whole.get("title", "")
    words = ["".join(c.text or "" for c in w if c.get("class")) for w in of["ocrx_word"]]
    assert " ".join(words).strip() == XML_TEXT
    first = of["ocrx_word"][0]
    assert hocr_title(first)["bbox"] == ["20", "30", "65", "70"]
    assert hocr_title(first)["x_wconf"] == ["75"]
    assert hocr_title(first[0])["x_bboxes"] == ["20", "30", "40", "70"]
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))

    class Reader(HTMLParser):
        seen = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen += ("class", "ocrx_cinfo") in attrs

    reader = Reader()
    reader.feed(data)
    assert reader.seen == 11, "browsers find the same characters"


def test_alto() -> None:
    root = ET.fromstring(written(".alto.xml"))
    ns = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}
    assert root.tag == f"{{{ns['a']}}}alto"
    assert root.findtext(".//a:fileName", "", ns) == NAME
    assert root.findtext(".//a:MeasurementUnit", "", ns) == "pixel"
    lines = root.findall(".//a:TextLine", ns)
    said = [" ".join(s.get("CONTENT", "") for s in x.findall("a:String", ns)) for x in lines]
    assert said == [XML_TEXT, ""]
    (space,) = root.findall(".//a:SP", ns)
    assert (space.get("HPOS"), space.get("WIDTH")) == ("65", "65")
    first = lines[0].find("a:String", ns)
    assert first is not None
    place = [first.get(key) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")]
    assert place == ["20", "30", "45", "40", "0.750"]
    glyphs = first.findall("a:Glyph", ns)
    assert [g.get("CONTENT") for g in glyphs] == ["a", "b"]
    assert [v.get("CONTENT") for v in glyphs[0]] == ["x", "&"]
    ids = [e.get("ID") for e in root.iter() if e.get("ID")]
    assert len(ids) == len(set(ids))


def test_tesseract_box() -> None:
    rows = written(".box").decode().splitlines()
    parsed = [re.fullmatch(r"(\S+| |\t) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (\d+)", r) for r in rows]
    assert all(parsed), "symbol left bottom right top page"
    symbols = "".join(p[1] for p in parsed if p)
    assert symbols == 'ab <&"é\x07~ß]]>\t~\t'
    assert rows[0] == "a 20 230 40 270 0", "y is counted from the lower edge"
    for p in parsed:
        assert p and int(p[2]) <= int(p[4]) and 0 <= int(p[3]) <= int(p[5]) <= 300


def test_coco() -> None:
    data = json.loads(written(".coco.json"))
    (image,) = data["images"]
    assert (image["file_name"], image["width"], image["height"]) == (NAME, 500, 300)
    names = {c["id"]: c["name"] for c in data["categories"]}
    assert len(names) == len(set(names.values())) and min(names) == 1
    assert len({a["id"] for a in data["annotations"]}) == 11
    for a in data["annotations"]:
        x, y, w, h = a["bbox"]
        assert a["image_id"] == image["id"] and a["iscrowd"] == 0
        assert a["area"] == pytest.approx(w * h, rel=0.01)
        xs, ys = a["segmentation"][0][::2], a["segmentation"][0][1::2]
        assert (min(xs), min(ys)) == (x, y) and max(xs) == pytest.approx(x + w, abs=0.11)
    said = [
        (a["attributes"]["line"], a["attributes"]["word"], names[a["category_id"]])
        for a in data["annotations"]
    ]
    assert said[:3] == [(0, 0, "a"), (0, 0, "b"), (0, 1, "<")] and said[-1] == (1, 0, "unread")


def two_readings() -> tuple[list[CharacterBox], list[Reading]]:
    """Two boxes side by side; the network read o and n, a person typed & over the first."""
    image = np.zeros((28, 28), np.uint8)
    boxes = [
        CharacterBox(0, Rect(20, 30, 20, 40), 0, "&"),
        CharacterBox(1, Rect(44, 30, 20, 40), 0),
    ]
    return boxes, [Reading("o", 0.98, (("c", 0.01),), image), Reading("n", 0.9, (), image)]


def test_typed_and_read_letters_are_both_exported() -> None:
    boxes, readings = two_readings()
    data = json.loads(BY_ENDING[".json"].make(photo(), boxes, readings))
    first, second = data["boxes"]
    assert (first["char"], first["typed"], first["read"], first["p"]) == ("&", True, "o", 0.98)
    assert (second["char"], second["typed"], second["read"], second["p"]) == ("n", False, "n", 0.9)
    alto = ET.fromstring(BY_ENDING[".alto.xml"].make(photo(), boxes, readings))
    glyph = next(e for e in alto.iter() if e.tag.endswith("Glyph"))
    assert glyph.get("CONTENT") == "&"
    assert [e.get("CONTENT") for e in glyph] == ["o", "c"], "what the network read comes first"
    coco = json.loads(BY_ENDING[".coco.json"].make(photo(), boxes, readings))
    assert coco["annotations"][0]["attributes"]["read"] == "o"


def test_categories_mean_the_same_in_the_files_of_two_pages() -> None:
    boxes, readings = two_readings()
    made = []
    for some in (slice(0, 2), slice(1, 2)):
        data = json.loads(BY_ENDING[".coco.json"].make(photo(), boxes[some], readings[some]))
        made.append({c["name"]: c["id"] for c in data["categories"]})
    assert made[0]["n"] == made[1]["n"]
    assert len(set(made[0].values())) == 2


def test_a_space_that_a_person_set_or_took_wins_over_the_gap() -> None:
    boxes, readings = two_readings()
    assert as_lines(boxes, readings) == ["&n"]
    parted = [boxes[0], replace(boxes[1], space=True)]
    assert as_lines(parted, readings) == ["& n"]
    far = [boxes[0], replace(boxes[1], rect=Rect(120, 30, 20, 40))]
    near = [CharacterBox(2, Rect(0, 30, 18, 40), 0), *far]
    image = readings[0].image
    three = [Reading("x", 0.9, (), image), *readings]
    assert as_lines(near, three) == ["x& n"]
    assert as_lines([*near[:2], replace(near[2], space=False)], three) == ["x&n"]
    assert as_lines([replace(near[0], space=True), *near[1:]], three) == ["x& n"], "no first space"
