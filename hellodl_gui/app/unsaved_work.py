"""Unsaved work: kept every few seconds, removed once it is saved, offered after a crash.

Each window has a folder of its own, locked as long as its process lives. A folder that nobody
locks was left by a window that ended without closing.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, QTimer, Slot

from core.errors import LabError
from core.io.atomic_write import write_atomic
from core.paths import data_dir
from hellodl_gui.services.background_task import BackgroundTask

_LOG = logging.getLogger(__name__)
_EVERY_MS = 3_000
_MOST_LEFT = 20  # folders of crashed windows that are kept
_LOCK = ".lock"


class Work(Protocol):
    """Something a person makes by hand and may lose."""

    def unsaved(self) -> tuple[object, Callable[[], bytes]] | None:
        """What tells one state from the next, and what packs this one, called in a thread; None
        where everything is saved or nothing was made.
        """

    def bring_back(self, path: Path) -> None:
        """Go on with what was packed into this file."""


@dataclass(frozen=True)
class UnsavedFiles:
    """What a window that did not close left behind: a file for each work, by its key."""

    folder: Path
    files: Mapping[str, Path]


class UnsavedWork(QObject):
    """Writes what the works by these keys have not saved."""

    def __init__(self, parent: QObject, works: Mapping[str, Work]) -> None:
        super().__init__(parent)
        self._works = works
        self._seen: dict[str, object] = {}
        self._adopted: UnsavedFiles | None = None
        self._lock: FileLock | None = None
        self._folder: Path | None = None
        self._last: BackgroundTask[None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.keep)
        self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Write what has changed since the last time; the files of what is saved go."""
        for key, work in self._works.items():
            now = work.unsaved()
            state = None if now is None else now[0]
            if state == self._seen.get(key):
                continue
            self._seen[key] = state
            if now is None:
                if self._folder is not None:
                    self._start(partial(_remove, self._folder / key))
            elif (folder := self._own_folder()) is not None:
                self._start(partial(self._write, folder / key, key, state, now[1]))
            else:
                del self._seen[key]  # tried again the next time
        adopted = self._adopted
        if adopted and all(self._seen.get(key) is not None for key in adopted.files):
            self._adopted = None
            self._start(partial(discard, adopted))  # behind the writers: one at a time

    def wait(self) -> None:
        """Until all is written."""
        if self._last is not None:
            self._last.wait()

    def adopt(self, left: UnsavedFiles) -> None:
        """These works are being brought back; what was left is removed once it is kept here."""
        self._adopted = left

    def finish(self, saved: bool = True) -> None:
        """The end of the window. What was kept goes, since it is saved or was given up; unless
        nobody could be asked: then it stays and is offered at the next start.
        """
        self._timer.stop()
        if not saved:
            self.keep()
        self.wait()
        if self._lock is not None:
            self._lock.release()
        if self._folder is not None and saved:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._lock = self._folder = None

    def _own_folder(self) -> Path | None:
        if self._folder is not None and not self._folder.is_dir():
            self._folder = None  # somebody tidied up
        if self._folder is None:
            folder = _place() / f"{os.getpid()}-{secrets.token_hex(4)}"
            try:
                folder.mkdir(parents=True, mode=0o700)
                self._lock = FileLock(folder / _LOCK)
                self._lock.acquire(timeout=0)
            except (OSError, NotImplementedError, Timeout) as error:
                _LOG.warning("unsaved work cannot be kept in %s: %s", folder, error)
                return None
            self._folder = folder
        return self._folder

    def _start(self, work: Callable[[], None]) -> None:
        self._last = BackgroundTask(lambda _: work(), after=self._last)

    def _write(self, path: Path, key: str, state: object, pack: Callable[[], bytes]) -> None:
        try:
            write_atomic(path, pack(), private=True)
        except (OSError, LabError) as error:
            _LOG.warning("unsaved work was not kept in %s: %s", path, error)
            if self._seen.get(key) == state:
                self._seen.pop(key, None)  # tried again the next time


def find_unsaved() -> list[UnsavedFiles]:
    """What windows that ended without closing left, the newest first; empty folders are removed."""
    found: list[UnsavedFiles] = []
    try:
        folders = sorted(_place().iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []
    for folder in folders:
        if not folder.is_dir() or folder.is_symlink() or _is_in_use(folder):
            continue
        try:
            files = {it.name: it for it in folder.iterdir() if not it.name.startswith(".")}
        except OSError:  # another window offers or removes it
            continue
        if files and len(found) < _MOST_LEFT:
            found.append(UnsavedFiles(folder, files))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return found


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _LOG.warning("%s could not be removed: %s", path, error)


def discard(left: UnsavedFiles) -> None:
    """Remove what a window left."""
    shutil.rmtree(left.folder, ignore_errors=True)


def _place() -> Path:
    return data_dir("unsaved")


def _is_in_use(folder: Path) -> bool:
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return False
    lock.release()
    return False
