"""Column storage and smoothing for the curves of a run."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

_START = 4096


class ColumnStore:
    """A growing table of float64: append rows in bulk, read columns without copying.

    Attributes: `columns`, their names.
    """

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self._index = {name: i for i, name in enumerate(columns)}
        self._data = np.empty((len(columns), _START))
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, rows: NDArray[np.float64]) -> None:
        """Add rows (M, columns)."""
        end = self._length + len(rows)
        if end > self._data.shape[1]:
            grown = np.empty((self._data.shape[0], max(end, 2 * self._data.shape[1])))
            grown[:, : self._length] = self._data[:, : self._length]
            self._data = grown
        self._data[:, self._length : end] = rows.T
        self._length = end

    def column(self, name: str, start: int = 0) -> NDArray[np.float64]:
        """One column from row `start` on; a view, valid until the next append."""
        return self._data[self._index[name], start : self._length]

    def by_name(self) -> dict[str, NDArray[np.float64]]:
        """All columns; views, valid until the next append."""
        return {name: self.column(name) for name in self.columns}


def table_rows(
    columns: Iterable[str], known: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Rows (N, columns) of columns (N,) by name, one of which is “step”; NaN where one is missing.

    A column that is not asked for is left out.
    """
    missing = np.full(len(known["step"]), np.nan)
    return np.column_stack([known.get(name, missing) for name in columns])


def moving_average(
    values: NDArray[np.float64], window: int, at: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Centered moving average of `values` (N,) at indices `at` (K,); NaN stays NaN.

    The window is symmetric, so that the curve does not lag; it shrinks at the ends, down to the
    value itself at the first index and `window` / 8 at the last. Values that are not finite are
    left out. The mean of equal values is exactly that value.
    """
    known = np.isfinite(values)
    if window <= 1 or not known.any():
        return np.where(known[at], values[at], np.nan)
    half = window // 2
    ahead = np.minimum(np.minimum(half, at), len(values) - 1 - at)
    behind = np.minimum(np.minimum(half, at), ahead + max(half // 4, 1))
    base = values[int(np.abs(np.where(known, values, np.inf)).argmin())]
    apart = np.append(np.where(known, values, base) - base, 0.0)
    edges = np.column_stack([at - behind, at + ahead + 1]).reshape(-1)
    sums = np.add.reduceat(apart, edges)[::2]
    counts = np.diff(np.append(0, np.cumsum(known))[edges].reshape(-1, 2), axis=1)[:, 0]
    return np.where(known[at], base + sums / np.maximum(counts, 1), np.nan)
