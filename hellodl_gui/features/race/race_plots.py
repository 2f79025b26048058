"""Plots of a race: the loss, and what else its runs are measured by."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.formatting import format_fixed, format_number
from core.training.metrics import LOSS, Metric, MetricSet
from core.translation import tr
from hellodl_gui.features.race.band_plot import BandPlot, BandSeries
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.layout.fallback import Fallback

_LEAST = 100


class RacePlots(QWidget):
    """Plots that are read and zoomed together.

    Attributes: `plots`, by “loss” and the keys of metrics. Signals: `changed()`, something else is
    wanted.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._which = combo_box(
            tr("Curves"),
            tr("Smoothed training mini-batches, or test evaluations"),
            [(tr("training"), False), (tr("test set"), True)],
            activated=self.changed,
        )
        self.plots: dict[str, BandPlot] = {}
        self._metrics: tuple[Metric, ...] = ()
        self._column = QWidget()
        vbox(spacing=4, on=self._column)
        self._log = tool_button(tr("log"), tr("Logarithmic loss axis"), toggled=self._on_log)
        self._readout = quiet(ElidedLabel())
        self._readout.setContentsMargins(10, 0, 6, 0)
        self._fallback = Fallback(self._column)
        bar = hbox(self._which, 1, self._log, margins=(6, 0, 6, 0))
        vbox(bar, (self._fallback, 1), self._readout, margins=(4, 6, 6, 4), spacing=4, on=self)
        self.set_metrics(MetricSet())

    def set_metrics(self, metrics: MetricSet) -> None:
        """A plot for the loss and one for each of these metrics that has a plot of its own."""
        shown = (LOSS, *(plot[0] for plot in metrics.plots))
        if shown == self._metrics:
            return
        for plot in self.plots.values():
            plot.deleteLater()
        self._metrics, self.plots = shown, {}
        layout = self._column.layout()
        assert isinstance(layout, QVBoxLayout)
        for metric in shown:
            first = self.plots.get(LOSS.key)
            plot = BandPlot(_title(metric), None if first is None else first.axis)
            self.plots[metric.key] = plot
            plot.setMinimumHeight(_LEAST)
            plot.has_foot = metric == shown[-1]
            plot.read.connect(partial(self._on_read, plot))
            plot.viewed.connect(self._on_viewed)
            layout.addWidget(plot, 1)
        self.plots[LOSS.key].set_log(self._log.isChecked())
        self._readout.say("")
        self.show_lines({key: () for key in self.plots})

    @property
    def tested(self) -> bool:
        """Whether looks at the test set are wanted, not mini-batches."""
        return bool(self._which.currentData())

    def show_lines(self, lines: Mapping[str, Sequence[BandSeries]]) -> None:
        """Draw these, by “loss” and the keys of metrics."""
        for key, plot in self.plots.items():
            plot.set_lines(lines.get(key, ()))
        if any(lines.values()):
            self._fallback.show_content()
        else:
            self._fallback.explain(tr("The curves of all settings appear here during the race."))

    def mean_only(self, name: str) -> None:
        """Draw the line of that name strongly and the others faintly; empty: all alike."""
        for plot in self.plots.values():
            names = [line.name for line in plot.lines]
            plot.mean_only(names.index(name) if name in names else None)

    def show_all(self) -> None:
        """From the beginning to the end."""
        for plot in self.plots.values():
            plot.axis.show_all()
            plot.look_again()

    def _on_read(self, plot: BandPlot, *_: object) -> None:
        for other in self.plots.values():
            other.read_at(plot.reading)
        if plot.reading is None:
            self._readout.say("")
            return
        goal = self._goal
        best_first = self.plots[goal.key]
        values = zip(best_first.values_at(plot.reading), best_first.lines, strict=True)
        known = [(value, line.name) for value, line in values if np.isfinite(value)]
        known.sort(reverse=goal.better == "up")
        told = [f"{name} {_value_text(goal, value)}" for value, name in known]
        self._readout.say(f"{round(plot.reading):,}: {' · '.join(told)}")

    @property
    def _goal(self) -> Metric:
        """The metric that the read-out tells of: the first that lines have, else the loss."""
        measured = (m for m in self._metrics[1:] if self.plots[m.key].lines)
        return next(measured, LOSS)

    def _on_log(self, logarithmic: bool) -> None:
        self.plots[LOSS.key].set_log(logarithmic)

    def _on_viewed(self) -> None:
        for plot in self.plots.values():
            plot.look_again()


def _title(metric: Metric) -> str:
    return f"{tr(metric.label)}, {tr(metric.unit)}" if metric.unit else tr(metric.label)


def _value_text(metric: Metric, value: float) -> str:
    """A value as it is drawn: shares in percent already."""
    return f"{format_fixed(value, 1)} %" if metric.percent else format_number(value, 3)
