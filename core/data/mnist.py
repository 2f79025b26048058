"""MNIST, included with the lab (Y. LeCun, C. Cortes; CC BY-SA 3.0)."""

import io
import logging
import shutil
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.idx import read_idx
from core.errors import LabError
from core.io.atomic_write import write_atomic
from core.io.safe_open import open_regular
from core.paths import cache_dir, resource
from core.translation import tr

_FILES = {
    "train-images-idx3-ubyte": ("6bbc9ace898e44ae57da46a324031adb", (60_000, 28, 28)),
    "train-labels-idx1-ubyte": ("a25bea736e30d166cdddb491f175f624", (60_000,)),
    "t10k-images-idx3-ubyte": ("2646ac647ad5339dbf082846283269ea", (10_000, 28, 28)),
    "t10k-labels-idx1-ubyte": ("27ae3e4e09519cfbb04c329615203637", (10_000,)),
}
_LOG = logging.getLogger(__name__)


@cache
def mnist() -> tuple[Dataset, Dataset]:
    """60,000 digits to learn from and 10,000 to be tested on. Raises DataError.

    Decoded once into the cache and memory-mapped from there, so that all processes share the pages.
    A copy there that is damaged is decoded again.
    """
    images, labels, test_images, test_labels = (_array(name) for name in _FILES)
    digits = tuple("0123456789")
    return Dataset.from_images("MNIST", images, labels, digits), Dataset.from_images(
        "MNIST test", test_images, test_labels, digits
    )


def _array(name: str) -> NDArray[np.uint8]:
    md5, shape = _FILES[name]
    packed = resource(f"data/{name}.gz")
    try:
        copy = cache_dir() / f"{name}-{md5[:8]}.npy"
    except LabError:
        return read_idx(packed, md5)  # nowhere to keep a copy
    try:
        return _mapped(copy, packed, shape)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        _LOG.warning("%s was damaged (%s) and is made again.", copy, error)
        _throw_away(copy)
    decoded = read_idx(packed, md5)
    buffer = io.BytesIO()
    np.save(buffer, decoded)
    try:
        write_atomic(copy, buffer.getvalue(), private=True)
        return _mapped(copy, packed, shape)
    except (OSError, ValueError):
        return decoded  # no room for the copy: it stays in memory


def _mapped(copy: Path, packed: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The copy of what is `packed`. Raises OSError or ValueError where it is something else."""
    with open_regular(copy):
        pass  # no folder, device or pipe
    mapped = np.lib.format.open_memmap(copy, mode="r")
    if mapped.shape != shape or mapped.dtype != np.uint8 or not mapped.flags.c_contiguous:
        raise ValueError(
            tr("it holds {shape} of {dtype}").format(shape=mapped.shape, dtype=mapped.dtype)
        )
    header = struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape)
    if zlib.crc32(mapped.data, zlib.crc32(header)) != _checksum(packed):
        raise ValueError(tr("its checksum is wrong"))
    return mapped


def _checksum(packed: Path) -> int:
    """What a gzip file says of its content, in its last eight bytes (RFC 1952)."""
    with open_regular(packed) as file:
        file.seek(-8, io.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _throw_away(copy: Path) -> None:
    try:
        copy.unlink()
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)
