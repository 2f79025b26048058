"""One lock between processes for each file that two windows may change at once."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PATIENCE = 20.0  # seconds; a file is read, changed and written in milliseconds


@contextmanager
def locked(path: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """While in it, nobody else who asks is: to read `path`, change what it says and write it.

    `path` itself need not exist; the lock is a file of its own beside it, and ends with its
    process. Where a file system knows no locks, or the folder takes no files, nobody is kept out.
    Raises OSError when somebody else is in it for longer than `patience` seconds.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise OSError(
            errno.EBUSY, "another program of the lab keeps it for itself; close that one", str(path)
        ) from error
    except (NotImplementedError, OSError):
        pass
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()
