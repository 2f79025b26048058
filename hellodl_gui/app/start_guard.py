"""Knows whether the last start came to its end; what makes a start fail must not fail the next."""

from pathlib import Path

from PySide6.QtCore import QLockFile


class StartGuard:
    """A lock file from the begin of a start until its window is in sight.

    One that is left of a process that is gone tells of a start that did not finish. Where the
    folder cannot be written nothing is known, and nothing is said.

    Attributes: `failed`, whether the last start did not finish.
    """

    def __init__(self, path: Path) -> None:
        left = path.exists()
        self._lock = QLockFile(str(path))
        self._lock.setStaleLockTime(0)  # a slow start is no dead one
        self.failed = self._lock.tryLock(0) and left

    def finish(self) -> None:
        """The window is in sight, or the person has closed it before."""
        self._lock.unlock()
