"""The rows of a table of steps or looks with their metrics as columns."""

import math

import numpy as np
from numpy.typing import NDArray

from core.record.rows import Rows
from core.training.series import ColumnStore

_WHERE = {
    "train": "WHERE split = 'train' AND look = 0 AND name = ? AND step > ? AND step <= ?",
    "test": "WHERE split = 'test' AND name = ? AND look > ? AND look <= ?",
}
_KEYS = {"train": "step", "test": "look"}


class MetricColumns:
    """A growing table: `columns`, the first of them its key, and a column for each metric.

    `split` is “train” for mini-batches, whose metrics go by step, or “test” for looks, whose
    metrics go by the look's id.
    """

    def __init__(
        self, table: str, split: str, columns: tuple[str, ...], metrics: tuple[str, ...]
    ) -> None:
        self._table, self._split = table, split
        self._columns, self._metrics = columns, metrics
        self._store = ColumnStore(*columns, *metrics)

    def column(self, name: str) -> NDArray[np.float64]:
        """One column (N,)."""
        return self._store.column(name)

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """All columns (N,) by name."""
        return {name: self._store.column(name) for name in (*self._columns, *self._metrics)}

    def extend(self, rows: Rows) -> None:
        """Append the rows whose key is higher than all before. Raises as `Rows` does."""
        key = self._columns[0]
        known = self._store.column(key)
        last = int(known[-1]) if len(known) else -1
        blocks = list(rows.numbers(self._table, self._columns, f"WHERE {key} > ?", last))
        if not blocks:
            return
        found = np.concatenate(blocks)
        keys = found[:, 0]
        values = [self._values(rows, name, last, keys) for name in self._metrics]
        self._store.append(np.column_stack([found, *values]))

    def _values(
        self, rows: Rows, name: str, last: int, keys: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """A metric at `keys` (N,), ascending and higher than `last`; NaN where there is none."""
        values = np.full(len(keys), math.nan)
        key, where = _KEYS[self._split], _WHERE[self._split]
        for block in rows.numbers(
            "metrics", (key, "value"), where, name, last, int(keys[-1]), key=(key,)
        ):
            places = np.searchsorted(keys, block[:, 0])
            there = keys[places] == block[:, 0]
            values[places[there]] = block[there, 1]
        return values
