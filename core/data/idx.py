"""The idx format of MNIST: big-endian header, then bytes. Gzipped or plain."""

import gzip
import hashlib
import io
import struct
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

_BYTES = 8
_LIMIT = 256 * 2**20


def read_idx(path: Path, md5: str | None = None) -> NDArray[np.uint8]:
    """The array in an idx file of bytes, 1 to 3 axes; `md5` is that of the unzipped content.

    Raises DataError naming the file, what is wrong and what to do. Never unpacks more than the
    header promises, nor more than 256 MB.
    """
    try:
        with path.open("rb") as plain:
            zipped = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            header, shape = _header(path, file)
            expected = prod(shape)
            content = file.read(expected + 1)
    except FileNotFoundError as error:
        raise DataError(
            f"{path.name} is missing from {path.parent}. Install the lab again."
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name} is damaged or cut short ({error}). Fetch the file again."
        ) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}). Choose a file that you may read."
        ) from error
    if len(content) != expected:
        more = "more" if len(content) > expected else f"only {len(content):,}"
        raise DataError(
            f"{path.name} promises {expected:,} bytes {shape} and holds {more}. Fetch it again."
        )
    if md5 is not None and hashlib.md5(header + content, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{path.name} is not the file it should be (checksum). Fetch it again.")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _header(path: Path, file: gzip.GzipFile | io.BufferedReader) -> tuple[bytes, tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or not 1 <= magic[3] <= 3:
        raise DataError(
            f"{path.name} is no idx file: it begins with {magic!r}. Choose a file such as "
            "train-images-idx3-ubyte.gz."
        )
    if magic[2] != _BYTES:
        raise DataError(
            f"{path.name} holds numbers of type {magic[2]:#x}; only bytes (0x8) are read. "
            "Convert it first."
        )
    axes = magic[3]
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise DataError(f"{path.name} ends inside its header. Fetch it again.")
    shape = struct.unpack(f">{axes}I", lengths)
    if prod(shape) > _LIMIT or max(shape) > _LIMIT:
        raise DataError(
            f"{path.name} claims {prod(shape):,} bytes {shape}; up to {_LIMIT >> 20} MB are read. "
            "Fetch it again."
        )
    return magic + lengths, shape
