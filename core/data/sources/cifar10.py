"""CIFAR-10: small colour photographs of ten kinds of things (Krizhevsky 2009), binary version."""

import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.sources.source import DownloadedSource, Sets
from core.errors import DataError
from core.io.bounded_gzip import BoundedGzip, damage_text
from core.io.progress import Progress, raise_if_cancelled
from core.io.remote_file import RemoteFile
from core.io.safe_open import as_lab_error, open_regular
from core.translation import tr

ARCHIVE = RemoteFile(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    name="cifar-10-binary.tar.gz",
    size=170_052_171,
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

_RECORD = 1 + 3 * 32 * 32
_MOST = 10_000 * _RECORD
_UNPACKED = 256 * 2**20
_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST = "test_batch.bin"
_DAMAGE = (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError)


@dataclass(frozen=True)
class Cifar10(DownloadedSource):
    """50,000 + 10,000 pictures (3, 32, 32)."""

    remote: RemoteFile = field(default=ARCHIVE, kw_only=True)
    key = "cifar10"
    name = "CIFAR-10"
    about = (
        "50,000 small colour photographs to learn from and 10,000 to be tested on: aeroplanes, "
        "cars, animals, ships."
    )
    credit = "A. Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"
    way = (
        "{size:.0f} MB from {host}. A download that breaks off goes on where it "
        "stopped; if you have cifar-10-binary.tar.gz already, choose it."
    )

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """Training and test set. Nothing is unpacked to disk, and no pickle is opened."""
        path = self.archive(progress, cancel)
        try:
            with as_lab_error(path), open_regular(path) as file:
                batches = _batches(file, path, progress, cancel)
        except _DAMAGE as error:
            raise DataError(
                tr(
                    "{name} is no whole tar.gz archive ({error}). Fetch it again; it has to "
                    "be the binary version."
                ).format(name=path.name, error=damage_text(error))
            ) from error
        missing = [name for name in (*_TRAIN, _TEST) if name not in batches]
        if missing:
            raise DataError(
                tr(
                    "{name} lacks {missing}. Choose cifar-10-binary.tar.gz, the binary version."
                ).format(name=path.name, missing=", ".join(missing))
            )
        train = np.concatenate([batches.pop(name) for name in _TRAIN])
        return _set("CIFAR-10", train), _set("CIFAR-10 test", batches.pop(_TEST))


def _batches(
    file: IO[bytes], path: Path, progress: Progress, cancel: Event | None
) -> dict[str, NDArray[np.uint8]]:
    """The records (N, 3073) of every batch, by name."""
    batches: dict[str, NDArray[np.uint8]] = {}
    stream = _Limited(file)
    # Block by block: members are met once, in order, and only what is wanted is kept. What long
    # lists of attributes a member may have (pax) is passed over like any other content.
    while len(batches) <= len(_TRAIN):
        raise_if_cancelled(cancel)
        block = stream.read(tarfile.BLOCKSIZE)
        if not any(block):
            break
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        name = info.name.rpartition("/")[2]
        if name in (*_TRAIN, _TEST) and name not in batches and info.isreg():
            progress(len(batches), 6, tr("Unpacking CIFAR-10"))
            batches[name] = _records(stream, info, f"{path.name}: {name}")
            stream.skip(-info.size % tarfile.BLOCKSIZE)
        else:
            stream.skip(info.size + -info.size % tarfile.BLOCKSIZE)
    return batches


def _records(stream: "_Limited", info: tarfile.TarInfo, name: str) -> NDArray[np.uint8]:
    if info.size > _MOST or info.size % _RECORD or not info.size:
        raise DataError(
            tr(
                "{name} has {size:,} bytes; a batch is up to 10,000 records of {record:,}. "
                "Fetch the archive again."
            ).format(name=name, size=info.size, record=_RECORD)
        )
    content = stream.read(info.size)
    if len(content) != info.size:
        raise DataError(tr("{name} is cut short. Fetch the archive again.").format(name=name))
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    wrong = np.flatnonzero(records[:, 0] >= len(CLASSES))
    if len(wrong):
        raise DataError(
            tr(
                "{name}: picture {wrong:,} has the label {label}; labels run from 0 to 9. "
                "Fetch the archive again."
            ).format(name=name, wrong=wrong[0], label=records[wrong[0], 0])
        )
    return records


def _set(name: str, records: NDArray[np.uint8]) -> Dataset:
    pictures = np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32)
    return Dataset.from_images(name, pictures, records[:, 0].copy(), CLASSES)


class _Limited:
    """What an archive unpacks to, up to a limit that the real one keeps well below."""

    def __init__(self, file: IO[bytes]) -> None:
        self._inflated = BoundedGzip(file)
        self._left = _UNPACKED

    def read(self, size: int) -> bytes:
        found = self._inflated.read(min(size, self._left + 1))
        self._left -= len(found)
        if self._left < 0:
            raise zlib.error(
                tr("it unpacks to more than {unpacked} MB").format(unpacked=_UNPACKED >> 20)
            )
        return found

    def skip(self, size: int) -> None:
        """Pass over so many bytes."""
        while size > 0:
            found = len(self.read(min(size, _RECORD * 100)))
            if not found:
                raise zlib.error(tr("it ends too early"))
            size -= found
