"""Learning curves panel: loss and accuracy per mini-batch, smoothed, and on the test set."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel

from core.formatting import format_count
from core.training.series import moving_average
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.timeline import ComparisonCurve
from hellodl_gui.ui.chart.live_plot import LivePlot
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.inputs import slider
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

Array = NDArray[np.float64]


class CurvesPanel(Panel):
    """Two plots over one axis. Hover to read values, double-click to follow again."""

    key, title = "curves", "Curves"
    help = (
        "Loss and accuracy. Wheel: zoom. Drag: pan. Double click: follow again. Faint: every "
        "mini-batch. Bold: smoothed. Dots: the test set. Spikes are cut off; an arrow shows "
        "their height."
    )
    min_interval = 1 / 24
    partial_redraws = 2  # curves grow by little and are dear to paint: one plot at a time

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._loss = LivePlot(tr("Loss"))
        self._accuracy = LivePlot(tr("Accuracy"), "%")
        self._plots = {"loss": self._loss, "accuracy": self._accuracy}
        self._stale = list(self._plots)
        self._drawn = list(self._plots)  # the one drawn last comes last
        for plot in self._plots.values():
            plot.add_curve("raw", tr("training"), 0, faint=True)
            plot.add_curve("smooth", "", 0)
            plot.add_curve("test", tr("test set"), 1, points=True)
            plot.hovered_x.connect(self._on_hover)
        self._loss.looked.connect(self._accuracy.look_at)
        self._accuracy.looked.connect(self._loss.look_at)
        self._accuracy.add_curve("top2", tr("top 2"), 2, points=True)
        self.fill(
            self._make_tools(), (self._loss, 1), (self._accuracy, 1),
            margins=(0, 0, 0, 4), spacing=0,
        )  # fmt: skip
        self._cursor = float("nan")
        self.redraw_on(state.timeline.steps_added, state.timeline.knob_marked)
        state.timeline.evaluated.connect(self._on_evaluated)
        state.timeline.comparison_curves_changed.connect(self._on_ghosts)
        state.timeline.moment_changed.connect(self._on_moment)
        state.training.restarted.connect(self._on_restart)

    def _make_tools(self) -> QHBoxLayout:
        log = tool_button(tr("log"), tr("Logarithmic loss axis"), toggled=self._loss.set_log)
        self._smoothing = slider(
            tr("Smoothing"), tr("How many mini-batches the bold training curve averages"),
            (1, 400), self._on_smoothing, 50,
        )  # fmt: skip
        self._smoothing.setMaximumWidth(140)
        self._on_smoothing()
        words = quiet(QLabel(tr("smoothing")))
        return hbox(words, self._smoothing, 1, log, margins=(10, 4, 10, 0), spacing=8)

    def refresh(self) -> None:
        """Draw all curves as they are."""
        state = self.state
        if not len(state.timeline.steps):
            self._fallback.explain(tr("Press Play (Space) to start training."))
            return
        self._fallback.show_content()
        self._stale.sort(key=self._drawn.index)
        if self._stale:
            name = self._stale.pop(0)
            self._drawn.remove(name)
            self._drawn.append(name)
            self._draw_plot(name)
        self.dirty = bool(self._stale)
        self._show_values()

    def _draw_plot(self, name: str) -> None:
        state, plot, window = self.state, self._plots[name], self._smoothing.value()
        steps, tested = (
            state.timeline.steps.column("step"),
            state.timeline.validations.column("step"),
        )
        values = state.timeline.steps.column(name)
        plot.set_data("raw", steps, values)
        plot.set_data("smooth", steps, values, window)
        plot.set_data("test", tested, state.timeline.validations.column(name))
        if plot is self._accuracy:
            plot.set_data("top2", tested, state.timeline.validations.column("top2"))
        for key, ghost in state.timeline.comparison_curves.items():
            lines = (
                (ghost.loss, ghost.tested_loss)
                if plot is self._loss
                else (ghost.accuracy, ghost.tested_accuracy)
            )
            plot.set_data(f"ghost {key}", ghost.steps, lines[0], window)
            plot.set_data(f"tested {key}", ghost.tested, lines[1])
        named = plot is self._loss  # the words once, the lines in both
        marks = [
            (float(m.step), self._mark_text(m.key, m.value) if named else "")
            for m in state.timeline.marks
        ]
        plot.set_marks(marks[-40:])

    def mark_dirty(self, *_: object) -> None:
        """Both plots are out of date."""
        super().mark_dirty()
        self._stale = list(self._plots)

    def _on_evaluated(self, *_: object) -> None:
        """The curves grow; but not because somebody looks back at an older evaluation."""
        if self.state.timeline.moment is None:
            self.mark_dirty()

    def _on_moment(self) -> None:
        """Only the line and the numbers above move."""
        if self.isVisible():
            self._show_values()

    def _on_ghosts(self) -> None:
        """Other runs are drawn beside this one, or no longer."""
        for plot in self._plots.values():
            plot.drop_ghosts()
            for name, ghost in self.state.timeline.comparison_curves.items():
                plot.add_curve(f"ghost {name}", ghost.name, ghost.colour, ghost=True)
                plot.add_curve(f"tested {name}", "", ghost.colour, points=True, ghost=True)
        self.mark_dirty()

    def numbers(self) -> NumberTable | None:
        """Every mini-batch, and what every look at the test set found, in a row for each step."""
        trained, tested = self.state.timeline.steps, self.state.timeline.validations
        steps = np.union1d(trained.column("step"), tested.column("step"))
        if not len(steps):
            return None
        columns = {"step": steps}
        for table, names in (
            (trained, {"epoch": "epoch", "loss": "loss", "accuracy": "accuracy", "lr": "lr"}),
            (tested, {"loss": "test loss", "accuracy": "test accuracy", "top2": "test top 2"}),
        ):
            rows = np.searchsorted(steps, table.column("step"))
            for name, title in names.items():
                columns[title] = np.full(len(steps), np.nan)
                columns[title][rows] = table.column(name)
        return NumberTable(tuple(columns), [*columns.values()])

    def _mark_text(self, key: str, value: float) -> str:
        knob = self.state.training.knobs.knobs[key]
        return f"{tr(knob.label)} {knob.text(value)}"

    def _show_values(self) -> None:
        state = self.state
        if not len(state.timeline.steps):
            return
        steps = state.timeline.steps.column("step")
        moment = state.timeline.moment
        shown = self._cursor if moment is None or np.isfinite(self._cursor) else float(moment)
        at = float(round(shown)) if np.isfinite(shown) else steps[-1]
        row = int(np.clip(np.searchsorted(steps, at, side="right") - 1, 0, len(steps) - 1))
        place = tr("mini-batch {step}").format(step=format_count(max(round(at), 0)))
        tested = state.timeline.validations.column("step")
        look = int(np.searchsorted(tested, at, side="right")) - 1
        window, around = self._smoothing.value(), np.array([row])
        for key, plot in self._plots.items():
            column = state.timeline.steps.column(key)
            values = {"raw": float(column[row])}
            if look >= 0:
                values["test"] = float(state.timeline.validations.column(key)[look])
                if plot is self._accuracy:
                    values["top2"] = float(state.timeline.validations.column("top2")[look])
            for name, ghost in state.timeline.comparison_curves.items():
                values[f"ghost {name}"] = _at(ghost, key, at)
            if window > 1:
                values["smooth"] = float(moving_average(column, window, around)[0])
            plot.show_values(values, place)
            plot.show_cursor(shown)

    @Slot()
    def _on_smoothing(self) -> None:
        words = tr("mean of {count}").format(count=format_count(self._smoothing.value()))
        for plot in self._plots.values():
            plot.labels["smooth"] = words
        self.mark_dirty()

    @Slot(float)
    def _on_hover(self, x: float) -> None:
        self._cursor = x
        self._show_values()

    def _on_restart(self) -> None:
        self._cursor = float("nan")
        for plot in self._plots.values():
            plot.set_marks([])
            plot.follow()
        self.mark_dirty()


def _at(ghost: ComparisonCurve, key: str, step: float) -> float:
    """What another run's mini-batch was like at a step, or its last; NaN before its beginning."""
    row = int(np.searchsorted(ghost.steps, step, side="right")) - 1
    values = ghost.loss if key == "loss" else ghost.accuracy
    return float(values[row]) if row >= 0 else float("nan")
