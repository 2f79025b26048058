"""Lock that says a record is in use, seen by every process: such records are never deleted.

Whoever uses a record holds a lock on a file of its own in the folder “in use”. The lock ends with
its process, whatever ended it, so that neither clocks nor ages are asked.
"""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.translation import tr

_FOLDER = "in use"
_TRIES = 5


class UseLock:
    """Says that records are in use, until `release` or until the process ends.

    Where a folder takes no files or its drive knows no locks, nothing is said.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._locks: list[FileLock] = []
        for path in paths:
            with suppress(OSError, NotImplementedError):
                self._locks.append(_taken(path))

    def release(self) -> None:
        """They are not in use any more, by this one."""
        for lock in self._locks:
            _remove(lock)
            with suppress(OSError):  # as long as others are in use
                Path(lock.lock_file).parent.rmdir()
        self._locks.clear()


def in_use(folder: Path) -> set[str]:
    """The names of the records in a folder that somebody uses. What the dead left is removed."""
    found: set[str] = set()
    for path in (folder / _FOLDER).glob("*.lock"):
        name = path.name.rsplit(".", 2)[0]
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError, NotImplementedError):
            found.add(name)
            continue
        _remove(lock)
    return found


def _remove(lock: FileLock) -> None:
    """Let go of a lock that is held; no other ever has the name of its file."""
    for step in (_unlink, FileLock.release, _unlink):  # Windows keeps a file that is open
        with suppress(OSError):
            step(lock)


def _unlink(lock: FileLock) -> None:
    Path(lock.lock_file).unlink(missing_ok=True)


def _taken(path: Path) -> FileLock:
    folder = path.parent / _FOLDER
    for _ in range(_TRIES):
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / f"{path.name}.{uuid.uuid4().hex[:12]}.lock")
        with suppress(Timeout, FileNotFoundError):  # somebody looks, or leaves, just now
            lock.acquire(timeout=0)
            if Path(lock.lock_file).exists():
                return lock
            lock.release()
    raise OSError(tr("the lock was taken away again and again"))
