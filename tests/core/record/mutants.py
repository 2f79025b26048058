"""Records in which one value is not what its column promises, and records that never end."""

import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from core.record.schema import TABLES
from tests.core.record.runs import Recorded

ODD = (
    None, -1, 0, 2**62, 1e300, 1e18, -1e18, float("inf"), 0.5, "", "x", "[" * 900, "\ud7ff\x1b[2J",
    "[1e999, -3]", b"", b"\xff" * 40, "y" * 200_000,
)  # fmt: skip


def columns() -> Iterator[tuple[str, str]]:
    """Every column of every table."""
    with closing(sqlite3.connect(":memory:")) as file:
        for table, statement in TABLES.items():
            file.execute(statement)
            for row in file.execute(f"PRAGMA table_info({table})"):
                yield table, row[1]


def record(folder: Path) -> Path:
    """An honest run with a row in every table."""
    film = Recorded(folder)
    film.recorder.watch(film.run.data.test.images[:3], "a page")
    film.train(25)
    film.recorder.on_knob(26, "lr", 0.02)
    film.recorder.close()
    with closing(sqlite3.connect(film.path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute(
            "UPDATE run SET parent_run = 'feed', parent_file = 'gone.sqlite3', parent_step = 3"
        )
    return film.path


def mutants(honest: Path, folder: Path, tables: Collection[str] = tuple(TABLES)) -> Iterator[Path]:
    """A record for each odd value in each column, but for those that no key allows."""
    loose = folder / "loose"
    shutil.copy(honest, loose)
    with _opened(loose) as file:
        _promise(file, {table: _without_promises(sql) for table, sql in TABLES.items()})
    for table, column in columns():
        if table not in tables:
            continue
        for number, value in enumerate(ODD):
            path = folder / f"{table} {column} {number:02}.sqlite3"
            shutil.copy(loose, path)
            with _opened(path) as file:
                first = f"(SELECT {column} FROM {table} LIMIT 1)"
                change = f"UPDATE {table} SET {column} = ? WHERE {column} IS {first}"
                try:
                    file.execute(change, [value])
                except sqlite3.IntegrityError:  # a key that there is already
                    path.unlink()
                    continue
                _promise(file, TABLES)
            yield path


def _opened(path: Path) -> "closing[sqlite3.Connection]":
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA journal_mode = OFF")
    return closing(file)


def _without_promises(statement: str) -> str:
    """The same table, in the file too, that takes any value."""
    words = statement.replace("CHECK (id = 1)", "").replace("NOT NULL", "")
    return words.replace("STRICT, WITHOUT ROWID", "WITHOUT ROWID").replace(") STRICT", ")")


def _promise(file: sqlite3.Connection, tables: dict[str, str]) -> None:
    file.execute("PRAGMA writable_schema = ON")
    for table, sql in tables.items():
        file.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table))
