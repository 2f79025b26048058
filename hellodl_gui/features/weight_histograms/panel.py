"""Weight histograms panel: a layer's weights or gradients over the run."""

from dataclasses import dataclass

import numpy as np

from core.formatting import format_number
from core.inspect.weights.parameter_history import ParameterHistory
from core.inspect.weights.traced_weights import default_trace, traced_parameters
from core.inspect.weights.weight_histograms import (
    WeightHistograms,
    log_spaced_rows,
    weight_histograms,
)
from core.translation import tr
from hellodl_gui.features.weight_histograms.histogram_over_time import HistogramOverTimePlot
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.recorded_panel import RecordPanel

_RIDGES, _HEAT_ROWS = 26, 120


@dataclass(frozen=True)
class HistogramQuestion:
    """How a parameter, or its gradient, was spread; a sentence where the record does not know."""

    parameter: str
    gradients: bool

    def __call__(self, history: ParameterHistory) -> WeightHistograms | str:
        """At all moments; an empty sentence where nothing was measured."""
        return (
            history.version_notice
            or weight_histograms(history.layers(), self.parameter, self.gradients)
            or ""
        )


class WeightHistogramsPanel(RecordPanel[WeightHistograms | str]):
    """One parameter: ridges from the oldest at the back to the newest in front, or a heat map."""

    key, title = "histograms", "Histograms"
    help = (
        "Distribution of weights or gradients over time, the newest in front. Click a ridge to "
        "go to its moment; double-click to return to live."
    )

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._names: list[str] = []
        self._all: WeightHistograms | None = None
        self._spread: WeightHistograms | None = None  # those moments that are drawn
        self._parameter = combo_box(
            tr("Parameter"), tr("Layer, by PyTorch's name"),
            activated=self.show_anew, least=6, elided=True,
        )  # fmt: skip
        self._what = combo_box(
            tr("What"), tr("Weights or their gradients"), [tr("weights"), tr("gradients")],
            activated=self.show_anew, least=6,
        )  # fmt: skip
        self._heat = tool_button(
            tr("heat map"),
            tr("Rows of colour instead of ridges: more moments, less detail"),
            toggled=self._on_heat,
        )
        self._plot = HistogramOverTimePlot(tr("Histograms over time"))
        self._plot.read.connect(self._read_out)
        self._plot.sought.connect(state.timeline.seek)
        self._words = quiet(ElidedLabel())
        edge = (10, 0, 10, 0)
        bar = hbox((self._parameter, 3), (self._what, 2), self._heat, margins=edge, spacing=6)
        foot = hbox(self._words, margins=edge)
        self.fill(bar, (self._plot, 1), foot, margins=(0, 6, 0, 6), spacing=4)
        state.training.chapter_changed.connect(self._on_network)
        state.training.restarted.connect(self._on_network)
        self._on_network()

    def _on_network(self, *_: object) -> None:
        """Another network has other parameters; the same one keeps what was chosen."""
        slots = traced_parameters(self.state.training.layout)
        names = [slot.name for slot in slots]
        if names == self._names:
            return
        self._names = names
        sizes = ["×".join(map(str, slot.shape)) for slot in slots]
        replace_items(self._parameter, names, default_trace(self.state.training.layout)[0], sizes)
        self.show_anew()

    def _on_heat(self, on: bool) -> None:
        self._plot.set_heat(on)
        self.show_anew()

    def question(self) -> HistogramQuestion:
        """The chosen parameter."""
        name = self._names[max(self._parameter.currentIndex(), 0)]
        return HistogramQuestion(name, self._what.currentIndex() == 1)

    def show_found(self, found: WeightHistograms | str) -> str:
        """As many rows as there is room for."""
        if not isinstance(found, WeightHistograms):
            return found or tr("Nothing is recorded of this parameter yet.")
        self._all = found
        return ""

    def show_time(self, step: int | None) -> None:
        """Its row stands out; it takes the place of the nearest one."""
        found = self._all
        if found is None:
            return
        rows = log_spaced_rows(found.steps, _HEAT_ROWS if self._heat.isChecked() else _RIDGES)
        if step is not None:
            nearest = int(np.abs(found.steps - step).argmin())
            rows[np.abs(rows - nearest).argmin()] = nearest
        self._spread = WeightHistograms(found.steps[rows], found.edges, found.shares[rows])
        self._plot.set_spread(self._spread.steps, found.edges, self._spread.shares)
        self._plot.set_moment(step)
        self._read_out()

    def _read_out(self) -> None:
        """Where most numbers lie: in the row under the pointer, of the moment, or the last."""
        spread = self._spread
        if spread is None:
            return
        rows = [row for row in (self._plot.reading, self._plot.row) if row is not None]
        row = int(rows[0]) if rows else len(spread.steps) - 1
        low, first, third, high = (
            format_number(value, 2) for value in spread.quantiles(row, (0.05, 0.25, 0.75, 0.95))
        )
        text = tr("after {step}: 50 % {first} … {third}, 90 % {low} … {high}").format(
            step=f"{spread.steps[row]:,}", first=first, third=third, low=low, high=high
        )
        self._words.say(text)
        self._plot.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """The rows that are drawn: a column for each bin, headed by where it begins."""
        spread = self._spread
        if spread is None:
            return None
        heads = [f"from {edge:.6g}" for edge in spread.edges[:-1]]
        return NumberTable(("step", *heads), [spread.steps, *spread.shares.T])
