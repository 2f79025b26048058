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
from core.data.sources.source import FileSource, Sets
from core.errors import DataError
from core.io.progress import Progress, raise_if_cancelled
from core.translation import tr

_MOST = 1_000_000
_SIDE = 256
_UNNAMED = ("?",)
_WORDS = {"images": "labels", "idx3": "idx1"}


@dataclass(frozen=True)
class IdxFiles(FileSource):
    """Pictures from MNIST's own kind of file; the labels are looked for beside it by name."""

    key = "idx"
    name = "idx files"
    about = (
        "MNIST's own kind of file, zipped (.gz) or not: one with pictures and, beside it, one with "
        "their labels."
    )
    way = (
        "Choose the file with the pictures, such as train-images-idx3-ubyte.gz; labels are found "
        "by their name, train-labels-idx1-ubyte."
    )
    refusal = "No idx file selected yet. Choose one."

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set; without labels all pictures are of the class “?”. Raises DataError."""
        place = self.chosen()
        raise_if_cancelled(cancel)
        progress(0, 2, tr("Reading {name}").format(name=place.name))
        images = read_idx(place)
        labels: NDArray[np.integer] | None = None
        notes: list[str] = []
        if images.ndim == 1:
            other = _beside(place, {label: image for image, label in _WORDS.items()})
            if other is None:
                raise DataError(
                    tr(
                        "{name} holds labels, and no pictures lie beside it. Choose the file "
                        "with the pictures."
                    ).format(name=place.name)
                )
            place, images, labels = other, read_idx(other), images
        elif other := _beside(place, _WORDS):
            labels = read_idx(other)
        if images.ndim != 3:
            raise DataError(
                tr(
                    "{name} holds {ndim} axes {shape}; pictures have three. Choose the file "
                    "with the pictures."
                ).format(name=place.name, ndim=images.ndim, shape=images.shape)
            )
        high, wide = images.shape[1:]
        if not (len(images) and 0 < high <= _SIDE and 0 < wide <= _SIDE) or len(images) > _MOST:
            raise DataError(
                tr(
                    "{name} holds {n:,} pictures of {high:,} × {wide:,}; up to {most:,} are "
                    "read, of 1 to {side} pixels a side. Choose another file."
                ).format(
                    name=place.name, n=len(images), high=high, wide=wide, most=_MOST, side=_SIDE
                )
            )
        progress(1, 2, tr("Reading {name}").format(name=place.name))
        if is_transposed(place.name):
            images = np.ascontiguousarray(images.transpose(0, 2, 1))
            notes.append(tr("Turned upright: EMNIST's files keep pictures mirrored."))
        marks, classes = _marks(labels, len(images), place, notes)
        return (
            Dataset.from_images(place.name.partition(".")[0], images, marks, classes, tuple(notes)),
        )


def _marks(
    labels: NDArray[np.integer] | None, count: int, place: Path, notes: list[str]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if labels is None:
        notes.append(tr("No labels lie beside the file, so all pictures are of one class."))
        return np.zeros(count, np.uint8), _UNNAMED
    if labels.shape != (count,):
        raise DataError(
            tr(
                "{name} holds {count:,} pictures and the file with labels {shape}. They do "
                "not belong together: put the right pair into one folder."
            ).format(name=place.name, count=count, shape=labels.shape)
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
