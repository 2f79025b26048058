"""Location of a new record: the folder of runs, or another place where that takes no database."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.errors import ResourceError
from core.io.temporary_folder import temporary_folder
from core.record.schema import SUFFIX
from core.record.store import Store
from core.record.use_lock import UseLock
from core.record.writer import Writer
from core.translation import tr

_LEAST_FREE = 512 * 2**20
_DRIVE = ("locking protocol", "disk i/o error", "database is locked", "unable to open database")

WriteStart = Callable[[Writer], object]
"""Writes how the run begins."""


class NewRecord(NamedTuple):
    """A new record, locked as in use; `said`: a warning where it lies in another folder."""

    writer: Writer
    using: UseLock
    said: str


def create_record(folder: Path, chapter: str, run_id: str, write_start: WriteStart) -> NewRecord:
    """Begin a record. Raises sqlite3.Error and OSError where no place takes it.

    SQLite's log beside the file needs memory that processes share, which network drives do not
    have: there it goes without; where locks fail as well, into a temporary folder.
    """
    if shutil.disk_usage(folder).free < _LEAST_FREE:
        raise ResourceError(
            errno.ENOSPC,
            tr("fewer than {least_free} MB are free in {folder}").format(
                least_free=_LEAST_FREE >> 20, folder=folder
            ),
        )
    stamp = time.strftime("%Y-%m-%d %H.%M.%S")
    name = f"{stamp} {chapter} {run_id[:4]}{SUFFIX}"
    first: Exception | None = None
    for journal in ("WAL", "DELETE"):
        try:
            return NewRecord(*_started(folder / name, journal, write_start), "")
        except sqlite3.OperationalError as error:
            if not is_drive_error(error):
                raise
            first = first or error
    assert first is not None
    local = temporary_folder()
    said = tr(
        "The drive of {folder} takes no records ({first}), so this run is recorded in "
        "{local} and gone when its training ends. {error_advice}"
    ).format(folder=folder, first=first, local=local, error_advice=error_advice(first))
    try:
        return NewRecord(*_started(local / name, "WAL", write_start), said)
    except BaseException:
        shutil.rmtree(local, ignore_errors=True)
        raise


def _started(path: Path, journal: str, write_start: WriteStart) -> tuple[Writer, UseLock]:
    using = UseLock([path])
    try:
        store = Store(path, journal=journal)
        writer = Writer(store)
        try:
            write_start(writer)
            writer.flush()
        except BaseException:
            writer.abandon()
            store.discard()
            raise
    except BaseException:
        using.release()
        raise
    return writer, using


def is_drive_error(error: Exception) -> bool:
    """Whether a drive, as one of a network, does not do what SQLite needs."""
    return isinstance(error, sqlite3.Error) and any(it in str(error).lower() for it in _DRIVE)


def error_reason(error: Exception) -> str:
    """Why it failed, without the number of the system's error."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def error_advice(error: Exception) -> str:
    """What helps against the cause of an error."""
    words = str(error).lower()
    if "full" in words or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return tr("Make room on the disk or delete old runs, then start a new run.")
    if is_drive_error(error):
        return tr(
            "It may be a network drive, or failing: set HELLODL_HOME to a folder on this "
            "computer to keep runs there."
        )
    if "readonly" in words or isinstance(error, PermissionError):
        return tr("Allow writing to the folder of runs, or set HELLODL_HOME to another folder.")
    return tr("Look whether the folder of runs is there and can be written to.")
