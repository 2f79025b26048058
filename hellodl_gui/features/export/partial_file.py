"""File written beside its destination and moved there when complete."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from core.io.atomic_write import create_beside

try:
    import fcntl
except ImportError:  # on Windows an open file cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"\..+\.([0-9a-f]{12}\.part|(mp4|gif)\.[a-z0-9_]{8})")  # now and formerly
_OLD = 60.0
"""Seconds that a half-written film stands still before it counts as left behind."""


class PartialFile:
    """Attributes: `path`, where it is written meanwhile. It is locked as long as this process is
    at it, so that another one can tell a half-written file that nobody finishes.
    """

    def __init__(self, place: Path) -> None:
        """Raises OSError where there can be no such file."""
        self._place = place
        self._handle, self.path = create_beside(place)
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def keep(self) -> None:
        """It is whole: let it survive a power cut, and move it to its place. Raises OSError."""
        os.fsync(self._handle)
        self._close()
        os.replace(self.path, self._place)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def remove_partial_files(folder: Path) -> None:
    """Remove half-written films that nobody is at any more, as after a power cut."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if _NAME.fullmatch(path.name):
                with suppress(OSError):
                    _remove_left(path)


def _remove_left(path: Path) -> None:
    if time.time() - path.lstat().st_mtime < _OLD or not path.is_file() or path.is_symlink():
        return
    if fcntl is not None:
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)
    path.unlink()
