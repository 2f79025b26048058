"""CSV dialect detection: delimiter, header, label column, image size, from the first lines."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isqrt

from core.errors import DataError
from core.formatting import format_number
from core.translation import tr

SMALLEST, LARGEST = 4, 64
"""Sides of a picture, in pixels."""

UNIT = "Levels from 0 to 1 were taken as 0 to 255."
"""What is said of fractions."""

_LOOKED_AT = 300  # lines
_DELIMITERS = (b"\t", b";", b"|", b",", b" ")
_LABELS = {"label", "labels", "class", "target", "category", "digit", "letter", "character", "y"}
_INDEXES = {"", "index", "id", "no", "nr", "row", "number", "unnamed: 0"}
_MOST_LABEL = 61  # ten digits and letters of both cases
_MOST_COUNTED = 26  # labels that go up by one from line to line: the alphabet, once
_MOSTLY = 0.8
_DECIMAL_COMMA = re.compile(rb"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_NEEDED = (
    "Choose a file with a label and the levels of a square picture in each line, such as 784 for "
    "28×28."
)

Cells = list[bytes]


@dataclass(frozen=True)
class CsvDialect:
    """How a CSV file is laid out.

    `label` and `index` are column positions; `index` one that only counts lines. `side`: image
    width and height. `words`: labels are names, not numbers. `unit`: levels go from 0 to 1.
    `notes`: sentences on what is unusual about it.
    """

    delimiter: bytes = b","
    headings: int = 0
    columns: int = 785
    label: int = 0
    index: int | None = None
    side: int = 28
    words: bool = False
    unit: bool = False
    notes: tuple[str, ...] = ()

    def cells(self, line: bytes) -> Cells:
        """The columns of a line, without quotes and spaces, with a point in place of a comma."""
        return _split(line, self.delimiter)


def detect_dialect(lines: Sequence[bytes], name: str) -> CsvDialect:
    """The form of a file called `name`, by its first lines. Raises DataError saying what helps."""
    _demand_text(lines, name)
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()][:_LOOKED_AT]
    while kept and kept[0][1].lstrip().startswith(b"#"):  # remarks on top, as numpy writes them
        kept.pop(0)
    if not kept:
        raise DataError(tr("{name} holds no pictures. Choose another file.").format(name=name))
    delimiter = next((it for it in _DELIMITERS if all(it in line for _, line in kept[:3])), b",")
    table = [_split(line, delimiter) for _, line in kept]
    headed = _is_heading(table[0])
    names = [as_text(cell).casefold() for cell in table[0]] if headed else []
    rows = table[headed:]
    if not rows:
        raise DataError(tr("{name} holds no pictures. Choose another file.").format(name=name))
    columns = len(rows[0])
    rows = [row for row in rows if len(row) == columns]
    index = _index(rows, names, columns)
    side = _side(
        columns - (index is not None),
        tr("{name}, line {line}").format(name=name, line=kept[headed][0]),
        names,
        rows[0],
    )
    label = _label(rows, names, index, name)
    words = _has_words(rows, label)
    _demand_labels([row[label] for row in rows], names[label] if names else None, name)
    unit = _is_unit(rows, {label, index}, name)
    notes = []
    if label != (0 if index is None else index + 1):
        last = label == columns - 1
        notes.append(
            tr("Labels were taken from {label}.").format(
                label=tr("the last column")
                if last
                else tr("column {place:,}").format(place=label + 1)
            )
        )
    if index is not None:
        notes.append(tr("A column that only counts the lines was left out."))
    if unit:
        notes.append(UNIT)
    return CsvDialect(delimiter, kept[headed][0] - 1, columns, label, index, side, words, unit,
                tuple(notes))  # fmt: skip


def _demand_text(lines: Sequence[bytes], name: str) -> None:
    start = lines[0][:16] if lines else b""
    if start.startswith(_PICTURES):
        raise DataError(
            tr(
                "{name} is a picture, not a CSV file. Put pictures into a folder for each "
                "class, and choose “Folder of pictures”."
            ).format(name=name)
        )
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(
            tr("{name} is a spreadsheet or a zip archive. Save it as CSV first.").format(name=name)
        )


def _split(line: bytes, delimiter: bytes) -> Cells:
    if delimiter == b" ":
        return line.split()
    parts = line.split(delimiter)
    if b'"' in line and any(part.strip().count(b'"') % 2 for part in parts):
        parts = _quoted(line, delimiter)
    cells = [cell.strip(b' \t"\r') for cell in parts]
    if b"," not in line or (delimiter == b"," and len(parts) == line.count(b",") + 1):
        return cells
    return [cell.replace(b",", b".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]


def _quoted(line: bytes, delimiter: bytes) -> Cells:
    """The columns where a delimiter stands inside quotes."""
    text = line.decode("latin-1")  # every byte is a character, and comes back as it was
    try:
        return [it.encode("latin-1") for it in next(csv.reader([text], delimiter=chr(*delimiter)))]
    except csv.Error:
        return line.split(delimiter)


def as_text(cell: bytes) -> str:
    """UTF-8, or else as Windows writes it in the West: different bytes are never the same text."""
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return cell.decode("cp1252")
    except UnicodeDecodeError:
        return cell.decode("latin-1")


def _has_words(rows: Sequence[Cells], place: int) -> bool:
    """Whether labels at a place are names; a slip in a line or two makes no name of numbers."""
    words = sum(not _is_number(row[place]) for row in rows)
    return 2 * words > len(rows) or (words > 2 and 20 * words > len(rows))


def _is_number(cell: bytes) -> bool:
    try:
        return isfinite(float(cell)) and b"_" not in cell
    except ValueError:
        return False


def _is_heading(cells: Cells) -> bool:
    """Mostly words; or one word and then the numbers of the pixels."""
    numbers = sum(map(_is_number, cells))
    if 2 * numbers < len(cells):
        return len(cells) > 1
    counted = [str(it).encode() for it in range(len(cells))]
    return cells[0][:1].isalpha() and cells[1:] in (counted[: len(cells) - 1], counted[1:])


def _index(rows: Sequence[Cells], names: Sequence[str], columns: int) -> int | None:
    """The first column, where it only counts the lines and a picture is left without it."""
    if isqrt(max(columns - 2, 0)) ** 2 != columns - 2:
        return None
    if names and names[0] in _INDEXES:
        return 0
    found = [row[0] for row in rows]
    first = int(found[0]) if found[0].isdigit() and len(found[0]) < 10 else -1
    counts = [str(first + place).encode() for place in range(len(found))]
    return 0 if first >= 0 and len(found) > 1 and found == counts else None


def _side(columns: int, where: str, names: Sequence[str], first: Cells) -> int:
    """Of the square picture that a line holds beside its label."""
    pixels = columns - 1
    if side := _square(pixels):
        return side
    side = isqrt(max(pixels, 0))
    has = tr("{where} has {columns:,} columns").format(where=where, columns=columns)
    whole = isqrt(columns)
    if whole * whole == columns and whole >= SMALLEST:
        raise DataError(
            tr(
                "{has}, a picture of {whole}×{whole} without its label. Put a column with the "
                "label in front of it."
            ).format(has=has, whole=whole)
        )
    grey = isqrt(pixels // 3)
    if pixels % 3 == 0 and 3 * grey * grey == pixels and grey >= SMALLEST:
        raise DataError(
            tr(
                "{has}, it seems pictures of {grey}×{grey} in colour. Only levels of grey are "
                "read: turn them to grey first."
            ).format(has=has, grey=grey)
        )
    if side * side == pixels and side > LARGEST:
        raise DataError(
            tr("{has}: pictures of {side}×{side}. Reduce them to {largest}×{largest}.").format(
                has=has, side=side, largest=LARGEST
            )
        )
    if index_side := _square(columns - 2):
        raise DataError(
            tr(
                "{has}, one more than a label and the {index_side:,} levels of a picture. "
                "Remove the column that is neither, such as a number, a date or the name of a "
                "file."
            ).format(has=has, index_side=index_side**2)
        )
    shown = ", ".join(names[:4]) if names else as_text(b", ".join(first[:4]))
    if 1 < columns <= 16:
        raise DataError(
            tr("{has} ({shown}): a table of numbers, no pictures. {needed}").format(
                has=has, shown=shown[:60], needed=tr(_NEEDED)
            )
        )
    raise DataError(
        tr(
            "{has}; a label and 784 levels are 785. {needed} Columns are told apart by "
            "commas, semicolons, tabs or spaces."
        ).format(has=has, needed=tr(_NEEDED))
    )


def _square(pixels: int) -> int:
    """The side of a picture with so many pixels, or 0 where there is none."""
    side = isqrt(max(pixels, 0))
    return side if side * side == pixels and SMALLEST <= side <= LARGEST else 0


def _label(rows: Sequence[Cells], names: Sequence[str], index: int | None, name: str) -> int:
    """The column of the label: by its heading, by its words, or by what stands at both ends."""
    named = [place for place, word in enumerate(names) if word in _LABELS and place != index]
    if len(named) == 1:
        return named[0]
    first, last = 0 if index is None else index + 1, len(rows[0]) - 1
    if (apart := _apart(names, index)) is not None:
        return apart
    worded = [place for place in (first, last) if _has_words(rows, place)]
    if len(worded) == 1:
        return worded[0]
    begin, end = _Column([row[first] for row in rows]), _Column([row[last] for row in rows])
    inner = (cell for row in rows for cell in row[1:-1])
    lightest = max((float(cell) for cell in inner if _is_number(cell)), default=0.0)
    begins, ends = begin.may_be_labels(lightest), end.may_be_labels(lightest)
    if begin.whole_numbers and end.whole_numbers and max(begin.largest, end.largest) > 255:
        return first if begin.largest > 255 else last  # no level, so a label that is too large
    if not begins and not ends:
        _demand_labels([row[first] for row in rows], names[first] if names else None, name)
        raise DataError(
            tr(
                "{name} has labels neither in the first column nor in the last that can be "
                "told from levels: they hold {shown} and {end_shown}. {needed} Or put a line "
                "of headings on top, with “label” over the right column."
            ).format(name=name, shown=begin.shown, end_shown=end.shown, needed=tr(_NEEDED))
        )
    if begins != ends:
        return first if begins else last
    ours, theirs = begin.rank(lightest), end.rank(lightest)
    chosen, other = (end, begin) if theirs > ours else (begin, end)
    if ours == theirs or (not other.varies and chosen.mostly_one and not chosen.is_whole):
        raise DataError(
            tr(
                "{name} may have its labels in the first or in the last column. Put a line of "
                "headings on top, with “label” over the right one."
            ).format(name=name)
        )
    return last if theirs > ours else first


def _apart(names: Sequence[str], index: int | None) -> int | None:
    """The only heading that is not one of a numbered row like pixel0, pixel1 …; None for others."""
    stems = [re.sub("[0-9]+", "0", name) for name in names]
    if not stems:
        return None
    usual, count = Counter(stems).most_common(1)[0]
    if "0" not in usual or count < len(stems) - 2:
        return None
    found = [place for place, stem in enumerate(stems) if stem != usual and place != index]
    return found[0] if len(found) == 1 else None


def _demand_labels(cells: Cells, heading: str | None, name: str) -> None:
    """Raises DataError where what stands for labels is a number or name of each single line."""
    first = int(cells[0]) if cells[0].isdigit() and len(cells[0]) < 10 else None
    counted = first is not None and cells == [str(first + at).encode() for at in range(len(cells))]
    numbered = counted and (len(cells) > _MOST_COUNTED or heading in _INDEXES)
    if numbered or (len(cells) > _MOST_LABEL + 1 and len(set(cells)) == len(cells)):
        shown = ", ".join(as_text(cell)[:20] for cell in cells[:3])
        raise DataError(
            tr(
                "{name} has no label in its lines: where it should stand is something else in "
                "each, such as {shown}. Put a column with the label in its place."
            ).format(name=name, shown=shown)
        )


class _Column:
    """Cells at one place of all lines.

    `likeness` to labels: 2 for whole numbers up to 61, 1 for few different ones up to 255, else 0.
    """

    def __init__(self, cells: Sequence[bytes]) -> None:
        numbers = [float(cell) for cell in cells if _is_number(cell)]
        self._different = sorted(set(numbers))
        self.varies = len(self._different) > 1
        self.largest = max(numbers, default=0.0)
        self.whole_numbers = bool(numbers) and all(it.is_integer() and it >= 0 for it in numbers)
        common = Counter(numbers).most_common(1)
        self.mostly_one = bool(common) and common[0][1] > _MOSTLY * len(numbers)
        self.likeness = 0
        if self.whole_numbers:
            few = len(self._different) <= max(2, len(numbers) // 3) and self.largest < 256
            self.likeness = 2 if self.largest <= _MOST_LABEL else int(few)

    @property
    def shown(self) -> str:
        """What it holds, for a person."""
        if not self.varies:
            return tr("{largest} in every line").format(largest=format_number(self.largest))
        return tr("numbers like levels, such as {largest}").format(
            largest=format_number(self.largest)
        )

    @property
    def is_whole(self) -> bool:
        """Whether its numbers begin with 0 or 1 and leave none out."""
        if not self._different:
            return False
        low, high = int(self._different[0]), int(self._different[-1])
        return low <= 1 and self._different == list(range(low, high + 1))

    def may_be_labels(self, lightest: float) -> bool:
        """Not where one level, 0 or the `lightest`, fills it: so does a picture's edge."""
        return self.likeness > 0 and (self.varies or self.largest not in (0.0, lightest))

    def rank(self, lightest: float) -> tuple[bool, int, bool, bool]:
        """The higher, the more likely labels; `lightest` is the largest level anywhere.

        Labels differ from line to line, seldom end just where levels do, and leave none out.
        """
        return self.varies, self.likeness, self.largest != lightest, self.is_whole


def _is_unit(rows: Sequence[Cells], apart: set[int | None], name: str) -> bool:
    """Whether levels are fractions from 0 to 1."""
    cells = (cell for row in rows for place, cell in enumerate(row) if place not in apart)
    levels = [float(cell) for cell in cells if _is_number(cell)]
    below = sum(level < 0 for level in levels)
    broken = any(not level.is_integer() for level in levels)
    if below * 20 > len(levels):
        raise DataError(
            tr(
                "{name} has levels below zero, such as {levels}: they were standardised, or "
                "go from −1 to 1. Save them from 0 to 255, or from 0 to 1."
            ).format(name=name, levels=format_number(min(levels)))
        )
    return broken and max(levels, default=0.0) <= 1.0
