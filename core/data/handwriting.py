"""My handwriting: the person's own letters and digits, drawn on the pad or corrected on a page."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.io.file_lock import locked
from core.io.npz import load_npz, save_npz
from core.io.safe_open import as_lab_error, open_regular
from core.paths import data_dir
from core.translation import tr

MOST = 10_000

_SIDE = 28
_BYTES = 32 * 2**20
_NAMES = ("images", "labels", "origins", "numbers")
_ORIGIN = 80


@dataclass(frozen=True)
class HandwritingSample:
    """One character: `image` (28, 28) bytes, white on black; `label`, a letter or digit; `origin`,
    where it came from, in a few words; `number`, its own for good."""

    number: int
    image: NDArray[np.uint8]
    label: str
    origin: str


class HandwritingFile:
    """The store in one file, `path` or the usual place; every change is on disk when it returns.

    Several processes may change it: each reads, changes and writes it while no other does.

    `complaint` is a sentence once a damaged file was found; it is put aside under another name,
    never overwritten, and the store begins anew. May be used from several threads.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.complaint: str | None = None
        self._path = path
        self._lock = Lock()

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self._path or data_dir() / "handwriting.npz"

    def all(self) -> tuple[HandwritingSample, ...]:
        """Every character, oldest first. Raises DataError where the file may not be read."""
        with self._lock:  # the file is replaced whole, so that reading needs no other lock
            return self._read()

    def add(self, image: NDArray[np.uint8], label: str, origin: str) -> HandwritingSample:
        """Keep one more.

        Raises DataError for a picture or label that does not fit, a full store, or a full disk.
        """
        if image.shape != (_SIDE, _SIDE) or image.dtype != np.uint8:
            raise DataError(
                tr(
                    "A picture of handwriting is 28×28 bytes, not {shape} of {dtype}. Reduce "
                    "it first."
                ).format(shape=image.shape, dtype=image.dtype)
            )
        if not _is_label(label):
            raise DataError(
                tr("“{label}” is not a single letter or digit. Type one, such as h.").format(
                    label=label
                )
            )
        with self._alone():
            samples = self._read()
            if len(samples) >= MOST:
                raise DataError(
                    tr(
                        "My handwriting is full: {most:,} pictures. Remove some in the Data panel."
                    ).format(most=MOST)
                )
            number = max((sample.number for sample in samples), default=0) + 1
            added = HandwritingSample(number, image.copy(), label, origin[:_ORIGIN])
            self._write((*samples, added))
        return added

    def remove(self, *numbers: int) -> None:
        """Forget the characters with these numbers; unknown ones are ignored. Raises DataError."""
        with self._alone():
            samples = self._read()
            kept = tuple(sample for sample in samples if sample.number not in numbers)
            if len(kept) < len(samples):
                self._write(kept)

    def put_back(self, *removed: HandwritingSample) -> None:
        """Undo a removal: the samples stand where they stood. Raises DataError.

        One whose number another window gave away meanwhile gets a new one.
        """
        with self._alone():
            every = {sample.number: sample for sample in self._read()}
            for sample in removed:
                taken = every.get(sample.number)
                new = taken is not None and not np.array_equal(taken.image, sample.image)
                number = max(every) + 1 if new else sample.number
                every[number] = replace(sample, number=number)
            self._write(tuple(every[number] for number in sorted(every)))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread and no other process changes it meanwhile."""
        busy = "Your handwriting in {path} cannot be changed now: {strerror}."
        with self._lock, ExitStack() as held:
            with as_lab_error(self.path, busy):
                held.enter_context(locked(self.path))
            yield

    def _read(self) -> tuple[HandwritingSample, ...]:
        with as_lab_error(self.path, "{path} cannot be read ({strerror}). Allow it to be read."):
            if not self.path.exists():
                return ()
            with open_regular(self.path):
                pass  # one that may not be read is not damaged
        try:
            return _samples(*load_npz(self.path, *_NAMES, most=_BYTES))
        except DataError as error:
            self._put_aside(error)
            return ()

    def _put_aside(self, why: DataError) -> None:
        aside = self.path.with_name(f"handwriting-damaged-{time.time_ns()}.npz")
        stuck = "{path} is damaged and cannot be moved ({strerror}). Move it yourself."
        with as_lab_error(self.path, stuck):
            self.path.rename(aside)
        self.complaint = tr(
            "The file of your handwriting was damaged ({why}). It is kept as {aside}, and "
            "a new one is begun."
        ).format(why=why, aside=aside)

    def _write(self, samples: tuple[HandwritingSample, ...]) -> None:
        images = np.zeros((len(samples), _SIDE, _SIDE), np.uint8)
        for place, sample in enumerate(samples):
            images[place] = sample.image
        arrays = {
            "images": images,
            "labels": np.array([sample.label for sample in samples], "<U1"),
            "origins": np.array([sample.origin for sample in samples], f"<U{_ORIGIN}"),
            "numbers": np.array([sample.number for sample in samples], np.int64),
        }
        unsaved = (
            "Your handwriting could not be saved to {path}: {strerror}. Make room, or allow it to "
            "be written."
        )
        with as_lab_error(self.path, unsaved):
            save_npz(self.path, arrays, packed=True)


@cache
def my_handwriting() -> HandwritingFile:
    """The one store of this person, shared by all who add to it or look at it."""
    return HandwritingFile()


def _is_label(label: str) -> bool:
    return len(label) == 1 and label.isascii() and label.isalnum()


def _samples(
    images: NDArray[Any], labels: NDArray[Any], origins: NDArray[Any], numbers: NDArray[Any]
) -> tuple[HandwritingSample, ...]:
    """The parts of a file put together. Raises DataError where they do not fit."""
    count = len(numbers) if numbers.ndim == 1 else -1
    fit = (
        images.shape == (count, _SIDE, _SIDE)
        and images.dtype == np.uint8
        and labels.shape == origins.shape == (count,)
        and _is_text(labels)
        and _is_text(origins)
        and numbers.dtype == np.int64
    )
    if not fit or count > MOST or not all(_is_label(str(label)) for label in labels):
        raise DataError(tr("its parts do not fit together"))
    return tuple(
        HandwritingSample(
            int(numbers[place]), images[place], str(labels[place]), str(origins[place])
        )
        for place in range(count)
    )


def _is_text(array: NDArray[Any]) -> bool:
    """Whether these are characters: Python stops hard at numbers that are none."""
    if not array.dtype.str.startswith("<U"):
        return False
    codes = np.frombuffer(array.tobytes(), "<u4")
    return int(codes.max(initial=0)) <= sys.maxunicode
