"""Search results: the best run, parallel coordinates of all runs, and their table."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from core.knobs import Knob
from core.search.messages import Trial
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.features.search.trial_lines import TrialLines
from hellodl_gui.features.search.trial_table import TrialTable
from hellodl_gui.ui.chart.parallel_coordinates import knob_axis, metric_axis
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.tables.table_model import result_text

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
        self._metrics: tuple[Metric, ...] = (LOSS,)
        self._words = sentence()
        self._words.setProperty("role", "")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._styles = sentence(margin=10)
        self._styles.setWordWrap(False)
        self._styles.hide()
        self._apply = push_button(
            tr("Apply these settings"),
            tr("Apply the settings of this run; Undo in this panel restores yours"),
            lambda: self._act(self.apply_wanted),
        )
        self._open = push_button(
            tr("Open"),
            tr("Open this run in all panels; Play continues it"),
            lambda: self._act(self.open_wanted),
        )
        self.table = TrialTable()
        self.table.opened.connect(lambda _: self._act(self.open_wanted))
        self.lines = TrialLines()
        self.lines.chosen.connect(lambda place: self.table.choose(self._drawn[place].number))
        self.table.chosen.connect(self._say)
        parts = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        parts.addWidget(self.lines)
        parts.addWidget(self.table)
        parts.setSizes([_LINES, _TABLE])
        buttons = hbox(self._apply, self._open, 1, spacing=6)
        head = vbox(self._words, buttons, margins=(10, 6, 10, 0), spacing=6)
        vbox(head, self._styles, (parts, 1), spacing=6, on=self)
        self._say()

    @property
    def meant(self) -> Trial | None:
        """The selected run, else the best so far."""
        return self.table.trial or self._best

    def show_trials(
        self, trials: Sequence[Trial], knobs: Sequence[Knob], best: Trial | None, goal: Metric,
        metrics: Sequence[Metric],
    ) -> None:  # fmt: skip
        """Show these runs, of which these knobs varied; `metrics` stand beside the loss."""
        self._trials, self._knobs, self._best = tuple(trials), tuple(knobs), best
        self._metrics = (*metrics, LOSS)
        number = best.number if best is not None else None
        self.table.set_trials(self._trials, knobs, number, self._metrics)
        drawn = tuple(t for t in trials if all(knob.key in t.values for knob in knobs))
        self._drawn = drawn
        place = next((i for i, trial in enumerate(drawn) if trial.number == number), None)
        axes = [knob_axis(knob, [trial.values[knob.key] for trial in drawn]) for knob in knobs]
        axes.append(metric_axis(goal, [trial.value(goal) for trial in drawn]))
        states = [trial.state for trial in drawn]
        self.lines.set_trials(axes if drawn else [], states, place, goal.better == "up")
        styles = {"pruned": tr("dotted: stopped early"), "failed": tr("dashed: failed")}
        self._styles.setText(" · ".join(styles[state] for state in styles if state in states))
        self._styles.setVisible(bool(self._styles.text()))
        self._say()

    @Slot()
    def _say(self) -> None:
        trial = self.meant
        self._apply.setEnabled(trial is not None)
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
            f"{tr(metric.name)} {result_text(metric, trial.value(metric))}"
            for metric in self._metrics
            if np.isfinite(trial.value(metric))
        ]
        what = ", ".join(result) or trial.problem or tr("no result yet")
        self._words.setText(f"{which.format(run=trial.number + 1)}: {setting} → {what}")

    def _act(self, wanted: SignalInstance) -> None:
        if self.meant is not None:
            wanted.emit(self.meant)
