"""Temporary folders, and removal of those that killed processes left behind.

A process holds a shared lock (flock) on each file or folder it uses; the system releases it when
the process ends, however it ends. What has no lock is abandoned. Without flock (Windows) nothing
counts as abandoned.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX = "hellodl-"
_LOCK = "in-use"


def lock_shared(descriptor: int) -> bool:
    """Say that an open file is in use, until the descriptor is closed or the process ends.

    False when it was abandoned, found and removed before: whoever made it makes another one.
    """
    if fcntl is None:
        return True
    with suppress(OSError):  # there are places without locks
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits while somebody removes it
    return os.fstat(descriptor).st_nlink > 0


def remove_abandoned(path: Path) -> bool:
    """Remove a file that nobody holds, and whose maker holds such files; whether it was."""
    if fcntl is None:
        return False
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            return True
        finally:
            os.close(descriptor)
    return False


def temporary_folder(folder: Path | None = None) -> Path:
    """A new folder that goes when the program ends, or at the next start where it was killed.

    In `folder`, or where the system keeps what is temporary. Raises OSError.
    """
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    descriptor = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    lock_shared(descriptor)  # in time: a folder without this file never counts as abandoned
    _held[made] = descriptor
    atexit.register(_remove, made, os.getpid())
    return made


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for as long as a `with` block lasts. Raises OSError."""
    made = temporary_folder()
    try:
        yield made
    finally:
        _remove(made, os.getpid())


def remove_abandoned_folders(folder: Path | None = None) -> None:
    """Remove the temporary folders of killed processes; those in use and others' stay."""
    with suppress(OSError):
        for made in (folder or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
            if not made.is_symlink() and remove_abandoned(made / _LOCK):
                shutil.rmtree(made, ignore_errors=True)


_held: dict[Path, int] = {}


def _remove(made: Path, process: int) -> None:
    if os.getpid() == process and made in _held:  # a forked child is not to remove its parent's
        shutil.rmtree(made, ignore_errors=True)
        os.close(_held.pop(made))
