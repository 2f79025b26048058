"""Table of recorded runs: sorted, filtered, edited in place."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont
from PySide6.QtWidgets import QMenu

from core.formatting import format_fixed
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.features.runs.run_library import RunListItem
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.tables.row_table import Index, RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel, result_text

# What a person writes stands where a narrow panel shows it too.
_SHOWN, _BEGUN, _CHAPTER = range(3)
_WIDEST = 240


@dataclass(frozen=True)
class RunRow(RunListItem):
    """A run as the table shows it, of a chapter with the title `chapter`. `family` (D,) are the
    times at which its ancestors began, the oldest first, then its own; `open`: it is the run that
    the window shows.
    """

    chapter: str = ""
    family: tuple[float, ...] = ()
    open: bool = False

    @property
    def words(self) -> str:
        """Everything a filter may look for, in small letters."""
        knobs = " ".join(f"{key}={knob.typed(knob.default)}" for key, knob in self.knobs.items())
        remark = " ".join(self.remark.tags), self.remark.note
        return " ".join((self.chapter, self.path.stem, *remark, knobs, self.problem)).lower()


def result(row: RunRow, metric: Metric) -> float:
    """The value of a metric or of the loss at a run's last look; NaN where it has another one."""
    if metric is LOSS:
        return row.summary.loss
    return row.summary.value if row.summary.metric == metric else math.nan


def _result_text(row: RunRow, metric: Metric) -> str:
    """Empty for a run of another task."""
    mine = metric in (LOSS, row.summary.metric)
    return result_text(metric, result(row, metric)) if mine else ""


class RunTableModel(TableModel[RunRow]):
    """Signals: `shown_toggled(row)`, `tags_typed(row, text)`, `note_typed(row, text)`."""

    shown_toggled = Signal(object)
    tags_typed = Signal(object, str)
    note_typed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.columns = tuple(self._fixed_columns())

    def identity(self, row: RunRow) -> object:
        """A run is its file."""
        return row.path

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these; first metrics have a column each, and knobs one when their values differ."""
        labels = {key: tr(knob.label) for row in rows for key, knob in row.knobs.items()}
        found = (row.summary.metric for row in rows)
        columns = self._fixed_columns([metric for metric in dict.fromkeys(found) if metric])
        for key in varied_knobs(rows):
            value = partial(_knob_value, key)
            columns.append(_column(labels[key], partial(_knob_text, key), order=value))
        self.show_rows(rows, columns)

    def _fixed_columns(self, metrics: Sequence[Metric] = ()) -> list[TableColumn[RunRow]]:
        return [
            _column("", lambda _: "", left=True, tip=_shown_tip, order=lambda row: row.remark.shown,
                    picture=_curve_colour, checked=_checked, writable=lambda row: not row.problem,
                    write=lambda place, _: self.shown_toggled.emit(self.rows[place])),
            TableColumn(tr("begun"), _begun, left=True, **_common(_begun_tip)),
            TableColumn(tr("chapter"), _chapter, left=True, **_common()),
            *(_column(tr(metric.name), partial(_result_text, metric=metric),
                      order=partial(result, metric=metric)) for metric in (*metrics, LOSS)),
            self._remark_column(tr("tags"), lambda row: ", ".join(row.remark.tags),
                                self.tags_typed.emit),
            self._remark_column(tr("note"), lambda row: row.remark.note, self.note_typed.emit),
            _column(tr("mini-batches"), lambda row: f"{row.summary.last_step:,}",
                    order=lambda row: row.summary.last_step),
            _column(tr("MB"), lambda row: format_fixed(row.summary.bytes / 1e6, 1),
                    order=lambda row: row.summary.bytes),
        ]  # fmt: skip

    def _remark_column(
        self, title: str, text: Callable[[RunRow], str], emit: Callable[[RunRow, str], object]
    ) -> TableColumn[RunRow]:
        def tip(row: RunRow) -> str:
            return text(row) or tr("Double-click to edit; separate tags with commas")

        return _column(
            title, text, left=True, tip=tip, typed=text, writable=lambda row: bool(row.run_id),
            write=lambda place, value: emit(self.rows[place], str(value)),
        )  # fmt: skip


def _column(
    title: str, text: Callable[[RunRow], str], tip: Callable[[RunRow], str] | None = None,
    **more: Any,
) -> TableColumn[RunRow]:  # fmt: skip
    """A column that is empty for a run that cannot be read."""
    return TableColumn(title, lambda row: "" if row.problem else text(row), **_common(tip), **more)


def _common(tip: Callable[[RunRow], str] | None = None) -> dict[str, Any]:
    def whole_tip(row: RunRow) -> str:
        return row.problem or (tip or _file_tip)(row)

    return {"tip": whole_tip, "colour": _colour, "font": _font}


def _file_tip(row: RunRow) -> str:
    return tr("{file}\nDouble-click to open the run").format(file=row.path.name)


def _shown_tip(row: RunRow) -> str:
    return tr("Draw the curves of this run next to the open run's (Space)")


def _begun_tip(row: RunRow) -> str:
    if row.open:
        return tr("This run is open")
    about = row.summary.about
    if about is None or about.parent is None:
        return _file_tip(row)
    return tr("Forked from {file} after mini-batch {step}").format(
        file=about.parent.file, step=f"{about.parent.step:,}"
    )


def _begun(row: RunRow) -> str:
    """Time of day, with the date unless it is today."""
    if row.summary.about is None:
        return row.path.stem
    then = time.localtime(row.summary.about.started)
    today = time.localtime()[:3] == then[:3]
    when = time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)
    branch = "      " * (len(row.family) - 2) + "  └ " if len(row.family) > 1 else ""
    return branch + ("▸ " if row.open else "") + when


def _chapter(row: RunRow) -> str:
    return tr("cannot be read") if row.problem else row.chapter


def _checked(row: RunRow) -> Qt.CheckState:
    return Qt.CheckState.Checked if row.remark.shown else Qt.CheckState.Unchecked


def _curve_colour(row: RunRow) -> QColor | None:
    curves = themes().theme.curves
    return QColor(curves[(row.remark.colour or 0) % len(curves)]) if row.remark.shown else None


def _colour(row: RunRow) -> QColor | None:
    return QColor(themes().theme.bad) if row.problem else None


def _font(row: RunRow) -> QFont | None:
    if not row.open:
        return None
    font = QFont()
    font.setBold(True)
    return font


def _knob_text(key: str, row: RunRow) -> str:
    knob = row.knobs.get(key)
    return knob.text(knob.default) if knob is not None else ""


def _knob_value(key: str, row: RunRow) -> float:
    return row.knobs[key].default if key in row.knobs else -np.inf


def varied_knobs(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The knobs that not all runs of a chapter began with at the same value."""
    seen: dict[tuple[str, str], set[float]] = {}
    for row in rows:
        for key, knob in row.knobs.items():
            seen.setdefault((row.chapter, key), set()).add(knob.default)
    return tuple(dict.fromkeys(key for (_, key), values in seen.items() if len(values) > 1))


class RunFilter(QSortFilterProxyModel):
    """Rows in which every word typed is found, of one chapter or of all."""

    def __init__(self, runs: RunTableModel) -> None:
        super().__init__()
        self._runs = runs
        self._words: list[str] = []
        self._chapter = ""
        self.setSortRole(Qt.ItemDataRole.UserRole)
        self.setSourceModel(runs)

    def look_for(self, text: str, chapter: str) -> None:
        """Show only runs with these words, of this chapter; empty for all."""
        self._words, self._chapter = text.lower().split(), chapter
        self.invalidate()

    def lessThan(self, left: Index, right: Index) -> bool:
        """By value; by age forks stand under the run that they branched off from."""
        if left.column() != _BEGUN:
            return bool(left.data(self.sortRole()) < right.data(self.sortRole()))
        rows = (self._runs.rows[index.row()] for index in (left, right))
        one, two = ((*row.family, math.inf) for row in rows)  # a parent is newer than its forks
        return one < two

    def filterAcceptsRow(self, number: int, parent: Index) -> bool:
        """Whether a run is meant."""
        row = self._runs.rows[number]
        words = row.words
        return self._chapter in ("", row.chapter) and all(word in words for word in self._words)


class RunTable(RowTable):
    """Signals: `opened(int)` the place, by double click or Enter; `toggled(rows)`,
    `delete_wanted(rows)`, `selection_changed()`; `menu_wanted(QMenu, rows)` lets the owner add to
    the context menu.
    """

    toggled = Signal(object)
    delete_wanted = Signal(object)
    selection_changed = Signal()
    menu_wanted = Signal(object, object)

    def __init__(self) -> None:
        super().__init__(several=True, padding=10)
        self.setAccessibleName(tr("Recorded runs"))
        self.runs = RunTableModel()
        self.filter = RunFilter(self.runs)
        self.setModel(self.filter)
        self.setSortingEnabled(True)
        self.sortByColumn(_BEGUN, Qt.SortOrder.DescendingOrder)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setMaximumSectionSize(_WIDEST)
        self.keys[Qt.Key.Key_Space] = lambda _: self.toggled.emit(self.selected())
        self.keys[Qt.Key.Key_Delete] = lambda _: self.delete_wanted.emit(self.selected())
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
            self.opened.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen runs."""
        if rows := self.selected():
            menu = QMenu(self)
            self.menu_wanted.emit(menu, rows)
            menu.exec(event.globalPos())
