"""Rows of a record, each value held against its column, at a cost bounded by the file's size.

A file of SQLite may be built so that pages are shared: five megabytes then hold endless rows. So
keys must grow from row to row, as they do in every honest table; what a query returns may not be
longer than the file; and SQLite itself is stopped after more work than so many bytes are worth.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.record.columns import COLUMNS, KEYS, MOST_ROWS, Column
from core.translation import tr

_MOST_ROWS = 10_000_000
_AT_ONCE = 512  # rows that become numbers without another thread having its turn
_SPARE = 2**20  # bytes that a file may have grown by since somebody looked
_LEAST_LENGTH = 4096  # of a row; the file's own schema is read under it too
_ROWID = Column(int, 2.0**63, -(2.0**63))
_LEAST_WORK, _WORK_A_BYTE, _LOOK_EVERY = 5_000_000, 4, 50_000  # instructions of SQLite's machine


class Rows:
    """The tables of an open record; `size()` is how many bytes its file has by now.

    Every method raises ValueError for what no run can have written, and sqlite3.Error.
    """

    def __init__(self, connection: sqlite3.Connection, size: Callable[[], int]) -> None:
        self._file = connection
        self._size = size
        self._most_bytes = 0
        self._work = 0
        self.measure()
        connection.set_progress_handler(self._exceeds_work_limit, _LOOK_EVERY)

    def measure(self) -> None:
        """Take in how long the file is by now."""
        self._most_bytes = self._size() + _SPARE

    def take(
        self, table: str, columns: Sequence[str], rest: str = "", *values: Any
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of a table, `rest` being what follows its name, in the order of `rest`."""
        known = _of(table, columns)
        plain: list[tuple[Any, float, float]] = [(it.kind, it.least, it.most) for it in known]
        left = self._most_bytes
        for row in self._begin(table, columns, rest, values):
            for place, ((kind, least, most), value) in enumerate(zip(plain, row, strict=True)):
                if type(value) is kind:
                    size = value
                    if kind is str or kind is bytes:
                        size = len(value)
                        left -= size
                    if least <= size <= most:
                        continue
                _check(table, columns[place], known[place], value)
            if left < 0:
                raise ValueError(
                    tr("the table “{table}” claims to hold more than the whole file").format(
                        table=table
                    )
                )
            yield row

    def first(
        self, table: str, columns: Sequence[str], rest: str = "", *values: Any
    ) -> tuple[Any, ...] | None:
        """The first of such rows, or None."""
        return next(self.take(table, columns, f"{rest} LIMIT 1", *values), None)

    def all(
        self, table: str, columns: Sequence[str], where: str = "", *values: Any
    ) -> Iterator[tuple[Any, ...]]:
        """All rows of a table, by its key. `where` may choose some, with `values`."""
        key = KEYS[table]
        before: tuple[Any, ...] = ()
        order = f"{where} ORDER BY {', '.join(key)}"
        rows = self.take(table, (*key, *columns), order, *values)
        for number, row in enumerate(rows, 1):
            _check_row_count(table, number)
            if before and row[: len(key)] <= before:
                raise ValueError(
                    tr("the table “{table}” has the same row twice").format(table=table)
                )
            before = row[: len(key)]
            yield row[len(key) :]

    def numbers(
        self,
        table: str,
        columns: Sequence[str],
        where: str = "",
        *values: Any,
        key: tuple[str, ...] = (),
    ) -> Iterator[NDArray[np.float64]]:
        """The same as arrays (M, columns) of numbers, NULL as NaN. `columns` begin with the key.

        `key` is what tells apart those rows that `where` chooses, if not the table's own.
        """
        key = key or KEYS[table]
        assert tuple(columns[: len(key)]) == key, "the key tells rows apart"
        known = _of(table, columns)
        order = f"{where} ORDER BY {', '.join(key)}"
        cursor = self._begin(table, columns, order, values)
        last: NDArray[np.float64] | None = None
        count = 0
        while rows := cursor.fetchmany(_AT_ONCE):
            count += len(rows)
            _check_row_count(table, count)
            found = np.array(rows, np.float64)
            for place, (name, column) in enumerate(zip(columns, known, strict=True)):
                if not column.allows(found[:, place]):
                    raise ValueError(
                        tr("“{name}” in the table “{table}” is out of its range").format(
                            name=name, table=table
                        )
                    )
            keys = found[:, : len(key)]
            joined = keys if last is None else np.concatenate([last, keys])
            if not _is_increasing(joined):
                raise ValueError(
                    tr("the table “{table}” has the same row twice").format(table=table)
                )
            last = keys[-1:]
            yield found

    def column(self, table: str) -> NDArray[np.int64]:
        """The keys of a table that has only one, ascending."""
        blocks = [block[:, 0] for block in self.numbers(table, KEYS[table])]
        return np.concatenate(blocks).astype(np.int64) if blocks else np.empty(0, np.int64)

    def pragma(self, name: str) -> Any:
        """What SQLite says of the file itself."""
        self._work = 0
        return self._file.execute(f"PRAGMA {name}").fetchone()[0]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _begin(
        self, table: str, columns: Sequence[str], rest: str, values: Sequence[Any]
    ) -> sqlite3.Cursor:
        longest = 2 * max(column.bytes for column in COLUMNS[table].values())
        most = max(_LEAST_LENGTH, min(self._most_bytes, longest))
        self._file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, most)
        self._work = 0
        return self._file.execute(f"SELECT {', '.join(columns)} FROM {table} {rest}", values)

    def _exceeds_work_limit(self) -> bool:
        self._work += _LOOK_EVERY
        return self._work > max(_LEAST_WORK, _WORK_A_BYTE * self._most_bytes)


def _of(table: str, columns: Sequence[str]) -> list[Column]:
    return [COLUMNS[table].get(name, _ROWID) for name in columns]


def _check(table: str, name: str, column: Column, value: object) -> None:
    """Raises ValueError where a column may not hold a value."""
    try:
        column.validate(value)
    except ValueError as error:
        raise ValueError(
            tr("“{name}” in the table “{table}” is {error}").format(
                name=name, table=table, error=error
            )
        ) from None


def _check_row_count(table: str, count: int) -> None:
    most = MOST_ROWS.get(table, _MOST_ROWS)
    if count > most:
        raise ValueError(
            tr("the table “{table}” has more than {most:,} rows").format(table=table, most=most)
        )


def _is_increasing(keys: NDArray[np.float64]) -> bool:
    """Whether each row of (N, K) comes behind the one before it, by its first column first."""
    steps = np.diff(keys, axis=0)
    first = np.argmax(steps != 0, axis=1)
    return bool((np.take_along_axis(steps, first[:, None], axis=1) > 0).all())
