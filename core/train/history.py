"""The curves of a run: every mini-batch and every look at the test set, in growing arrays."""

import numpy as np
from numpy.typing import NDArray

_START = 4096


class Table:
    """Rows of float64 appended in bulk, read as columns without copying."""

    def __init__(self, *columns: str) -> None:
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


def smoothed(values: NDArray[np.float64], window: int, at: NDArray[np.intp]) -> NDArray[np.float64]:
    """At places `at` (K,): the mean of that value and the `window` − 1 before it.

    At the beginning, of as many as there are. The cost grows with K · window, not with the
    length of `values` (N,).
    """
    means = np.empty(len(at))
    early = at < window - 1
    first = at[early]
    means[early] = np.cumsum(values[:window])[first] / (first + 1)
    if not early.all():
        windows = np.lib.stride_tricks.sliding_window_view(values, window)
        means[~early] = windows[at[~early] - window + 1].mean(axis=1)
    return means
