"""Safe .npz files: no pickle, written atomically, validated when read."""

import io
import tokenize
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.io.atomic_write import write_atomic
from core.io.bounded_gzip import damage_text
from core.io.zip_archive import open_member, open_zip
from core.translation import tr

_LIMIT = 256 * 2**20
_VERSIONS = {(1, 0), (2, 0)}
_REMEDY = "Remove the file, or bring back an older copy."
# What numpy's header reader raises for invalid text.
_NONSENSE = (
    ValueError,
    TypeError,
    OverflowError,
    SyntaxError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)


def save_npz(path: Path, arrays: Mapping[str, NDArray[Any]], packed: bool = False) -> None:
    """Write arrays to `path` atomically, readable only by the owner. Raises OSError.

    `packed` compresses: smaller and slower.
    """
    buffer = io.BytesIO()
    if packed:
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
    else:
        np.savez(buffer, allow_pickle=False, **arrays)
    write_atomic(path, buffer.getvalue(), private=True)


def load_npz(path: Path, *names: str, most: int = _LIMIT) -> tuple[NDArray[Any], ...]:
    """The arrays of these names; nothing else in the file is looked at.

    Raises DataError for a file that is missing, damaged, or holds more than `most` bytes.
    """
    arrays: list[NDArray[Any]] = []
    with open_zip(path) as files:
        for name in names:
            arrays.append(_array(files, path, name, most))
            most -= arrays[-1].nbytes
    return tuple(arrays)


def _array(files: ZipFile, path: Path, name: str, most: int) -> NDArray[Any]:
    try:
        with open_member(files, f"{name}.npy") as file:
            content = file.read(most + 1)
    except (BadZipFile, zlib.error, EOFError) as error:
        raise DataError(
            tr("{file}: {name} is damaged ({error}). {remedy}").format(
                file=path.name, name=name, error=damage_text(error), remedy=tr(_REMEDY)
            )
        ) from error
    if len(content) > most:
        raise DataError(
            tr("{file}: {name} holds more than {most:,} bytes. {remedy}").format(
                file=path.name, name=name, most=most, remedy=tr(_REMEDY)
            )
        )
    try:
        return _parsed(content)
    except _NONSENSE as error:
        raise DataError(
            tr("{file}: {name} is no array ({error}). {remedy}").format(
                file=path.name, name=name, error=str(error) or tr("nonsense"), remedy=tr(_REMEDY)
            )
        ) from error


def _parsed(content: bytes) -> NDArray[Any]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in _VERSIONS:
        raise ValueError(tr("of version {version}").format(version=version))
    read = np.lib.format.read_array_header_1_0
    if version == (2, 0):
        read = np.lib.format.read_array_header_2_0
    shape, by_columns, kind = read(stream)
    left = len(content) - stream.tell()
    # Before numpy sees it: a header may claim any size, and objects would be unpickled.
    if kind.hasobject or prod(shape) * kind.itemsize != left:
        raise ValueError(
            tr("{left:,} bytes are not {shape} of {kind}").format(left=left, shape=shape, kind=kind)
        )
    flat = np.frombuffer(content, kind, offset=stream.tell())
    return flat.reshape(shape, order="F" if by_columns else "C")
