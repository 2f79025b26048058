"""A drive without what SQLite needs: the run is recorded all the same, and the advice fits."""

import errno
import sqlite3
from pathlib import Path

import pytest

from core.record import location
from core.record.location import error_advice
from core.record.reader import RunFile
from core.record.store import Store
from tests.core.record.runs import Recorded


def _refusing(monkeypatch: pytest.MonkeyPatch, told: str, allowed: set[tuple[bool, str]]) -> None:
    """Databases are refused but in these: whether on the drive of runs, with which journal."""
    whole = Store.__init__

    def begin(self: Store, path: Path, *args: object, journal: str = "WAL", **more: object) -> None:
        if ("drive" in path.parts, journal) not in allowed:
            raise sqlite3.OperationalError(told)
        whole(self, path, *args, journal=journal, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "__init__", begin)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    folder = tmp_path / "drive"
    folder.mkdir()
    return folder


def _closed_at(film: Recorded) -> int:
    """The last step that its file holds."""
    film.recorder.close()
    with RunFile(film.path) as read:
        return read.last_step


@pytest.mark.parametrize("told", ["locking protocol", "disk I/O error", "database is locked"])
def test_without_shared_memory_a_run_is_recorded_without_a_log_beside_it(
    drive: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    _refusing(monkeypatch, told, {(True, "DELETE")})
    film = Recorded(drive)
    film.train(5)
    assert film.said == [] and film.path.parent == drive
    assert _closed_at(film) == 5


def test_without_locks_a_run_is_recorded_elsewhere_and_that_is_said(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _refusing(monkeypatch, "locking protocol", {(False, "WAL")})
    film = Recorded(drive)
    film.train(5)
    (said,) = film.said
    assert "locking protocol" in said and str(film.path.parent) in said and "HELLODL_HOME" in said
    assert film.path.parent != drive and "room" not in said
    assert _closed_at(film) == 5


def test_where_nothing_takes_it_the_advice_is_no_room(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _refusing(monkeypatch, "locking protocol", set())
    film = Recorded(drive)
    film.train(2)
    assert "not recorded any more" in film.said[0] and "network drive" in film.said[0]
    assert "room" not in film.said[0] and not list(drive.iterdir())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sqlite3.OperationalError("database or disk is full"), "Make room"),
        (OSError(errno.ENOSPC, "No space left on device"), "Make room"),
        (sqlite3.OperationalError("disk I/O error"), "network drive"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "Allow writing"),
        (PermissionError(errno.EACCES, "Permission denied"), "Allow writing"),
        (sqlite3.DatabaseError("file is not a database"), "Look whether"),
    ],
)
def test_the_advice_fits_the_cause(error: Exception, told: str) -> None:
    assert told in error_advice(error)


def test_a_disk_that_is_full_is_not_left_for_another(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(path: Path, journal: str, write_start: object) -> None:
        tried.append(journal)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(location, "_started", refuse)
    film = Recorded(drive)
    film.train(2)
    assert tried == ["WAL"] and "Make room" in film.said[0]
