"""A CSV file with a picture in every line: its label, then 784 levels from 0 to 255.

The form in which MNIST and EMNIST are often passed on, with or without a line of headings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import IO

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.progress import Progress, stop_if
from core.data.remote import Remote
from core.data.sources.named import mirrored, named
from core.data.sources.source import Needs, Sets
from core.errors import DataError
from core.regular import open_regular

_COLUMNS = 1 + 28 * 28
_MOST = 250_000
_CHUNK = 2**20
_LONGEST = 32 * 1024  # bytes of a line: 785 numbers with room to spare
_PLAIN = np.zeros(256, bool)
_PLAIN[list(b"0123456789,\n")] = True
_NUMBER = re.compile(rb"[0-9]{1,18}(\.0*)?")


@dataclass(frozen=True)
class CsvFile:
    """Pictures from a file that the person has."""

    place: Path | None = None
    key: str = "csv"
    name: str = "CSV file"
    about: str = (
        "A text file of your own with a picture in every line: label, then 784 levels from 0 "
        "(paper) to 255 (ink), with commas between them."
    )
    credit: str = "Whoever made the file"
    how: str = "Choose a .csv file; a line of headings may come first."
    needs: Needs = Needs.FILE
    remote: Remote | None = None

    @property
    def ready(self) -> bool:
        """Whether a file was chosen."""
        return self.place is not None

    def at(self, place: Path) -> "CsvFile":
        """From this file."""
        return replace(self, place=place)

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set. Raises DataError with the line of whatever does not fit."""
        if self.place is None:
            raise DataError("No CSV file was chosen yet. Choose one.")
        path = self.place
        try:
            with open_regular(path) as file:
                rows = _rows(file, path, progress, cancel)
        except OSError as error:
            raise DataError(
                f"{path} cannot be read ({error.strerror or error}). Choose a file that you may "
                "read."
            ) from error
        images = rows[:, 1:].reshape(-1, 28, 28)
        notes: tuple[str, ...] = ()
        if mirrored(path.name):
            images = np.ascontiguousarray(images.transpose(0, 2, 1))
            notes = ("Turned upright: EMNIST's files keep pictures mirrored.",)
        labels, classes = named(rows[:, 0], path.name)
        return (Dataset(path.stem, images, labels, classes, notes),)


def _rows(
    file: IO[bytes], path: Path, progress: Progress, cancel: Event | None
) -> NDArray[np.uint8]:
    """(N, 785) numbers."""
    size = path.stat().st_size
    parts: list[NDArray[np.uint8]] = []
    line = 1
    found = 0
    for chunk, ends in _chunks(file, path):
        stop_if(cancel)
        if line == 1:
            chunk, skipped = _without_headings(chunk)
            line += skipped
        rows = _regular(chunk)
        if rows is None:
            rows = _checked(chunk, line, path)
        parts.append(rows)
        found += len(rows)
        if found > _MOST:
            raise DataError(
                f"{path.name} has more than {_MOST:,} lines; so many pictures do not fit into the "
                "memory. Cut the file."
            )
        line += chunk.count(b"\n")
        progress(ends, size, f"Reading {path.name}")
    if not found:
        raise DataError(f"{path.name} holds no pictures. Choose another file.")
    return np.concatenate(parts)


def _chunks(file: IO[bytes], path: Path) -> Iterator[tuple[bytes, int]]:
    """Whole lines, about a megabyte at a time, and the bytes read so far."""
    left = b""
    lines = 0
    while block := file.read(_CHUNK):
        whole, end, rest = (left + block).rpartition(b"\n")
        lines += whole.count(b"\n") + len(end)
        if len(rest) > _LONGEST:
            raise DataError(
                f"{path.name}, line {lines + 1} has more than {_LONGEST:,} characters; a label and "
                "784 levels are fewer. Choose a CSV file with a picture in every line."
            )
        if end:
            yield whole.replace(b"\r", b"") + b"\n", file.tell()
        left = rest
    if left.strip():
        yield left.replace(b"\r", b"") + b"\n", file.tell()


def _without_headings(chunk: bytes) -> tuple[bytes, int]:
    """The chunk without its first line if that begins with a word, and the lines taken away."""
    chunk = chunk.removeprefix(b"\xef\xbb\xbf")
    first, _, rest = chunk.partition(b"\n")
    beginning = first.partition(b",")[0].strip(b' "')
    heads = beginning[:1].isalpha() and len(beginning) > 1
    return (rest, 1) if heads else (chunk, 0)


def _regular(chunk: bytes) -> NDArray[np.uint8] | None:
    """All rows at once, where every line is 785 plain numbers up to 255; None otherwise."""
    text = np.frombuffer(chunk, np.uint8)
    if not len(text) or not _PLAIN[text].all():
        return None
    ends = np.flatnonzero(text < ord("0"))  # commas and line ends
    if len(ends) % _COLUMNS:
        return None
    lasts = text[ends].reshape(-1, _COLUMNS) == ord("\n")
    if not lasts[:, -1].all() or lasts[:, :-1].any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        return None
    values = text[ends - 1].astype(np.uint16) - ord("0")
    for place, worth in ((2, 10), (3, 100)):
        digit = text[np.maximum(ends - place, 0)].astype(np.uint16) - ord("0")
        values += np.where(lengths >= place, digit, 0).astype(np.uint16) * np.uint16(worth)
    return None if values.max() > 255 else values.astype(np.uint8).reshape(-1, _COLUMNS)


def _checked(chunk: bytes, line: int, path: Path) -> NDArray[np.uint8]:
    """Line by line: spaces, quotes, “3.0” and empty lines are forgiven, the rest is named."""
    rows = []
    for number, text in enumerate(chunk.splitlines(), line):
        if not text.strip():
            continue
        fields = [field.strip(b' \t"') for field in text.split(b",")]
        if len(fields) != _COLUMNS:
            raise DataError(
                f"{path.name}, line {number} has {len(fields):,} columns; a label and 784 levels "
                f"are {_COLUMNS}. Mend or remove the line."
            )
        rows.append([_value(field, number, column, path) for column, field in enumerate(fields)])
    return np.array(rows, np.uint8).reshape(-1, _COLUMNS)


def _value(field: bytes, line: int, column: int, path: Path) -> int:
    what = "level" if column else "label"
    if not _NUMBER.fullmatch(field):
        shown = field[:20].decode("utf-8", "replace")
        raise DataError(
            f"{path.name}, line {line}, column {column + 1}: “{shown}” is no {what} from 0 to 255. "
            "Mend or remove the line."
        )
    value = int(field.partition(b".")[0])
    if value > 255:
        raise DataError(
            f"{path.name}, line {line}, column {column + 1}: a {what} of {value:,} is more than "
            "255. Mend or remove the line."
        )
    return value
