"""Opening files that may be anything: never a folder, a device, or a pipe that nobody fills."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, most: int | None = None) -> BinaryIO:
    """The file, to be read from its beginning; `most`: bytes that it may have.

    Raises OSError whose `strerror` says what it is in place of a file that can be read; returns or
    raises at once, whatever `path` is.
    """

    def checked(name: str, flags: int) -> int:
        # A pipe opened without O_NONBLOCK waits for somebody to write into it.
        handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
        try:
            info = os.fstat(handle)
            if stat.S_ISDIR(info.st_mode):
                raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", name)
            if not stat.S_ISREG(info.st_mode):
                raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", name)
            if most is not None and info.st_size > most:
                raise OSError(errno.EFBIG, f"it is larger than {most >> 20:,} MB", name)
        except OSError:
            os.close(handle)
            raise
        return handle

    try:
        return io.BufferedReader(io.FileIO(str(path), opener=checked))
    except ValueError as error:  # a zero byte, or what cannot be encoded
        raise OSError(errno.EINVAL, "no file can have such a name") from error


def read_regular(path: Path, most: int) -> bytes:
    """All of a file of up to `most` bytes. Raises OSError as `open_regular` does."""
    with open_regular(path, most) as file:
        return file.read(min(most, os.fstat(file.fileno()).st_size))
