"""Table of the trials of a search, sorted by a click."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent

from core.knobs import Knob
from core.search.messages import Trial
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.tables.row_table import ENTER, RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel, result_columns

_LEAST = 130


class TrialTableModel(TableModel[Trial]):
    """Attributes: `best`, the number of the best one."""

    def __init__(self) -> None:
        super().__init__()
        self.best: int | None = None
        self.set_trials((), (), None)

    def set_trials(
        self, trials: Sequence[Trial], knobs: Sequence[Knob], best: int | None,
        metrics: Sequence[Metric] = (LOSS,),
    ) -> None:  # fmt: skip
        """Show these, with a column for each of the knobs that vary and for each of the metrics."""
        self.best = best
        common: dict[str, Any] = {"tip": _tip, "colour": _colour, "font": self._font}
        results: list[TableColumn[Trial]] = result_columns(metrics, Trial.value, **common)
        columns = [
            TableColumn[Trial](tr("run"), self._number, True, lambda t: t.number, **common),
            TableColumn[Trial](tr("state"), _state, True, **common),
            *results,
            TableColumn[Trial](tr("mini-batches"), lambda t: f"{t.step:,}", False, lambda t: t.step,
                          **common),
        ]  # fmt: skip
        for knob in knobs:
            value = partial(_value, knob.key)
            columns.append(
                TableColumn(tr(knob.label), partial(_value_text, knob), order=value, **common)
            )
        self.show_rows(trials, columns)

    def _number(self, trial: Trial) -> str:
        return f"★ {trial.number + 1}" if trial.number == self.best else f"{trial.number + 1}"

    def _font(self, trial: Trial) -> QFont:
        font = QFont()
        font.setBold(trial.number == self.best)
        font.setItalic(trial.state in ("pruned", "failed"))
        return font


def _colour(trial: Trial) -> QColor | None:
    theme = themes().theme
    roles = {"failed": theme.bad, "pruned": theme.quiet, "running": theme.accent}
    return QColor(roles[trial.state]) if trial.state in roles else None


def _state(trial: Trial) -> str:
    words = {
        "done": tr("done"),
        "pruned": tr("stopped early"),
        "failed": tr("failed"),
        "running": tr("training"),
    }
    return words.get(trial.state, "")


def _tip(trial: Trial) -> str:
    if trial.problem:
        return trial.problem
    if trial.state == "pruned":
        return tr("Stopped early: others did better at the same progress")
    where = tr("Trained on {machine}").format(machine=trial.machine or "–")
    return tr("{where}\nDouble-click to open it").format(where=where)


def _value(key: str, trial: Trial) -> float:
    return trial.values.get(key, np.nan)


def _value_text(knob: Knob, trial: Trial) -> str:
    return knob.text(trial.values[knob.key]) if knob.key in trial.values else ""


class TrialTable(RowTable):
    """Signals: `opened(int)` by double click or Enter; `chosen()`, another run or none."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__(several=False, padding=8)
        self.setAccessibleName(tr("Runs of the search"))
        self.runs = TrialTableModel()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.runs)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setMinimumHeight(_LEAST)
        self.horizontalHeader().setStretchLastSection(True)
        self.keys[Qt.Key.Key_Escape] = lambda _: self.clearSelection()  # the best counts again
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())

    def set_trials(
        self, trials: Sequence[Trial], knobs: Sequence[Knob], best: int | None,
        metrics: Sequence[Metric],
    ) -> None:  # fmt: skip
        """Show these, the same one chosen as before."""
        before = self.trial
        self.runs.set_trials(trials, knobs, best, metrics)
        if before is not None and self.trial is None:
            self.choose(before.number)

    @property
    def trial(self) -> Trial | None:
        """The chosen run."""
        rows = self.selectionModel().selectedRows()
        return self.runs.rows[self._sorted.mapToSource(rows[0]).row()] if rows else None

    def choose(self, number: int) -> None:
        """Choose the run with this number, if it is there."""
        for row, trial in enumerate(self.runs.rows):
            if trial.number == number:
                self.selectRow(self._sorted.mapFromSource(self.runs.index(row, 0)).row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter without a choice opens the best run."""
        if self.trial is None and event.key() in ENTER:
            self.opened.emit(-1)
        else:
            super().keyPressEvent(event)
