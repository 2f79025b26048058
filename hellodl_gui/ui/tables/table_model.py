"""Model of all tables: rows, and columns as data; a failing cell is empty and logged.

An exception inside `data` is raised while Qt paints, where nobody can catch it. Tips hold notes,
tags and names of files; taken for rich text they would fetch pictures, also over the network.
"""

import html
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from PySide6.QtCore import QAbstractTableModel, Qt

from core.formatting import MISSING, format_fixed
from core.training.metrics import Metric
from core.translation import tr
from hellodl_gui.ui.tables.row_table import Index

_LOG = logging.getLogger("hellodl")
_ROLE = Qt.ItemDataRole
_SHOWN_BY = {
    _ROLE.DisplayRole: "text", _ROLE.EditRole: "typed", _ROLE.UserRole: "key",
    _ROLE.DecorationRole: "picture", _ROLE.CheckStateRole: "checked", _ROLE.FontRole: "font",
    _ROLE.ForegroundRole: "colour", _ROLE.ToolTipRole: "tip",
}  # fmt: skip

Row = TypeVar("Row")


@dataclass(frozen=True)
class TableColumn(Generic[Row]):
    """What a column shows of a row, each by a function of it.

    `typed` is the text to be edited; `order` a number to sort by, without which the text counts;
    `write(place, value)` takes what a person typed or ticked, where `writable` says so.
    """

    title: str
    text: Callable[[Row], str]
    left: bool = False
    order: Callable[[Row], float] | None = None
    tip: Callable[[Row], str] | None = None
    colour: Callable[[Row], Any] | None = None
    font: Callable[[Row], Any] | None = None
    picture: Callable[[Row], Any] | None = None
    checked: Callable[[Row], Qt.CheckState] | None = None
    typed: Callable[[Row], str] | None = None
    writable: Callable[[Row], bool] | None = None
    write: Callable[[int, Any], object] | None = None

    def key(self, row: Row) -> float | str:
        """What the row is sorted by; numbers that are not known come first."""
        if self.order is None:
            return self.text(row).lower()
        value = float(self.order(row))
        return value if np.isfinite(value) else -np.inf

    @property
    def side(self) -> Qt.AlignmentFlag:
        """Words to the left, numbers to the right."""
        sides = Qt.AlignmentFlag
        return (sides.AlignLeft if self.left else sides.AlignRight) | sides.AlignVCenter


class TableModel(QAbstractTableModel, Generic[Row]):
    """Attributes: `rows`, `columns`."""

    def __init__(self, columns: Sequence[TableColumn[Row]] = ()) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self.columns = tuple(columns)
        self._failed = False

    def show_rows(
        self, rows: Sequence[Row], columns: Sequence[TableColumn[Row]] | None = None
    ) -> None:
        """Show these, in other columns if any are given; a choice stays where rows are the same."""
        shown = self.columns if columns is None else tuple(columns)
        same = list(map(self.identity, rows)) == list(map(self.identity, self.rows))
        same = same and [c.title for c in shown] == [c.title for c in self.columns]
        if not same:
            self.beginResetModel()
        self.rows, self.columns = tuple(rows), shown
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(shown) - 1))

    def identity(self, row: Row) -> object:
        """What is another one where a row gives way to another; as it is, only their number."""

    def rowCount(self, parent: Index | None = None) -> int:
        """How many are shown."""
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many there are."""
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """The columns' names."""
        if role == _ROLE.TextAlignmentRole:
            return self.columns[section].side
        if orientation is Qt.Orientation.Horizontal and role == _ROLE.DisplayRole:
            return self.columns[section].title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Whether a cell can be typed into or ticked."""
        flags, column = super().flags(index), self.columns[index.column()]
        if column.write is None or not (
            column.writable and column.writable(self.rows[index.row()])
        ):
            return flags
        return flags | (
            Qt.ItemFlag.ItemIsUserCheckable if column.checked else Qt.ItemFlag.ItemIsEditable
        )

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """A cell, or something about it."""
        column = self.columns[index.column()]
        if role == _ROLE.TextAlignmentRole:
            return column.side
        shown = getattr(column, _SHOWN_BY[role], None) if role in _SHOWN_BY else None  # type: ignore[index]
        if shown is None:
            return None
        try:
            found = shown(self.rows[index.row()])
        except Exception:
            if not self._failed:
                self._failed = True
                _LOG.exception("A cell of %s cannot be shown", type(self).__name__)
            return None
        return plain_tip(found) if role == _ROLE.ToolTipRole else found

    def setData(self, index: Index, value: Any, role: int = _ROLE.EditRole) -> bool:
        """Typed or ticked by a person."""
        column = self.columns[index.column()]
        wanted = _ROLE.CheckStateRole if column.checked else _ROLE.EditRole
        if column.write is None or role != wanted:
            return False
        column.write(index.row(), value)
        return True


def result_columns(
    metrics: Sequence[Metric], value: Callable[[Row, Metric], float], **common: Any
) -> list[TableColumn[Row]]:
    """A column for each of these metrics of a run."""

    def column(metric: Metric) -> TableColumn[Row]:
        return TableColumn(
            tr(metric.name),
            lambda row: result_text(metric, value(row, metric)),
            order=lambda row: value(row, metric),
            **common,
        )

    return [column(metric) for metric in metrics]


def result_text(metric: Metric, value: float) -> str:
    """A value as it stands in a column of its metric, without a unit other than “%”."""
    if not np.isfinite(value):
        return MISSING
    return f"{value:.2%}" if metric.percent else format_fixed(value, 4)


def plain_tip(text: str) -> str:
    """A tip that shows just these signs, whatever they look like."""
    if "<" not in text:
        return text
    return f"<qt>{html.escape(text, quote=False).replace(chr(10), '<br>')}</qt>"
