"""Learning curves panel: loss and metrics per mini-batch, smoothed, and on the test set."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.formatting import format_count
from core.training.metrics import LOSS, Metric
from core.training.series import ColumnStore, moving_average
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.timeline import ComparisonCurve
from hellodl_gui.ui.chart.live_plot import LivePlot
from hellodl_gui.ui.chart.plot_data import metric_text
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.inputs import slider
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

Array = NDArray[np.float64]


class CurvesPanel(Panel):
    """Plots over one axis, of the loss and of what else the run is measured by.

    Hover to read values, double-click to follow again. Attributes: `plots`, by “loss” and the key
    of the first metric that each shows.
    """

    key, title = "curves", "Curves"
    help = (
        "The loss, and what else the run is measured by. Wheel: zoom. Drag: pan. Double click: "
        "follow again. Faint: every mini-batch. Bold: smoothed. Dots: the test set. Spikes are "
        "cut off; an arrow shows their height. The name of a plot says which way is better."
    )
    min_interval = 1 / 24
    partial_redraws = 2  # curves grow by little and are dear to paint: one plot at a time

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.plots: dict[str, LivePlot] = {}
        self._groups: dict[str, tuple[Metric, ...]] = {}
        self._stale: list[str] = []
        self._drawn: list[str] = []  # the one drawn last comes last
        self._column = QWidget()
        QVBoxLayout(self._column)
        self.fill(
            self._make_tools(), (self._column, 1), margins=(0, 0, 0, 4), spacing=0
        )  # fmt: skip
        self._cursor = float("nan")
        self._make_plots()
        self.redraw_on(state.timeline.steps_added, state.timeline.knob_marked)
        state.timeline.evaluated.connect(self._on_evaluated)
        state.timeline.comparison_curves_changed.connect(self._on_ghosts)
        state.timeline.moment_changed.connect(self._on_moment)
        state.training.restarted.connect(self._on_restart)

    def _make_plots(self) -> None:
        """One plot for the loss and one for each metric, unless these are there already."""
        groups = {plot[0].key: plot for plot in ((LOSS,), *self.state.timeline.metrics.plots)}
        if groups == self._groups:
            return
        for plot in self.plots.values():
            plot.deleteLater()
        layout = self._column.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._groups, self.plots = groups, {key: _plot_of(group) for key, group in groups.items()}
        for plot in self.plots.values():
            layout.addWidget(plot, 1)
            plot.hovered_x.connect(self._on_hover)
            for other in self.plots.values():
                if other is not plot:
                    plot.looked.connect(other.look_at)
        self.plots[LOSS.key].set_log(self._log.isChecked())
        self.partial_redraws = len(self.plots)
        self._drawn = list(self.plots)
        self._on_smoothing()
        self._on_ghosts()

    def _make_tools(self) -> QHBoxLayout:
        self._log = log = tool_button(tr("log"), tr("Logarithmic loss axis"), toggled=self._on_log)
        self._smoothing = slider(
            tr("Smoothing"), tr("How many mini-batches the bold training curve averages"),
            (1, 400), self._on_smoothing, 50,
        )  # fmt: skip
        self._smoothing.setMaximumWidth(140)
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
        state, plot, window = self.state, self.plots[name], self._smoothing.value()
        trained, validated = state.timeline.steps, state.timeline.validations
        steps, tested = trained.column("step"), validated.column("step")
        plot.least = float(steps[-1]) if len(steps) else 0.0
        if name in trained.columns:
            plot.set_data("raw", steps, trained.column(name))
            plot.set_data("smooth", steps, trained.column(name), window)
        if name in validated.columns:
            plot.set_data("test", tested, validated.column(name))
        for metric in self._groups[name][1:]:
            plot.set_data(metric.key, tested, validated.column(metric.key))
        for key, ghost in state.timeline.comparison_curves.items():
            if name in ghost.trained:
                plot.set_data(f"ghost {key}", ghost.steps, ghost.trained[name], window)
            if name in ghost.validated:
                plot.set_data(f"tested {key}", ghost.tested, ghost.validated[name])
        plot.set_hint(_best_text(self._groups[name][0], validated))
        named = name == LOSS.key  # the words once, the lines in all
        marks = [
            (float(m.step), self._mark_text(m.key, m.value) if named else "")
            for m in state.timeline.marks
        ]
        plot.set_marks(marks[-40:])

    def mark_dirty(self, *_: object) -> None:
        """All plots are out of date."""
        super().mark_dirty()
        self._stale = list(self.plots)

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
        for plot in self.plots.values():
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
        metrics = self.state.timeline.metrics
        named = {metric.key: tr(metric.name) for metric in metrics.batch}
        found = {
            metric.key: tr("test {metric}").format(metric=tr(metric.name))
            for metric in (LOSS, *metrics.tested)
        }
        for table, names in (
            (trained, {"epoch": "epoch", "loss": "loss", **named, "lr": "lr"}),
            (tested, found),
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
        trained, validated = state.timeline.steps, state.timeline.validations
        for key, plot in self.plots.items():
            values = {}
            if key in trained.columns:
                values["raw"] = float(trained.column(key)[row])
            first, *others = self._groups[key]
            lines = {"test": first, **{metric.key: metric for metric in others}}
            for name, metric in lines.items():
                if look >= 0 and metric.key in validated.columns:
                    values[name] = float(validated.column(metric.key)[look])
            for name, ghost in state.timeline.comparison_curves.items():
                values[f"ghost {name}"] = _at(ghost, key, at)
            if window > 1 and "raw" in values:
                mean = moving_average(trained.column(key), window, around)
                values["smooth"] = float(mean[0])
            plot.show_values(values, place)
            plot.show_cursor(shown)

    @Slot()
    def _on_smoothing(self) -> None:
        words = tr("mean of {count}").format(count=format_count(self._smoothing.value()))
        for plot in self.plots.values():
            plot.labels["smooth"] = words
        self.mark_dirty()

    @Slot(bool)
    def _on_log(self, logarithmic: bool) -> None:
        self.plots[LOSS.key].set_log(logarithmic)

    @Slot(float)
    def _on_hover(self, x: float) -> None:
        self._cursor = x
        self._show_values()

    def _on_restart(self) -> None:
        self._cursor = float("nan")
        self._make_plots()
        for plot in self.plots.values():
            plot.set_marks([])
            plot.follow()
        self.mark_dirty()


def _at(ghost: ComparisonCurve, key: str, step: float) -> float:
    """What another run's mini-batch was like at a step, or its last; NaN before its beginning."""
    row = int(np.searchsorted(ghost.steps, step, side="right")) - 1
    values = ghost.trained.get(key, ghost.steps[:0])
    return float(values[row]) if 0 <= row < len(values) else float("nan")


def _plot_of(group: tuple[Metric, ...]) -> LivePlot:
    """A plot of the first of these metrics, with dots for the others."""
    first, *others = group
    label, unit = tr(first.label), tr(first.unit)
    plot = LivePlot(label if first.percent or not unit else f"{label}, {unit}", first.unit)
    plot.add_curve("raw", tr("training"), 0, faint=True)
    plot.add_curve("smooth", "", 0)
    plot.add_curve("test", tr("test set"), 1, points=True)
    for number, metric in enumerate(others, 2):
        plot.add_curve(metric.key, tr(metric.name), number, points=True)
    return plot


def _best_text(metric: Metric, validated: ColumnStore) -> str:
    """Which way is better, and the best that was found on the test set so far."""
    words = tr("Higher is better") if metric.better == "up" else tr("Lower is better")
    values = validated.column(metric.key) if metric.key in validated.columns else np.empty(0)
    if not np.isfinite(values).any():
        return words
    best = int(np.nanargmax(values) if metric.better == "up" else np.nanargmin(values))
    return tr("{words}; best on the test set: {value} at mini-batch {step}").format(
        words=words,
        value=metric_text(metric, float(values[best])),
        step=format_count(int(validated.column("step")[best])),
    )
