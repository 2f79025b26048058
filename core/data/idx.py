"""The idx format of MNIST: big-endian header, then bytes. Gzipped or plain."""

import hashlib
import struct
import zlib
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.io.bounded_gzip import BoundedGzip, damage_text
from core.io.safe_open import as_lab_error, open_regular
from core.translation import tr

_BYTES = 8
_LIMIT = 256 * 2**20


def read_idx(path: Path, md5: str | None = None) -> NDArray[np.uint8]:
    """The array in an idx file of bytes, 1 to 3 axes; `md5` is that of the unzipped content.

    Raises DataError naming the file, what is wrong and what to do. Never unpacks more than the
    header promises, nor more than 256 MB.
    """
    with as_lab_error(path):
        try:
            file = open_regular(path)
        except FileNotFoundError as error:
            raise DataError(
                tr("{name} is missing from {parent}. Install the lab again.").format(
                    name=path.name, parent=path.parent
                )
            ) from error
        with file:
            return decode_idx(file, path.name, md5)


def decode_idx(file: IO[bytes], name: str, md5: str | None = None) -> NDArray[np.uint8]:
    """As `read_idx`, from an open file, perhaps one inside an archive; messages call it `name`."""
    begun = file.read(2)
    stream = BoundedGzip(file, begun) if begun == b"\x1f\x8b" else _Plain(file, begun)
    try:
        header, shape = _header(name, stream)
        expected = prod(shape)
        content = stream.read(expected + 1)
    except zlib.error as error:
        raise DataError(
            tr("{name} is damaged or cut short ({error}). Fetch the file again.").format(
                name=name, error=damage_text(error)
            )
        ) from error
    if len(content) != expected:
        more = tr("more") if len(content) > expected else tr("only {n:,}").format(n=len(content))
        raise DataError(
            tr(
                "{name} promises {expected:,} bytes {shape} and holds {more}. Fetch it again."
            ).format(name=name, expected=expected, shape=shape, more=more)
        )
    if md5 is not None and hashlib.md5(header + content, usedforsecurity=False).hexdigest() != md5:
        raise DataError(
            tr("{name} is not the file it should be (checksum). Fetch it again.").format(name=name)
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


class _Plain:
    """A stream whose first bytes have been looked at."""

    def __init__(self, file: IO[bytes], begun: bytes) -> None:
        self._file = file
        self._begun = begun

    def read(self, size: int) -> bytes:
        begun, self._begun = self._begun, b""
        return begun + self._file.read(size - len(begun))


def _header(name: str, file: BoundedGzip | _Plain) -> tuple[bytes, tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or not 1 <= magic[3] <= 3:
        raise DataError(
            tr(
                "{name} is no idx file: it begins with {magic!r}. Choose a file such as "
                "train-images-idx3-ubyte.gz."
            ).format(name=name, magic=magic)
        )
    if magic[2] != _BYTES:
        raise DataError(
            tr(
                "{name} holds numbers of type {magic:#x}; only bytes (0x8) are read. Convert "
                "it first."
            ).format(name=name, magic=magic[2])
        )
    axes = magic[3]
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise DataError(tr("{name} ends inside its header. Fetch it again.").format(name=name))
    shape = struct.unpack(f">{axes}I", lengths)
    if prod(shape) > _LIMIT or max(shape) > _LIMIT:
        raise DataError(
            tr(
                "{name} claims {size:,} bytes {shape}; up to {limit} MB are read. Fetch it again."
            ).format(name=name, size=prod(shape), shape=shape, limit=_LIMIT >> 20)
        )
    return magic + lengths, shape
