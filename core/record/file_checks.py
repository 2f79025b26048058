"""Opens a run's file read-only and validates it before use."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import prod
from pathlib import Path
from typing import Any

from core.errors import LabError, RecordError
from core.io.safe_open import open_regular
from core.knobs import Knob
from core.nn.arena import ArenaLayout, ParamSpec
from core.record.codec import unpack_array
from core.record.models import Parent, RecordedSpec, RunInfo
from core.record.old_versions import adapt_old_tables, tables_of
from core.record.rows import Rows
from core.record.schema import APPLICATION_ID, PLAIN_COLUMNS, RESERVED, VERSION
from core.training.metrics import Metric
from core.translation import tr

_MAGIC = b"SQLite format 3\0"
_WRONG = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, zlib.error)
_LONGEST_NAME = 256
_MOST_PARAMETERS = 2**28
_MOST_SLOTS, _MOST_AXES = 4096, 8
_MOST_SAMPLES = 2**16
_MOST_CLASSES = 2**16
_RUN = (
    "run_id", "chapter", "seed", "started", "versions", "layout", "classes", "spec", "sample",
    "first_step", "first_samples", "parent_run", "parent_file", "parent_step",
)  # fmt: skip
_KNOB = ("key", "label", "value", "low", "high", "scale", "unit", "integer", "choices", "live")


@contextmanager
def as_record_error(name: str) -> Iterator[None]:
    """Turn every error of reading a file into a RecordError that names it."""
    try:
        yield
    except RecordError as error:
        raise RecordError(f"{name}: {error}" if name not in str(error) else str(error)) from error
    except (sqlite3.Error, OSError) as error:
        why = getattr(error, "strerror", None) or error
        raise RecordError(
            tr("{name} cannot be read: {why}. It is damaged, or no record of a run.").format(
                name=name, why=why
            )
        ) from error
    except MemoryError as error:
        raise RecordError(
            tr("{name} needs more memory than there is. Close other programs, or leave it.").format(
                name=name
            )
        ) from error
    except (LabError, *_WRONG) as error:
        raise RecordError(
            tr("{name} holds what no run can have written: {error}. It is damaged.").format(
                name=name, error=error
            )
        ) from error


def connect(path: Path) -> Rows:
    """The tables of a record, only to be read. Raises RecordError for what is none of ours."""
    with as_record_error(path.name):
        with open_regular(path) as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise RecordError(tr("{name} is no record of a run.").format(name=path.name))
        # SQLite would wait for a pipe, or read a device, beside a record.
        for ending in ("-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError), open_regular(Path(f"{path.resolve()}{ending}")):
                pass
        address = path.resolve().as_uri()
        try:
            return _connected(f"{address}?mode=ro", path)
        except sqlite3.OperationalError:  # a folder that cannot be written to
            return _connected(f"{address}?mode=ro&immutable=1", path)


def _connected(address: str, path: Path) -> Rows:
    connection = sqlite3.connect(
        address,
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # one after the other
    )
    try:
        rows = Rows(connection, lambda: _size(path))
        _check(connection, path.name)
    except BaseException:
        connection.close()
        raise
    return rows


def _size(path: Path) -> int:
    """How long a record is, with what was written beside it."""
    beside = Path(f"{path}-wal")
    return path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)


def _check(connection: sqlite3.Connection, name: str) -> None:
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    ((mark,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    if mark != APPLICATION_ID:
        raise RecordError(tr("{name} is a database, but no record of a run.").format(name=name))
    if version > VERSION:
        raise RecordError(
            tr("{name} was recorded by a newer version of the lab. Open it with that.").format(
                name=name
            )
        )
    if version < 1:
        raise RecordError(
            tr("{name} does not say by which version of the lab it was recorded.").format(name=name)
        )
    found = dict(
        connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' LIMIT 100")
    )
    for table, statement in tables_of(version).items():
        if " ".join(str(found.get(table)).split()) != " ".join(statement.split()):
            raise RecordError(
                tr("{name} lacks the table “{table}”, or has another of that name.").format(
                    name=name, table=table
                )
            )
    adapt_old_tables(connection, version)
    connection.execute("PRAGMA query_only = ON")


def read_about(rows: Rows) -> RunInfo:
    """What the run is. Raises RecordError, or what `as_record_error` makes one."""
    row = rows.first("run", _RUN)
    if row is None:
        raise RecordError(tr("nothing was recorded in it yet."))
    said = dict(zip(_RUN, row, strict=True))
    # How many samples there are is found by unpacking no more than there may be.
    metrics = tuple(rows.all("metric_names", ("key", "label", "unit", "better", "batch")))
    samples = len(zlib.decompressobj().decompress(said["sample"], 4 * _MOST_SAMPLES)) // 4
    return RunInfo(
        **{name: said[name] for name in PLAIN_COLUMNS},
        versions={str(k): str(v) for k, v in dict(json.loads(said["versions"])).items()},
        layout=_layout(json.loads(said["layout"])),
        classes=_classes(json.loads(said["classes"])),
        sample=unpack_array(said["sample"], "uint32", samples).astype("int64"),
        knobs={row[0]: _knob(row) for row in rows.all("knobs", _KNOB)},
        parent=_parent(said["parent_run"], said["parent_file"], said["parent_step"]),
        spec=_spec(json.loads(said["spec"])),
        metrics=read_metrics(row[:4] for row in metrics),
        batch_metrics=tuple(row[0] for row in metrics if row[4]),
    )


def _parent(run_id: str | None, file: str | None, step: int | None) -> Parent | None:
    """A run that is named wholly or not at all, in a file beside this one."""
    if run_id is None and file is None and step is None:
        return None
    if run_id is None or file is None or step is None:
        raise RecordError(tr("it names the run that it branched off from only in part."))
    if Path(file).name != file or file == "..":
        raise RecordError(tr("it branched off from a run in another folder."))
    return Parent(run_id, file, step)


def _knob(row: tuple[Any, ...]) -> Knob:
    said = dict(zip(_KNOB, row, strict=True))
    names = tuple(map(str, json.loads(said.pop("choices"))))
    if said["scale"] not in ("linear", "log") or (
        names and (said["low"] < 0 or said["high"] > len(names) - 1)
    ):
        raise RecordError(tr("its setting “{key}” is none.").format(key=said["key"][:40]))
    said |= {"integer": bool(said["integer"]), "live": bool(said["live"]), "choices": names}
    return Knob(default=said.pop("value"), **said)


def read_metrics(rows: Iterable[tuple[str, str, str, str]]) -> tuple[Metric, ...]:
    """Metrics of key, label, unit and direction. Raises RecordError for what names none."""
    found: dict[str, Metric] = {}
    for key, label, unit, better in rows:
        if not key or key in found or key in RESERVED or better not in ("up", "down"):
            raise RecordError(
                tr("its metric “{key}” is there twice, or neither up nor down is better.").format(
                    key=key[:40]
                )
            )
        found[key] = Metric(key, label, unit, "up" if better == "up" else "down")
    return tuple(found.values())


def _spec(found: Any) -> RecordedSpec:
    """What a sample was; what is not known of it is left out."""
    said = dict(found)
    texts = {key: str(said.get(key, ""))[:_LONGEST_NAME] for key in ("kind", "targets")}
    return RecordedSpec(
        kind=texts["kind"],
        shape=_shape(said.get("shape", ())),
        names=_names(said.get("names", ())),
        units=_names(said.get("units", ())),
        vocabulary=_count(said.get("vocabulary", 0)),
        targets=texts["targets"],
        target_shape=_shape(said.get("target_shape", ())),
    )


def _names(found: Any) -> tuple[str, ...]:
    return tuple(str(name)[:_LONGEST_NAME] for name in list(found)[:_MOST_CLASSES])


def _classes(found: Any) -> tuple[str, ...]:
    names = tuple(map(str, found))
    if len(names) > _MOST_CLASSES or any(len(name) > _LONGEST_NAME for name in names):
        raise RecordError(
            tr("it has more than {most_classes} classes, or endless names of them.").format(
                most_classes=f"{_MOST_CLASSES:,}"
            )
        )
    return names


def _layout(found: Any) -> ArenaLayout:
    if len(found["slots"]) > _MOST_SLOTS:
        raise RecordError(
            tr("its network has more than {most_slots:,} parts.").format(most_slots=_MOST_SLOTS)
        )
    slots = tuple(
        ParamSpec(str(slot["name"])[:_LONGEST_NAME], _shape(slot["shape"]), _count(slot["offset"]))
        for slot in found["slots"]
    )
    size, trained = _count(found["size"]), _count(found["trained"])
    inside = all(slot.offset + prod(slot.shape) <= size for slot in slots)
    if not (inside and trained <= size):
        raise RecordError(tr("the parts of its network do not fit into it."))
    return ArenaLayout(slots, size, trained)


def _shape(found: Any) -> tuple[int, ...]:
    shape = tuple(map(_count, found))
    if len(shape) > _MOST_AXES:
        raise RecordError(tr("a part of its network has {n:,} axes.").format(n=len(shape)))
    return shape


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_PARAMETERS:
        raise RecordError(tr("{value} is no size of a network.").format(value=str(value)[:40]))
    return value
