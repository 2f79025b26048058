"""MNIST, whole and on board (Y. LeCun, C. Cortes; CC BY-SA 3.0)."""

import io
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.atomic import write_atomic
from core.data.dataset import Dataset
from core.data.idx import read_idx
from core.paths import cache_dir, resource

_FILES = {
    "train-images-idx3-ubyte": ("6bbc9ace898e44ae57da46a324031adb", (60_000, 28, 28)),
    "train-labels-idx1-ubyte": ("a25bea736e30d166cdddb491f175f624", (60_000,)),
    "t10k-images-idx3-ubyte": ("2646ac647ad5339dbf082846283269ea", (10_000, 28, 28)),
    "t10k-labels-idx1-ubyte": ("27ae3e4e09519cfbb04c329615203637", (10_000,)),
}


@cache
def mnist() -> tuple[Dataset, Dataset]:
    """60,000 digits to learn from and 10,000 to be tested on. Raises DataError.

    Decoded once into the cache and memory-mapped from there, so that all processes share the pages.
    """
    images, labels, test_images, test_labels = (_array(name) for name in _FILES)
    digits = tuple("0123456789")
    return Dataset("MNIST", images, labels, digits), Dataset(
        "MNIST test", test_images, test_labels, digits
    )


def _array(name: str) -> NDArray[np.uint8]:
    md5, shape = _FILES[name]
    try:
        copy = cache_dir() / f"{name}-{md5[:8]}.npy"
    except OSError:
        return read_idx(resource(f"data/{name}.gz"), md5)  # nowhere to keep a copy
    mapped = _mapped(copy, shape)
    if mapped is not None:
        return mapped
    decoded = read_idx(resource(f"data/{name}.gz"), md5)
    buffer = io.BytesIO()
    np.save(buffer, decoded)
    try:
        write_atomic(copy, buffer.getvalue())
    except OSError:
        return decoded  # no room for the copy: it stays in memory
    mapped = _mapped(copy, shape)
    return decoded if mapped is None else mapped


def _mapped(copy: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The copy, if it is there and what it should be."""
    try:
        mapped = np.lib.format.open_memmap(copy, mode="r")
    except (OSError, ValueError):
        return None
    return mapped if mapped.shape == shape and mapped.dtype == np.uint8 else None
