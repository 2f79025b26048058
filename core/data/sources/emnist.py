"""EMNIST: the hand-printed characters of NIST Special Database 19, cut and centred as MNIST's.

Cohen, Afshar, Tapson, van Schaik 2017, arXiv:1702.05373. All parts lie in one archive.
"""

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from threading import Event
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.idx import decode_idx
from core.data.sources.source import DownloadedSource, Sets
from core.errors import DataError
from core.io.bounded_gzip import damage_text
from core.io.progress import Progress, raise_if_cancelled
from core.io.remote_file import RemoteFile
from core.io.zip_archive import open_member, open_zip
from core.translation import tr

ARCHIVE = RemoteFile(
    url="https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
    name="emnist-gzip.zip",
    size=561_753_746,
    sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
)


@dataclass(frozen=True)
class Emnist(DownloadedSource):
    """A part of EMNIST: its `key` names its files, `first` is the label of `classes[0]` in them."""

    key: str
    name: str
    about: str
    classes: tuple[str, ...]
    first: int = 0
    remote: RemoteFile = field(default=ARCHIVE, kw_only=True)
    credit = (
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik 2017, from NIST Special Database 19; "
        "a work of the US government"
    )
    way = (
        "One archive of {size:.0f} MB from {host} holds all parts of EMNIST. A "
        "download that breaks off goes on where it stopped; if you have gzip.zip "
        "already, choose it."
    )

    @property
    def part(self) -> str:
        """Its name in the archive, such as letters."""
        return self.key.removeprefix("emnist-")

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """Training and test set, upright."""
        path = self.archive(progress, cancel)
        with open_zip(path) as files:
            return (
                self._set(files, path, "train", progress, cancel),
                self._set(files, path, "test", progress, cancel),
            )

    def _set(
        self, files: ZipFile, path: Path, which: str, progress: Progress, cancel: Event | None
    ) -> Dataset:
        done = 2 if which == "test" else 0
        arrays = []
        for step, kind in enumerate(("images-idx3", "labels-idx1")):
            raise_if_cancelled(cancel)
            progress(done + step, 4, tr("Unpacking {name}").format(name=self.name))
            arrays.append(_array(files, path, f"emnist-{self.part}-{which}-{kind}-ubyte.gz"))
        images, labels = arrays
        if images.ndim != 3 or images.shape[1:] != (28, 28) or not len(images):
            raise DataError(
                tr(
                    "{name}: emnist-{part}-{which}-images has the shape {shape}, not (N, 28, "
                    "28). Fetch it again."
                ).format(name=path.name, part=self.part, which=which, shape=images.shape)
            )
        last = self.first + len(self.classes) - 1
        wrong = np.flatnonzero((labels < self.first) | (labels > last))
        if len(wrong):
            raise DataError(
                tr(
                    "{name}: emnist-{part}-{which}-labels has a {label} at place {wrong:,}; "
                    "labels run from {first} to {last}. Fetch it again."
                ).format(
                    name=path.name,
                    part=self.part,
                    which=which,
                    label=labels.flat[wrong[0]],
                    wrong=wrong[0],
                    first=self.first,
                    last=last,
                )
            )
        progress(done + 2, 4, tr("Unpacking {name}").format(name=self.name))
        name = f"EMNIST {self.part}" + (" test" if which == "test" else "")
        # The files keep every picture mirrored along its diagonal.
        upright = np.ascontiguousarray(images.transpose(0, 2, 1))
        return Dataset.from_images(name, upright, labels - np.uint8(self.first), self.classes)


def _array(files: ZipFile, path: Path, name: str) -> NDArray[np.uint8]:
    try:
        with open_member(files, name) as file:
            return decode_idx(file, f"{path.name}: {name}")
    except (BadZipFile, zlib.error, EOFError) as error:
        raise DataError(
            tr("{file}: {name} is damaged ({error}). Fetch it again.").format(
                file=path.name, name=name, error=damage_text(error)
            )
        ) from error


DIGITS = Emnist(
    "emnist-digits",
    "EMNIST digits",
    "240,000 digits to learn from and 40,000 to be tested on, the same number of each.",
    tuple(digits),
)
LETTERS = Emnist(
    "emnist-letters",
    "EMNIST letters",
    "124,800 letters to learn from and 20,800 to be tested on: 26 classes, upper and lower case "
    "together.",
    tuple(ascii_lowercase),
    first=1,
)
BALANCED = Emnist(
    "emnist-balanced",
    "EMNIST balanced",
    "112,800 characters to learn from and 18,800 to be tested on: digits, capitals, and the small "
    "letters that look unlike their capitals; 47 classes.",
    tuple(digits + ascii_uppercase + "abdefghnqrt"),
)
