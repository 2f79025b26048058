"""File locks between processes, one for each file that two windows may change."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.translation import tr

_PATIENCE = 20.0  # seconds; a file is read, changed and written in milliseconds


@contextmanager
def locked(path: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the exclusive lock of `path`, to read, change and write it.

    `path` itself need not exist; the lock is a file beside it and is released when the process
    ends. Does nothing where the file system has no locks or the folder is not writable. Raises
    OSError when another process holds the lock for longer than `patience` seconds.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise OSError(
            errno.EBUSY,
            tr("another program of the lab keeps it for itself; close that one"),
            str(path),
        ) from error
    except (NotImplementedError, OSError):
        pass
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()
