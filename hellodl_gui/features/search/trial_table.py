"""Table of the trials of a search, sorted by a click."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QHeaderView

from core.formatting import format_fixed
from core.knobs import Knob
from core.search.messages import Trial
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.tables.cell_model import CellModel
from hellodl_gui.ui.tables.row_table import Index, RowTable

_NUMBER, _STATE, _RIGHT, _LOSS, _STEPS = range(5)
_FIXED = 5
_LEAST = 130


class TrialTableModel(CellModel):
    """Attributes: `trials`, and `best`, the number of the best one."""

    def __init__(self) -> None:
        super().__init__()
        self.trials: tuple[Trial, ...] = ()
        self.best: int | None = None
        self._knobs: tuple[Knob, ...] = ()

    def set_trials(self, trials: Sequence[Trial], knobs: Sequence[Knob], best: int | None) -> None:
        """Show these, with a column for each of the knobs that vary."""
        same = len(trials) == len(self.trials) and tuple(knobs) == self._knobs
        if not same:
            self.beginResetModel()
        self.trials, self._knobs, self.best = tuple(trials), tuple(knobs), best
        if not same:
            self.endResetModel()
        elif trials:
            last = self.index(len(trials) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index | None = None) -> int:
        """One a run."""
        return len(self.trials)

    def columnCount(self, parent: Index | None = None) -> int:
        """Number, state, results, and the knobs."""
        return _FIXED + len(self._knobs)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """The columns' names."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        fixed = [tr("run"), tr("state"), tr("accuracy"), tr("loss")]
        return [*fixed, tr("mini-batches"), *(tr(knob.label) for knob in self._knobs)][section]

    def cell(self, index: Index, role: int) -> Any:
        """The cell's text, or its sort key."""
        trial, column = self.trials[index.row()], index.column()
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.DisplayRole:
                return self._text(trial, column)
            case Qt.ItemDataRole.UserRole:
                return self._order(trial, column)
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(trial)
            case Qt.ItemDataRole.FontRole:
                font = QFont()
                font.setBold(trial.number == self.best)
                font.setItalic(trial.state in ("pruned", "failed"))
                return font
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.ToolTipRole:
                return trial.problem or self._tip(trial)
        return None

    def _colour(self, trial: Trial) -> QColor | None:
        theme = themes().theme
        roles = {"failed": theme.bad, "pruned": theme.quiet, "running": theme.accent}
        return QColor(roles[trial.state]) if trial.state in roles else None

    def _text(self, trial: Trial, column: int) -> str:
        match column:
            case 0:
                return (
                    f"★ {trial.number + 1}" if trial.number == self.best else f"{trial.number + 1}"
                )
            case 1:
                return self._words(trial.state)
            case 2:
                return f"{trial.accuracy:.2%}" if np.isfinite(trial.accuracy) else "–"
            case 3:
                return format_fixed(trial.loss, 4) if np.isfinite(trial.loss) else "–"
            case 4:
                return f"{trial.step:,}"
        knob = self._knobs[column - _FIXED]
        return knob.text(trial.values[knob.key]) if knob.key in trial.values else ""

    def _words(self, state: str) -> str:
        words = {
            "done": tr("done"),
            "pruned": tr("stopped early"),
            "failed": tr("failed"),
            "running": tr("training"),
        }
        return words.get(state, "")

    def _order(self, trial: Trial, column: int) -> Any:
        if column == _STATE:
            return self._words(trial.state)
        numbers = {_NUMBER: trial.number, _RIGHT: trial.accuracy, _LOSS: trial.loss}
        numbers[_STEPS] = trial.step
        if column >= _FIXED:
            value = trial.values.get(self._knobs[column - _FIXED].key, -np.inf)
        else:
            value = numbers[column]
        return float(value) if np.isfinite(value) else -np.inf

    def _tip(self, trial: Trial) -> str:
        if trial.state == "pruned":
            return tr("Stopped early: others did better at the same progress")
        where = tr("Trained on {machine}").format(machine=trial.machine or "–")
        return tr("{where}\nDouble-click to open it").format(where=where)


def _side(column: int) -> Qt.AlignmentFlag:
    left = column in (_NUMBER, _STATE)
    side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class TrialTable(RowTable):
    """Signals: `opened()` by double click or Enter; `chosen()`, another run or none."""

    opened = Signal()
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__(several=False)
        self.setAccessibleName(tr("Runs of the search"))
        self.runs = TrialTableModel()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.runs)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(_NUMBER, Qt.SortOrder.AscendingOrder)
        self.setMinimumHeight(_LEAST)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(50)
        header.setStretchLastSection(True)
        self.doubleClicked.connect(lambda *_: self.opened.emit())
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())

    def set_trials(self, trials: Sequence[Trial], knobs: Sequence[Knob], best: int | None) -> None:
        """Show these, the same one chosen as before."""
        before = self.trial
        self.runs.set_trials(trials, knobs, best)
        if before is not None and self.trial is None:
            self.choose(before.number)

    @property
    def trial(self) -> Trial | None:
        """The chosen run."""
        rows = self.selectionModel().selectedRows()
        return self.runs.trials[self._sorted.mapToSource(rows[0]).row()] if rows else None

    def choose(self, number: int) -> None:
        """Choose the run with this number, if it is there."""
        for row, trial in enumerate(self.runs.trials):
            if trial.number == number:
                self.selectRow(self._sorted.mapFromSource(self.runs.index(row, 0)).row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the run; Escape deselects, so that the best run counts again."""
        match Qt.Key(event.key()):
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opened.emit()
            case Qt.Key.Key_Escape if self.trial is not None:
                self.clearSelection()
            case _:
                super().keyPressEvent(event)
