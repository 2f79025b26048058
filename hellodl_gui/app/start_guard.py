"""Start guard: a lock file that tells whether the last start failed."""

from pathlib import Path

from PySide6.QtCore import QLockFile


class StartGuard:
    """A lock file from the beginning of a start until its window is visible.

    A lock left by a dead process means that its start did not finish. Where the folder cannot be
    written, `failed` is False.

    Attributes: `failed`, whether the last start did not finish.
    """

    def __init__(self, path: Path) -> None:
        left = path.exists()
        self._lock = QLockFile(str(path))
        self._lock.setStaleLockTime(0)  # a slow start is not a failed one
        self.failed = self._lock.tryLock(0) and left

    def finish(self) -> None:
        """The window is visible, or was closed before."""
        self._lock.unlock()
