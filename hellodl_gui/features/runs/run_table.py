"""Table of recorded runs: sorted, filtered, edited in place."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QKeyEvent
from PySide6.QtWidgets import QHeaderView, QMenu

from core.formatting import format_fixed
from core.knobs import Knob
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.tables.cell_model import CellModel
from hellodl_gui.ui.tables.row_table import Index, RowTable

SORT = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class RunRow:
    """A run as the table shows it; `knobs` are the values it began with, `problem` a sentence where
    its file cannot be read. `colour` is a number of the theme's curves. `family` (D,) are the times
    at which its ancestors began, the oldest first, then its own; `fork` says in words where from.
    `open`: it is the run that the window shows.
    """

    path: Path
    run_id: str
    chapter: str
    started: float
    steps: int
    accuracy: float
    loss: float
    bytes: int
    knobs: dict[str, Knob]
    tags: tuple[str, ...]
    note: str
    colour: int
    shown: bool
    fork: str
    family: tuple[float, ...]
    problem: str
    open: bool = False

    @property
    def words(self) -> str:
        """Everything a filter may look for, in small letters."""
        knobs = " ".join(f"{key}={knob.typed(knob.default)}" for key, knob in self.knobs.items())
        parts = self.chapter, self.path.stem, " ".join(self.tags), self.note, knobs, self.problem
        return " ".join(parts).lower()


# What a person writes stands where a narrow panel shows it too.
_SHOWN, _BEGUN, _CHAPTER, _RIGHT, _LOSS, _TAGS, _NOTE, _STEPS, _SIZE = range(9)
_WORDS = (_SHOWN, _BEGUN, _CHAPTER, _TAGS, _NOTE)
_WIDEST = 240


class RunTableModel(CellModel):
    """Signals: `shown_toggled(row)`, `tags_typed(row, text)`, `note_typed(row, text)`."""

    shown_toggled = Signal(object)
    tags_typed = Signal(object, str)
    note_typed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RunRow, ...] = ()
        self._varied: tuple[str, ...] = ()
        self._labels: dict[str, str] = {}

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these; knobs get a column when their values differ."""
        varied = varied_knobs(rows)
        labels = {key: tr(knob.label) for row in rows for key, knob in row.knobs.items()}
        same = [row.path for row in rows] == [row.path for row in self.rows]
        if same and varied == self._varied:
            self.rows = tuple(rows)
            last = self.index(len(rows) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows, self._varied, self._labels = tuple(rows), varied, labels
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """One a run."""
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """The fixed ones and those of the knobs that differ."""
        return _SIZE + 1 + len(self._varied)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """The columns' names."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = section in _WORDS
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        results = tr("accuracy"), tr("loss"), tr("tags"), tr("note")
        fixed = "", tr("begun"), tr("chapter"), *results, tr("mini-batches")
        return [*fixed, tr("MB"), *(self._labels[key] for key in self._varied)][section]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Tags and note can be typed, curves shown and hidden."""
        flags = super().flags(index)
        row = self.rows[index.row()]
        if index.column() == _SHOWN and not row.problem:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() in (_TAGS, _NOTE) and row.run_id:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def cell(self, index: Index, role: int) -> Any:
        """The cell's text, or its sort key."""
        row, column = self.rows[index.row()], index.column()
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self._text(row, column)
            case Qt.ItemDataRole.UserRole:
                return self._order(row, column)
            case Qt.ItemDataRole.CheckStateRole if column == _SHOWN:
                return Qt.CheckState.Checked if row.shown else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.DecorationRole if column == _SHOWN and row.shown:
                curves = themes().theme.curves
                return QColor(curves[row.colour % len(curves)])
            case Qt.ItemDataRole.FontRole if row.open:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.ForegroundRole if row.problem:
                return QColor(themes().theme.bad)
            case Qt.ItemDataRole.ToolTipRole:
                return row.problem or self._tip(row, column)
            case Qt.ItemDataRole.TextAlignmentRole if column not in _WORDS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Typed or clicked by a person."""
        row, column = self.rows[index.row()], index.column()
        if column == _SHOWN and role == Qt.ItemDataRole.CheckStateRole:
            self.shown_toggled.emit(row)
        elif column == _TAGS and role == Qt.ItemDataRole.EditRole:
            self.tags_typed.emit(row, str(value))
        elif column == _NOTE and role == Qt.ItemDataRole.EditRole:
            self.note_typed.emit(row, str(value))
        else:
            return False
        return True

    def _text(self, row: RunRow, column: int) -> str:
        if row.problem and column == _CHAPTER:
            return tr("cannot be read")
        if row.problem and column != _BEGUN:
            return ""
        match column:
            case 0:
                return ""
            case 1:
                branch = "      " * (len(row.family) - 2) + "  └ " if len(row.family) > 1 else ""
                mark = "▸ " if row.open else ""
                return branch + mark + _when(row.started) if not row.problem else row.path.stem
            case 2:
                return row.chapter
            case 3:
                return f"{row.accuracy:.2%}" if np.isfinite(row.accuracy) else "–"
            case 4:
                return format_fixed(row.loss, 4) if np.isfinite(row.loss) else "–"
            case 5:
                return ", ".join(row.tags)
            case 6:
                return row.note
            case 7:
                return f"{row.steps:,}"
            case 8:
                return format_fixed(row.bytes / 1e6, 1)
        knob = row.knobs.get(self._varied[column - _SIZE - 1])
        return knob.text(knob.default) if knob is not None else ""

    def _order(self, row: RunRow, column: int) -> Any:
        numbers = {_SHOWN: float(row.shown), _BEGUN: row.started, _STEPS: float(row.steps),
                   _RIGHT: row.accuracy, _LOSS: row.loss, _SIZE: float(row.bytes)}  # fmt: skip
        if column > _SIZE:
            knob = row.knobs.get(self._varied[column - _SIZE - 1])
            return knob.default if knob is not None else -np.inf
        if column in numbers:
            value = numbers[column]
            return value if np.isfinite(value) else -np.inf
        return self._text(row, column).lower()

    def _tip(self, row: RunRow, column: int) -> str:
        if column == _SHOWN:
            return tr("Draw the curves of this run next to the open run's (Space)")
        if column == _BEGUN and row.open:
            return tr("This run is open")
        if column == _BEGUN and row.fork:
            return row.fork
        if column in (_TAGS, _NOTE):
            return self._text(row, column) or tr("Double-click to edit; separate tags with commas")
        return tr("{file}\nDouble-click to open the run").format(file=row.path.name)


def varied_knobs(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The knobs that not all runs of a chapter began with at the same value."""
    seen: dict[tuple[str, str], set[float]] = {}
    for row in rows:
        for key, knob in row.knobs.items():
            seen.setdefault((row.chapter, key), set()).add(knob.default)
    return tuple(dict.fromkeys(key for (_, key), values in seen.items() if len(values) > 1))


class RunFilter(QSortFilterProxyModel):
    """Rows in which every word typed is found, of one chapter or of all."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._chapter = ""
        self.setSortRole(SORT)

    def look_for(self, text: str, chapter: str) -> None:
        """Show only runs with these words, of this chapter; empty for all."""
        self._words, self._chapter = text.lower().split(), chapter
        self.invalidate()

    def lessThan(self, left: Index, right: Index) -> bool:
        """By value; by age forks stand under the run that they branched off from."""
        model = self.sourceModel()
        assert isinstance(model, RunTableModel)
        if left.column() != _BEGUN:
            one, two = left.data(SORT), right.data(SORT)
            return bool(one < two)
        rows = (model.rows[left.row()], model.rows[right.row()])
        one, two = ((*row.family, math.inf) for row in rows)  # a parent is newer than its forks
        return one < two

    def filterAcceptsRow(self, number: int, parent: Index) -> bool:
        """Whether a run is meant."""
        model = self.sourceModel()
        assert isinstance(model, RunTableModel)
        row = model.rows[number]
        if self._chapter and row.chapter != self._chapter:
            return False
        words = row.words
        return all(word in words for word in self._words)


class RunTable(RowTable):
    """Signals: `opened(row)` by double click or Enter, `toggled(rows)`, `delete_wanted(rows)`,
    `selection_changed()`; `menu_wanted(QMenu, rows)` lets the owner add to the context menu.
    """

    opened = Signal(object)
    toggled = Signal(object)
    delete_wanted = Signal(object)
    selection_changed = Signal()
    menu_wanted = Signal(object, object)

    def __init__(self) -> None:
        super().__init__(several=True)
        self.setAccessibleName(tr("Recorded runs"))
        self.runs = RunTableModel()
        self.filter = RunFilter()
        self.filter.setSourceModel(self.runs)
        self.setModel(self.filter)
        self.setSortingEnabled(True)
        self.sortByColumn(_BEGUN, Qt.SortOrder.DescendingOrder)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(50)
        header.setStretchLastSection(True)
        header.setMaximumSectionSize(_WIDEST)
        self.doubleClicked.connect(self._on_double_click)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())

    def selected(self) -> list[RunRow]:
        """The runs that are chosen, from top to bottom."""
        return [self.row_at(place) for place in self.places()]

    def show_chapters(self, shown: bool) -> None:
        """Whether there is a column that says of which chapter a run is."""
        self.setColumnHidden(_CHAPTER, not shown)

    def visible_rows(self) -> list[RunRow]:
        """The runs that pass the filter, as they stand."""
        return [self.row_at(place) for place in range(self.filter.rowCount())]

    def row_at(self, place: int) -> RunRow:
        """The run at a place from the top."""
        return self.runs.rows[self.filter.mapToSource(self.filter.index(place, 0)).row()]

    def _on_double_click(self, index: QModelIndex) -> None:
        if not index.flags() & Qt.ItemFlag.ItemIsEditable and index.column() != _SHOWN:
            self.opened.emit(self.row_at(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Space shows or hides the curves, Delete deletes."""
        rows = [] if self.typing else self.selected()
        match Qt.Key(event.key()):
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if rows:
                self.opened.emit(rows[0])
            case Qt.Key.Key_Space if rows:
                self.toggled.emit(rows)
            case Qt.Key.Key_Delete if rows:
                self.delete_wanted.emit(rows)
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen runs."""
        if rows := self.selected():
            menu = QMenu(self)
            self.menu_wanted.emit(menu, rows)
            menu.exec(event.globalPos())


def _when(started: float) -> str:
    """Time of day, with the date unless it is today."""
    then = time.localtime(started)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)
