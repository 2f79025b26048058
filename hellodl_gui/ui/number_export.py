"""Number table behind a view, exported as CSV."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspect.zoom.forward_backward import NetworkPass

# Behind blanks and controls too, which spreadsheets skip, and in full width.
_FORMULA = re.compile("[\\s\\x00-\\x1f]*[-=+@＝＋－＠]|[\\t\\r\\n]")
_NUMBER = re.compile(r"[-+][\d.,]+([eE][-+]?\d+)?( ?%)?")


@dataclass(frozen=True)
class NumberTable:
    """Columns of equal length under their names; units belong into the names."""

    header: tuple[str, ...]
    columns: Sequence[NDArray[Any] | Sequence[str]]

    def text(self) -> str:
        """A header line and a line a row, comma-separated. Floats keep all their digits, whole
        numbers have no point, and what is not known (NaN) is left empty. Texts that a spreadsheet
        would take for formulas begin with an apostrophe.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(map(_cell, self.header))
        written = [[_cell(value) for value in column] for column in self.columns]
        writer.writerows(zip(*written, strict=True))
        return out.getvalue()


def in_rows(
    parts: Sequence[tuple[str, Sequence[NDArray[Any]]]], names: tuple[str, ...]
) -> NumberTable:
    """A row for each number of the arrays of each part, with where it is.

    A part is its name and arrays of one shape, (C, H, W), (N,) or (), one for each of `names`.
    """
    columns: list[list[NDArray[Any]]] = [[] for _ in names]
    labels: list[str] = []
    places: list[NDArray[np.int64]] = []
    for label, arrays in parts:
        shape = np.shape(arrays[0])
        placed = np.zeros((int(np.prod(shape)), 3), np.int64)
        for place, indices in enumerate(np.indices(shape)):
            placed[:, place] = indices.reshape(-1)
        places.append(placed)
        labels += [label] * len(placed)
        for column, values in zip(columns, arrays, strict=True):
            column.append(np.reshape(values, -1))
    placed = np.concatenate(places) if places else np.zeros((0, 3), np.int64)
    joined: list[NDArray[Any]] = [
        np.concatenate(column) if column else np.zeros(0) for column in columns
    ]
    header = ("layer", "map or unit", "row", "column", *names)
    return NumberTable(header, [labels, *placed.T, *joined])


def layer_outputs_table(found: NetworkPass) -> NumberTable:
    """What every stage of a picture's way hands on, and the slope of the loss by it."""
    named = [
        (f"{number}: {stage.name}", [stage.values, stage.gradient])
        for number, stage in enumerate(found.stages)
    ]
    return in_rows(named, ("value", "gradient"))


def _cell(value: object) -> str:
    if isinstance(value, np.floating | float):
        if np.isnan(value):
            return ""
        if np.isfinite(value) and value == int(value):
            return str(int(value))
    text = str(value)
    if isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return text.replace("\r", "\n")  # which the writer would not put into quotes
