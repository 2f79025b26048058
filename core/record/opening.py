"""A run's file is opened read-only and told from everything that is none, before it is trusted."""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

from core.errors import LabError, RecordError
from core.kernels.arena import Layout, Slot
from core.record.facts import About, Parent
from core.record.packing import unpack_array
from core.record.schema import APPLICATION_ID, SINCE, TABLES, VERSION
from core.train.knobs import Knob

_MAGIC = b"SQLite format 3\0"
_WRONG = (ValueError, TypeError, KeyError, OverflowError, RecursionError, zlib.error)
_LONGEST = 2**30  # bytes of one value
_MOST_PARAMETERS = 2**28
_MOST_SAMPLES = 2**16


@contextmanager
def understandable(name: str) -> Iterator[None]:
    """Whatever goes wrong with a file becomes a RecordError with its name."""
    try:
        yield
    except RecordError as error:
        raise RecordError(f"{name}: {error}" if name not in str(error) else str(error)) from error
    except (sqlite3.Error, OSError) as error:
        raise RecordError(
            f"{name} cannot be read: {error}. It is damaged, or no record of a run."
        ) from error
    except (LabError, *_WRONG) as error:
        raise RecordError(
            f"{name} holds what no run can have written: {error}. It is damaged."
        ) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection that can only read. Raises RecordError for what is no record of a run."""
    with understandable(path.name):
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise RecordError(f"{path.name} is no record of a run.")
        address = path.resolve().as_uri()
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
        try:
            _check(connection, path.name)
        except sqlite3.OperationalError:  # a folder that cannot be written to
            connection.close()
            connection = sqlite3.connect(
                f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None
            )
            try:
                _check(connection, path.name)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            connection.close()
            raise
        return connection


def _check(connection: sqlite3.Connection, name: str) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    ((mark,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    if mark != APPLICATION_ID:
        raise RecordError(f"{name} is a database, but no record of a run.")
    if version > VERSION:
        raise RecordError(f"{name} was recorded by a newer version of the lab. Open it with that.")
    if version < 1:
        raise RecordError(f"{name} does not say by which version of the lab it was recorded.")
    found = dict(
        connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' LIMIT 100")
    )
    for table, statement in TABLES.items():
        if version < SINCE.get(table, 1):
            continue
        if " ".join(str(found.get(table)).split()) != " ".join(statement.split()):
            raise RecordError(f"{name} lacks the table “{table}”, or has another of that name.")


def read_about(connection: sqlite3.Connection) -> About:
    """What the run is. Raises RecordError, or what `understandable` makes one."""
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT * FROM run").fetchone()
    knobs = connection.execute("SELECT * FROM knobs ORDER BY rowid").fetchmany(1000)
    connection.row_factory = None
    if row is None:
        raise RecordError("nothing was recorded in it yet.")
    blob = row["sample"]
    parent = row["parent_run"]
    return About(
        run_id=row["run_id"],
        chapter=row["chapter"],
        seed=row["seed"],
        started=row["started"],
        versions={str(k): str(v) for k, v in dict(json.loads(row["versions"])).items()},
        layout=_layout(json.loads(row["layout"])),
        classes=tuple(map(str, json.loads(row["classes"]))),
        sample=_sample(blob),
        first_step=row["first_step"],
        first_samples=row["first_samples"],
        knobs={knob["key"]: _knob(knob) for knob in knobs},
        parent=Parent(parent, row["parent_file"], row["parent_step"]) if parent else None,
    )


def _knob(row: sqlite3.Row) -> Knob:
    return Knob(
        row["key"],
        row["label"],
        row["value"],
        row["low"],
        row["high"],
        row["scale"],
        row["unit"],
        integer=bool(row["integer"]),
        choices=tuple(map(str, json.loads(row["choices"]))),
        live=bool(row["live"]),
    )


def _sample(blob: bytes) -> Any:
    """Numbers of pictures. How many there are is found by unpacking no more than may be there."""
    raw = zlib.decompressobj().decompress(blob, 4 * _MOST_SAMPLES)
    return unpack_array(blob, "uint32", len(raw) // 4).astype("int64")


def _layout(found: Any) -> Layout:
    slots = tuple(
        Slot(str(slot["name"]), tuple(map(_count, slot["shape"])), _count(slot["offset"]))
        for slot in found["slots"]
    )
    size, trained = _count(found["size"]), _count(found["trained"])
    inside = all(slot.offset + prod(slot.shape) <= size for slot in slots)
    if not (inside and trained <= size):
        raise RecordError("the parts of its network do not fit into it.")
    return Layout(slots, size, trained)


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= _MOST_PARAMETERS:
        raise RecordError(f"{str(value)[:40]} is no size of a network.")
    return value
