"""Safe opening of untrusted paths: regular files only, never folders, devices or pipes."""

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import DataError, LabError
from core.translation import tr

_UNREADABLE = "{path} cannot be read ({strerror}). Choose a file that you may read."


def open_regular(path: Path, most: int | None = None) -> BinaryIO:
    """Open a regular file of at most `most` bytes for reading; never blocks.

    Raises OSError whose `strerror` says what the path is instead of a readable file.
    """

    def open_checked(name: str, flags: int) -> int:
        # A pipe opened without O_NONBLOCK waits for somebody to write into it.
        handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
        try:
            info = os.fstat(handle)
            if stat.S_ISDIR(info.st_mode):
                raise IsADirectoryError(errno.EISDIR, tr("it is a folder, not a file"), name)
            if not stat.S_ISREG(info.st_mode):
                raise OSError(errno.EINVAL, tr("it is a device or a pipe, not a file"), name)
            if most is not None and info.st_size > most:
                raise OSError(
                    errno.EFBIG, tr("it is larger than {most:,} MB").format(most=most >> 20), name
                )
        except OSError:
            os.close(handle)
            raise
        return handle

    try:
        return io.BufferedReader(io.FileIO(str(path), opener=open_checked))
    except ValueError as error:  # a zero byte, or what cannot be encoded
        raise OSError(errno.EINVAL, tr("no file can have such a name")) from error


def read_regular(path: Path, most: int) -> bytes:
    """All of a file of up to `most` bytes. Raises OSError as `open_regular` does."""
    with open_regular(path, most) as file:
        return file.read(min(most, os.fstat(file.fileno()).st_size))


@contextmanager
def as_lab_error(
    path: Path, text: str = _UNREADABLE, kind: type[LabError] = DataError
) -> Iterator[None]:
    """Turn an OSError into a `kind` of error; `text` may have {path}, {name} and {strerror}."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise kind(tr(text).format(path=path, name=path.name, strerror=why)) from error
