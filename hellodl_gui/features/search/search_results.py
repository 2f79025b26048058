"""Search results: the best run, parallel coordinates of all runs, and their table."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from core.formatting import format_fixed, format_number
from core.knobs import Knob
from core.search.messages import Trial
from core.translation import tr
from hellodl_gui.features.search.trial_lines import TrialLines
from hellodl_gui.features.search.trial_table import TrialTable
from hellodl_gui.ui.chart.parallel_coordinates import ParallelAxis
from hellodl_gui.ui.controls.labels import quiet

_LINES, _TABLE = 100, 100  # shares of the height


class SearchResults(QWidget):
    """Buttons act on the selected run, else on the best.

    Attributes: `table`, `lines`. Signals: `apply_wanted(Trial)`, `open_wanted(Trial)`.
    """

    apply_wanted = Signal(object)
    open_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._trials: tuple[Trial, ...] = ()
        self._drawn: tuple[Trial, ...] = ()
        self._best: Trial | None = None
        self._knobs: tuple[Knob, ...] = ()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._styles = quiet(QLabel())
        self._styles.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._styles.setContentsMargins(10, 0, 10, 0)
        self._styles.hide()
        self._apply = QPushButton(tr("Apply these settings"))
        self._apply.setToolTip(
            tr("Apply the settings of this run; Undo in this panel restores yours")
        )
        self._apply.clicked.connect(self._on_apply)
        self._open = QPushButton(tr("Open"))
        self._open.setToolTip(tr("Open this run in all panels; Play continues it"))
        self._open.clicked.connect(self._on_open)
        self.table = TrialTable()
        self.table.opened.connect(self._on_open)
        self.lines = TrialLines()
        self.lines.chosen.connect(lambda place: self.table.choose(self._drawn[place].number))
        self.table.chosen.connect(self._say)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._apply)
        buttons.addWidget(self._open)
        buttons.addStretch(1)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.lines)
        parts.addWidget(self.table)
        parts.setSizes([_LINES, _TABLE])
        head = QVBoxLayout()
        head.setContentsMargins(10, 6, 10, 0)
        head.setSpacing(6)
        head.addWidget(self._words)
        head.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._styles)
        column.addWidget(parts, 1)
        self._say()

    @property
    def meant(self) -> Trial | None:
        """The selected run, else the best so far."""
        return self.table.trial or self._best

    def show_trials(
        self, trials: Sequence[Trial], knobs: Sequence[Knob], best: Trial | None, by_right: bool
    ) -> None:
        """Show these runs, of which these knobs varied; `by_right`: more right is better."""
        self._trials, self._knobs, self._best = tuple(trials), tuple(knobs), best
        number = best.number if best is not None else None
        self.table.set_trials(self._trials, knobs, number)
        drawn = tuple(t for t in trials if all(knob.key in t.values for knob in knobs))
        self._drawn = drawn
        place = next((i for i, trial in enumerate(drawn) if trial.number == number), None)
        axes = [*(_knob_axis(knob, drawn) for knob in knobs), self._result_axis(drawn, by_right)]
        states = [trial.state for trial in drawn]
        self.lines.set_trials(axes if drawn else [], states, place, by_right)
        styles = {"pruned": tr("dotted: stopped early"), "failed": tr("dashed: failed")}
        self._styles.setText(" · ".join(styles[state] for state in styles if state in states))
        self._styles.setVisible(bool(self._styles.text()))
        self._say()

    def _result_axis(self, trials: Sequence[Trial], by_right: bool) -> ParallelAxis:
        values = np.array([t.accuracy if by_right else t.loss for t in trials], np.float64)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if by_right:
            return ParallelAxis(tr("accuracy ↑ good"), values, (f"{low:.1%}", f"{high:.1%}"))
        positive = bool(len(finite)) and low > 0
        return ParallelAxis(
            tr("loss ↓ good"),
            values,
            (format_number(low, 3), format_number(high, 3)),
            positive,
        )

    @Slot()
    def _say(self) -> None:
        trial = self.meant
        for button in (self._apply, self._open):
            button.setEnabled(trial is not None)
        self._open.setEnabled(trial is not None and trial.record is not None)
        if trial is None:
            self._words.setText(tr("The best run will appear here."))
            return
        chosen = self.table.trial is not None
        setting = ", ".join(
            f"{tr(knob.label)} {knob.text(trial.values[knob.key])}"
            for knob in self._knobs
            if knob.key in trial.values
        )
        which = tr("Run {run}") if chosen else tr("Best so far, run {run}")
        result = [
            tr("accuracy {right}").format(right=f"{trial.accuracy:.2%}")
            if np.isfinite(trial.accuracy)
            else "",
            tr("loss {loss}").format(loss=format_fixed(trial.loss, 4))
            if np.isfinite(trial.loss)
            else "",
        ]
        what = ", ".join(filter(None, result)) or trial.problem or tr("no result yet")
        self._words.setText(f"{which.format(run=trial.number + 1)}: {setting} → {what}")

    @Slot()
    def _on_apply(self) -> None:
        if self.meant is not None:
            self.apply_wanted.emit(self.meant)

    @Slot()
    def _on_open(self) -> None:
        if self.meant is not None:
            self.open_wanted.emit(self.meant)


def _knob_axis(knob: Knob, trials: Sequence[Trial]) -> ParallelAxis:
    values = np.array([trial.values[knob.key] for trial in trials], np.float64)
    low, high = (float(values.min()), float(values.max())) if len(values) else (knob.low, knob.high)
    return ParallelAxis(
        tr(knob.label), values, (knob.text(low), knob.text(high)), knob.scale == "log"
    )
