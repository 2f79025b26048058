"""How a CSV file is laid out, found from its first lines; what cannot be read says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isqrt

from core.errors import DataError

SMALLEST, LARGEST = 4, 64
"""Sides of a picture, in pixels."""

_LOOKED_AT = 300  # lines
_DELIMITERS = (b"\t", b";", b"|", b",")
_LABELS = {"label", "labels", "class", "target", "category", "digit", "letter", "character", "y"}
_INDEXES = {"", "index", "id", "no", "nr", "row", "number", "unnamed: 0"}
_MOST_LABEL = 61  # ten digits and letters of both cases
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_NEEDED = (
    "Choose a file with a label and the levels of a square picture in each line, such as 784 for "
    "28×28."
)

Cells = list[bytes]


@dataclass(frozen=True)
class Form:
    """`label` and `index` are places of columns; `index` one that only counts lines. `side` is that
    of a picture. `words`: labels are names, not numbers. `unit`: levels go from 0 to 1. `notes` say
    what is unusual about it.
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


def form_of(lines: Sequence[bytes], name: str) -> Form:
    """The form of a file called `name`, by its first lines. Raises DataError saying what helps."""
    _demand_text(lines, name)
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()][:_LOOKED_AT]
    if not kept:
        raise DataError(f"{name} holds no pictures. Choose another file.")
    delimiter = next((it for it in _DELIMITERS if all(it in line for _, line in kept[:3])), b",")
    table = [_split(line, delimiter) for _, line in kept]
    headed = _is_heading(table[0])
    names = [cell.decode("utf-8", "replace").casefold() for cell in table[0]] if headed else []
    rows = table[headed:]
    if not rows:
        raise DataError(f"{name} holds no pictures. Choose another file.")
    columns = len(rows[0])
    rows = [row for row in rows if len(row) == columns]
    index = _index(rows, names, columns)
    side = _side(columns - (index is not None), f"{name}, line {kept[headed][0]}", names, rows[0])
    label = _label(rows, names, index, name)
    words = 2 * sum(not _is_number(row[label]) for row in rows) > len(rows)
    unit = _is_unit(rows, {label, index}, name)
    notes = []
    if label != (0 if index is None else index + 1):
        last = label == columns - 1
        notes.append(f"Labels were taken from {'the last column' if last else _th(label)}.")
    if index is not None:
        notes.append("A column that only counts the lines was left out.")
    if unit:
        notes.append("Levels from 0 to 1 were taken as 0 to 255.")
    return Form(delimiter, kept[0][0] if headed else 0, columns, label, index, side, words, unit,
                tuple(notes))  # fmt: skip


def _demand_text(lines: Sequence[bytes], name: str) -> None:
    start = lines[0][:16] if lines else b""
    if start.startswith(_PICTURES):
        raise DataError(
            f"{name} is a picture, not a CSV file. Put pictures into a folder for each class, and "
            "choose “Folder of pictures”."
        )
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{name} is a spreadsheet or a zip archive. Save it as CSV first.")


def _split(line: bytes, delimiter: bytes) -> Cells:
    cells = [cell.strip(b' \t"\r') for cell in line.split(delimiter)]
    return cells if delimiter == b"," else [cell.replace(b",", b".") for cell in cells]


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
    side = isqrt(max(pixels, 0))
    if side * side == pixels and SMALLEST <= side <= LARGEST:
        return side
    has = f"{where} has {columns:,} columns"
    whole = isqrt(columns)
    if whole * whole == columns and whole >= SMALLEST:
        raise DataError(
            f"{has}, a picture of {whole}×{whole} without its label. Put a column with the label "
            "in front of it."
        )
    grey = isqrt(pixels // 3)
    if pixels % 3 == 0 and 3 * grey * grey == pixels and grey >= SMALLEST:
        raise DataError(
            f"{has}, it seems pictures of {grey}×{grey} in colour. Only levels of grey are read: "
            "turn them to grey first."
        )
    if side * side == pixels and side > LARGEST:
        raise DataError(f"{has}: pictures of {side}×{side}. Reduce them to {LARGEST}×{LARGEST}.")
    shown = ", ".join(names[:4]) if names else b", ".join(first[:4]).decode("utf-8", "replace")
    if 1 < columns <= 16:
        raise DataError(f"{has} ({shown[:60]}): a table of numbers, no pictures. {_NEEDED}")
    raise DataError(
        f"{has}; a label and 784 levels are 785. {_NEEDED} Columns are told apart by commas, "
        "semicolons or tabs."
    )


def _label(rows: Sequence[Cells], names: Sequence[str], index: int | None, name: str) -> int:
    """The column of the label: by its heading, by its words, or by what stands at both ends."""
    named = [place for place, word in enumerate(names) if word in _LABELS and place != index]
    if len(named) == 1:
        return named[0]
    first, last = 0 if index is None else index + 1, len(rows[0]) - 1
    worded = [
        place
        for place in (first, last)
        if 2 * sum(not _is_number(row[place]) for row in rows) > len(rows)
    ]
    if len(worded) == 1:
        return worded[0]
    begin, end = _Column([row[first] for row in rows]), _Column([row[last] for row in rows])
    if not begin.likeness and not end.likeness and len(rows) >= 6:
        raise DataError(
            f"{name} has labels neither in the first column nor in the last: both hold numbers "
            f"like levels, such as {begin.largest:g} and {end.largest:g}. {_NEEDED} Or put a line "
            "of headings on top, with “label” over the right column."
        )
    if max(begin.largest, end.largest) > 255:  # no level, so a label that is too large
        return first if begin.largest > 255 else last
    lightest = max(map(_largest, rows))
    ours, theirs = begin.rank(lightest), end.rank(lightest)
    if ours == theirs and begin.varies:
        raise DataError(
            f"{name} may have its labels in the first or in the last column. Put a line of "
            "headings on top, with “label” over the right one."
        )
    return last if theirs > ours else first


class _Column:
    """Cells at one place of all lines.

    `likeness` to labels: 2 for whole numbers up to 61, 1 for few different ones up to 255, else 0.
    """

    def __init__(self, cells: Sequence[bytes]) -> None:
        numbers = [float(cell) for cell in cells if _is_number(cell)]
        self._different = sorted(set(numbers))
        self.varies = len(self._different) > 1
        self.largest = max(numbers, default=0.0)
        self.likeness = 0
        if numbers and all(number.is_integer() and number >= 0 for number in numbers):
            few = len(self._different) <= max(2, len(numbers) // 3) and self.largest < 256
            self.likeness = 2 if self.largest <= _MOST_LABEL else int(few)

    def rank(self, lightest: float) -> tuple[int, bool, bool, bool]:
        """The higher, the more likely labels; `lightest` is the largest level anywhere.

        Labels differ from line to line, seldom end just where levels do, and leave none out.
        """
        if not self._different:
            return 0, False, False, False
        low, high = int(self._different[0]), int(self._different[-1])
        whole = low <= 1 and self._different == list(range(low, high + 1))
        return self.likeness, self.varies, self.largest != lightest, whole


def _largest(cells: Cells) -> float:
    return max((float(cell) for cell in cells[1:-1] if _is_number(cell)), default=0.0)


def _is_unit(rows: Sequence[Cells], apart: set[int | None], name: str) -> bool:
    """Whether levels are fractions from 0 to 1."""
    cells = (cell for row in rows[:50] for place, cell in enumerate(row) if place not in apart)
    levels = [float(cell) for cell in cells if _is_number(cell)]
    below = sum(level < 0 for level in levels)
    broken = any(not level.is_integer() for level in levels)
    if below * 20 > len(levels):
        raise DataError(
            f"{name} has levels below zero, such as {min(levels):g}: they were standardised. Save "
            "them from 0 to 255, or from 0 to 1."
        )
    return broken and max(levels, default=0.0) <= 1.0


def _th(place: int) -> str:
    return f"column {place + 1:,}"
