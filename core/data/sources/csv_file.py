"""A CSV file with a picture in every line: usually its label, then 784 levels from 0 to 255.

The form in which MNIST and EMNIST are often passed on, with or without a line of headings. Others
are detected by `csv_dialect`: labels last or as words, semicolons, tabs, other sizes, fractions.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.sources.class_names import infer_class_names, is_transposed
from core.data.sources.csv_dialect import UNIT, CsvDialect, as_text, detect_dialect
from core.data.sources.source import FileSource, Sets
from core.errors import DataError
from core.formatting import format_number
from core.io.progress import Progress, raise_if_cancelled
from core.io.safe_open import as_lab_error, open_regular
from core.translation import tr

_SIDE = 28
_MOST = 250_000
_CHUNK = 2**20
_LONGEST = 32 * 1024  # bytes of a line: 785 numbers with room to spare
_LOOKED_AT = 400  # lines
_MOST_CLASSES, _LONGEST_NAME = 255, 60
_DIM = 16  # where no level is more than this, it is the lightest one
_FRACTION = re.compile(rb"0?\.0*[1-9]|e-")
_PLAIN = np.zeros(256, bool)
_PLAIN[list(b"0123456789,\n")] = True
_NUMBER = re.compile(rb"[0-9]{1,18}(\.[0-9]{0,40})?|[0-9](\.[0-9]{0,40})?[eE][-+][0-9]{1,3}")


@dataclass(frozen=True)
class CsvFile(FileSource):
    """Pictures from a file that the person has."""

    key = "csv"
    name = "CSV file"
    about = (
        "A text file of your own with a picture in every line: its label, then 784 levels from 0 "
        "(paper) to 255 (ink), with commas between them. Labels in the last column or as words, "
        "semicolons, tabs, levels from 0 to 1 and other square sizes are understood too."
    )
    way = "Choose a .csv file; a line of headings may come first."
    refusal = "No CSV file selected yet. Choose one."

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set. Raises DataError with the line of whatever does not fit."""
        path = self.chosen()
        with as_lab_error(path), open_regular(path) as file:
            form, rows, names = _rows(file, path, progress, cancel)
        notes = [*form.notes]
        images = _sized(_lit(rows[:, 1:], notes).reshape(-1, form.side, form.side), notes)
        if is_transposed(path.name):
            images = np.ascontiguousarray(images.transpose(0, 2, 1))
            notes.append(tr("Turned upright: EMNIST's files keep pictures mirrored."))
        if form.words:
            classes = tuple(sorted(names))
            places = np.array([classes.index(name) for name in names], np.uint8)
            labels = places[rows[:, 0]]
        else:
            labels, classes = infer_class_names(rows[:, 0], path.name)
        return (Dataset.from_images(path.stem, images, labels, classes, tuple(notes)),)


def _lit(levels: NDArray[np.uint8], notes: list[str]) -> NDArray[np.uint8]:
    """Levels (N, P) that go up to 255, also where the file's go to 1 or to 16."""
    most = int(levels.max(initial=0))
    if not 0 < most <= _DIM:
        return levels
    top = 1 if most == 1 else _DIM
    notes.append(tr("Levels from 0 to {top} were taken as 0 to 255.").format(top=top))
    return (levels.astype(np.uint16) * 255 // top).astype(np.uint8)


def _sized(images: NDArray[np.uint8], notes: list[str]) -> NDArray[np.uint8]:
    """Pictures (N, S, S) as (N, 28, 28)."""
    side = images.shape[1]
    if side == _SIDE:
        return images
    import cv2

    how = cv2.INTER_LINEAR if side < _SIDE else cv2.INTER_AREA
    notes.append(
        tr("Pictures of {side}×{side} were brought to {own}×{own}.").format(side=side, own=_SIDE)
    )
    resized = [cv2.resize(image, (_SIDE, _SIDE), interpolation=how) for image in images]
    return np.stack(resized).astype(np.uint8)


def _rows(
    file: IO[bytes], path: Path, progress: Progress, cancel: Event | None, unit: bool = False
) -> tuple[CsvDialect, NDArray[np.uint8], list[str]]:
    """The form, numbers (N, 1 + S·S), labels first, and the names that labels count where words.

    `unit`: levels go to 1, though the first lines do not show it.
    """
    size = path.stat().st_size
    parts: list[NDArray[np.uint8]] = []
    form: CsvDialect | None = None
    reader: _LineReader | None = None
    line = 1
    found = 0
    fractions = False
    for chunk, ends in _chunks(file, path):
        raise_if_cancelled(cancel)
        if form is None or reader is None:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
            form = detect_dialect(chunk.splitlines()[:_LOOKED_AT], path.name)
            if unit:
                form = replace(form, unit=True, notes=(*form.notes, UNIT))
            reader = _LineReader(path.name, form)
            for _ in range(form.headings):
                chunk = chunk.partition(b"\n")[2]
            line += form.headings
        rows = _plain(chunk, form)
        if rows is None:
            rows = reader.rows(chunk, line)
            fractions |= _FRACTION.search(chunk) is not None
        parts.append(rows)
        found += len(rows)
        if found > _MOST:
            raise DataError(
                tr(
                    "{name} has more than {most:,} lines; this many pictures do not fit into "
                    "memory. Shorten the file."
                ).format(name=path.name, most=_MOST)
            )
        line += chunk.count(b"\n")
        progress(ends, size, tr("Reading {name}").format(name=path.name))
    if form is None or reader is None or not found:
        raise DataError(tr("{name} holds no pictures. Choose another file.").format(name=path.name))
    numbers = np.concatenate(parts)
    if fractions and not form.unit and numbers[:, 1:].max() <= 1:
        file.seek(0)
        return _rows(file, path, progress, cancel, unit=True)
    return form, numbers, list(reader.names)


def _plain(chunk: bytes, form: CsvDialect) -> NDArray[np.uint8] | None:
    """All rows at once, where every line is plain numbers up to 255; None otherwise."""
    if form.words or form.unit:
        return None
    if form.delimiter != b",":
        if b"," in chunk:
            return None
        chunk = chunk.replace(form.delimiter, b",")
    rows = _regular(chunk, form.columns)
    if rows is None or (form.label == 0 and form.index is None):
        return rows
    places = [place for place in range(form.columns) if place not in (form.label, form.index)]
    return rows[:, [form.label, *places]]


def _chunks(file: IO[bytes], path: Path) -> Iterator[tuple[bytes, int]]:
    """Whole lines, about a megabyte at a time, and the bytes read so far."""
    left = b""
    lines = 0
    line_end = b"\n"
    decoder: codecs.IncrementalDecoder | None = None
    while block := file.read(_CHUNK):
        if not left and not lines and decoder is None and (wide := _wide(block)):
            decoder = codecs.getincrementaldecoder(wide)("replace")
        if decoder is not None:
            block = decoder.decode(block).removeprefix("\ufeff").encode("utf-8", "replace")
        if not left and not lines and b"\n" not in block and b"\r" in block:
            line_end = b"\r"  # as the first Macs wrote them
        block = block.replace(line_end, b"\n")
        whole, end, rest = (left + block).rpartition(b"\n")
        lines += whole.count(b"\n") + len(end)
        if len(rest) > _LONGEST:
            raise DataError(
                tr(
                    "{name}, line {line} has more than {longest:,} characters; a label and "
                    "784 levels are fewer. Choose a CSV file with a picture in every line."
                ).format(name=path.name, line=lines + 1, longest=_LONGEST)
            )
        if end:
            yield whole.replace(b"\r", b"") + b"\n", file.tell()
        left = rest
    if left.strip():
        yield left.replace(b"\r", b"") + b"\n", file.tell()


def _wide(block: bytes) -> str:
    """The name of an encoding with two bytes a character; empty for any other."""
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    evens, odds = block[:200:2], block[1:200:2]
    if len(evens) < 4 or evens.count(0) == odds.count(0):
        return ""
    if odds.count(0) == len(odds) and b"\0" not in evens:
        return "utf-16-le"
    return "utf-16-be" if evens.count(0) == len(evens) and b"\0" not in odds else ""


def _regular(chunk: bytes, columns: int) -> NDArray[np.uint8] | None:
    """All rows at once, where every line is so many plain numbers up to 255; None otherwise."""
    text = np.frombuffer(chunk, np.uint8)
    if not len(text) or not _PLAIN[text].all():
        return None
    ends = np.flatnonzero(text < ord("0"))  # commas and line ends
    if len(ends) % columns:
        return None
    lasts = text[ends].reshape(-1, columns) == ord("\n")
    if not lasts[:, -1].all() or lasts[:, :-1].any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        return None
    values = text[ends - 1].astype(np.uint16) - ord("0")
    for place, worth in ((2, 10), (3, 100)):
        digit = text[np.maximum(ends - place, 0)].astype(np.uint16) - ord("0")
        values += np.where(lengths >= place, digit, 0).astype(np.uint16) * np.uint16(worth)
    return None if values.max() > 255 else values.astype(np.uint8).reshape(-1, columns)


class _LineReader:
    """Reads line by line: spaces, quotes, “3.0” and empty lines are forgiven, the rest is named.

    `names` are those of the labels, where these are words, by their number.
    """

    def __init__(self, name: str, form: CsvDialect) -> None:
        self.names: dict[str, int] = {}
        self._name = name
        self._form = form
        self._line = 0

    def rows(self, chunk: bytes, first_line: int) -> NDArray[np.uint8]:
        """Numbers (N, 1 + S·S) of whole lines, labels first."""
        form, rows = self._form, []
        for self._line, text in enumerate(chunk.splitlines(), first_line):
            if not text.strip():
                continue
            cells = form.cells(text)
            if len(cells) != form.columns:
                raise self._other_width(len(cells))
            label = cells[form.label]
            first = self._word(label) if form.words else self._value(label, form.label, "label")
            levels = [
                self._value(cell, column, "level")
                for column, cell in enumerate(cells)
                if column not in (form.label, form.index)
            ]
            rows.append(np.array([first, *levels], np.uint8))
        return np.stack(rows) if rows else np.empty((0, form.side**2 + 1), np.uint8)

    def _other_width(self, columns: int) -> DataError:
        pixels = self._form.side**2
        return DataError(
            tr(
                "{name}, line {number} has {n:,} columns; a label and {pixels:,} levels "
                "are {wanted:,}"
            ).format(
                name=self._name, number=self._line, n=columns, pixels=pixels, wanted=pixels + 1
            )
            + (tr(" and the line's own number") if self._form.index is not None else "")
            + tr(". Fix or remove that line.")
        )

    def _word(self, cell: bytes) -> int:
        name = as_text(cell)
        if not name:
            raise self._wrong("{name}, line {line} has no label. Fix or remove that line.")
        known = name in self.names or len(self.names) < _MOST_CLASSES
        if len(name) > _LONGEST_NAME or not known:
            raise self._wrong(
                "{name}, line {line}: “{word}” is one name more than the {most_classes} "
                "that are told apart, or too long for one. Check in which column the labels "
                "are.",
                word=name[:20],
                most_classes=_MOST_CLASSES,
            )
        return self.names.setdefault(name, len(self.names))

    def _value(self, cell: bytes, column: int, what: Literal["label", "level"]) -> int:
        top = 1 if self._form.unit and what == "level" else 255
        place: dict[str, object] = {"column": column + 1, "what": what, "top": top}
        if not _NUMBER.fullmatch(cell):
            raise self._wrong(
                "{name}, line {line}, column {column}: “{shown}” is no {what} from 0 to "
                "{top}. Fix or remove that line.",
                shown=as_text(cell[:20]),
                **place,
            )
        value = float(cell)
        if value > top or (what == "label" and not value.is_integer()):
            fault = (
                "{name}, line {line}, column {column}: a {what} of {value} is more than "
                "{top}. Fix or remove that line."
                if value > top
                else "{name}, line {line}, column {column}: a label of {value} is no whole number. "
                "Fix or remove that line."
            )
            raise self._wrong(fault, value=format_number(value, 6), **place)
        return round(value * 255) if top == 1 else round(value)

    def _wrong(self, text: str, **fields: object) -> DataError:
        return DataError(tr(text).format(name=self._name, line=self._line, **fields))
