"""One or two idx files that the person has: pictures, and beside them their labels."""

import re
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.idx import read_idx
from core.data.sources.class_names import infer_class_names, is_transposed
from core.data.sources.source import FileSource, Needs, Sets
from core.errors import DataError
from core.io.progress import Progress, raise_if_cancelled

_MOST = 1_000_000
_SIDE = 256
_UNNAMED = ("?",)
_WORDS = {"images": "labels", "idx3": "idx1"}


@dataclass(frozen=True)
class IdxFiles(FileSource):
    """Pictures from MNIST's own kind of file; the labels are looked for beside it by name."""

    key: str = "idx"
    name: str = "idx files"
    about: str = (
        "MNIST's own kind of file, zipped (.gz) or not: one with pictures and, beside it, one with "
        "their labels."
    )
    how: str = (
        "Choose the file with the pictures, such as train-images-idx3-ubyte.gz; labels are found "
        "by their name, train-labels-idx1-ubyte."
    )
    needs: Needs = Needs.FILE

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set; without labels all pictures are of the class “?”. Raises DataError."""
        if self.place is None:
            raise DataError("No idx file selected yet. Choose one.")
        raise_if_cancelled(cancel)
        progress(0, 2, f"Reading {self.place.name}")
        array = read_idx(self.place)
        notes: list[str] = []
        if array.ndim == 1:
            other = _beside(self.place, {label: image for image, label in _WORDS.items()})
            if other is None:
                raise DataError(
                    f"{self.place.name} holds labels, and no pictures lie beside it. Choose the "
                    "file with the pictures."
                )
            place, images = other, read_idx(other)
            labels: NDArray[np.uint8] | None = array
        else:
            place, images = self.place, array
            other = _beside(place, _WORDS)
            labels = None if other is None else read_idx(other)
        if images.ndim != 3:
            raise DataError(
                f"{place.name} holds {images.ndim} axes {images.shape}; pictures have three. "
                "Choose the file with the pictures."
            )
        high, wide = images.shape[1:]
        if not (len(images) and 0 < high <= _SIDE and 0 < wide <= _SIDE) or len(images) > _MOST:
            raise DataError(
                f"{place.name} holds {len(images):,} pictures of {high:,} × {wide:,}; up to "
                f"{_MOST:,} are read, of 1 to {_SIDE} pixels a side. Choose another file."
            )
        progress(1, 2, f"Reading {place.name}")
        if is_transposed(place.name):
            images = np.ascontiguousarray(images.transpose(0, 2, 1))
            notes.append("Turned upright: EMNIST's files keep pictures mirrored.")
        marks, classes = _marks(labels, len(images), place, notes)
        return (Dataset(place.name.partition(".")[0], images, marks, classes, tuple(notes)),)


def _marks(
    labels: NDArray[np.uint8] | None, count: int, place: Path, notes: list[str]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if labels is None:
        notes.append("No labels lie beside the file, so all pictures are of one class.")
        return np.zeros(count, np.uint8), _UNNAMED
    if labels.shape != (count,):
        raise DataError(
            f"{place.name} holds {count:,} pictures and the file with labels {labels.shape}. They "
            "do not belong together: put the right pair into one folder."
        )
    return infer_class_names(labels, place.name)


def _beside(place: Path, words: dict[str, str]) -> Path | None:
    """The other file of a pair, zipped or not."""
    pattern = re.compile("|".join(words))
    name = pattern.sub(lambda found: words[found.group()], place.name)
    for candidate in (name, f"{name}.gz", name.removesuffix(".gz")):
        path = place.with_name(candidate)
        if path != place and path.is_file():
            return path
    return None
