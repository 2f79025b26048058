"""Layer health panel: gradient and weight norms, update ratios and dead units per layer."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from core.formatting import format_fixed, format_number
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.layer_health import HEALTHY, LayerHealth, layer_health
from core.inspect.weights.parameter_history import ParameterHistory
from core.translation import tr
from hellodl_gui.features.layer_health.layer_table import LayerTable, LayerTableRow
from hellodl_gui.services.run_reader import Question
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.colour_scales import in_order
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_axis import TimeAxis
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TargetBand, TimeSeries
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.recorded_panel import RecordPanel

_TALL = 560  # pixels of height from which all plots are shown
_LEAST_PLOT, _LEAST_TABLE = 84, 140  # pixels of height
_NONE = "–"


def layer_health_question(history: ParameterHistory) -> LayerHealth | str:
    """How the layers fared; a sentence where the record does not know."""
    return history.version_notice or layer_health(history.layers())


class LayerHealthPanel(RecordPanel[LayerHealth | str]):
    """Plots over time of every layer, and a table of numbers where it is read.

    Dead units are counted by the training process, with the weights of the moment that is shown.
    """

    key, title = "health", "Health"
    help = "Gradients, weights, updates and dead units of each layer. Click to go to a moment."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        axis = TimeAxis()
        titles = {
            "ratio": tr("update / weight"),
            "gradient": tr("gradient norm"),
            "weight": tr("weight norm"),
        }
        self._plots = {key: TimePlot(title, axis) for key, title in titles.items()}
        band = TargetBand(*HEALTHY, tr("healthy"))
        for key, plot in self._plots.items():
            plot.set_log(True, band if key == "ratio" else None)
            plot.read.connect(partial(self._on_read, plot))
            plot.sought.connect(state.timeline.seek)
            plot.viewed.connect(self._on_view)
        self._which = combo_box(
            tr("Plot"),
            tr("Which plot is shown; with more room it is all of them"),
            [(title, key) for key, title in titles.items()],
            activated=self._arrange,
        )
        self._early = tool_button(
            tr("log time"),
            tr("Logarithmic time axis: the first mini-batches get most space"),
            toggled=self._on_early,
        )
        self._make_table()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(self._table)
        self._found: LayerHealth | None = None
        self._alive: dict[str, DeadUnits] = {}
        self._asking = self._stale = False
        self.fill(
            hbox(self._which, 1, self._early, margins=(10, 0, 10, 0)),
            *((plot, 1) for plot in self._plots.values()),
            self._scroll,
            margins=(0, 6, 0, 6), spacing=2,
        )  # fmt: skip
        self._arrange()
        state.timeline.evaluated.connect(self._ask)
        state.timeline.moment_changed.connect(self._ask)
        state.training.status_changed.connect(self._ask)
        state.training.restarted.connect(self._forget)

    def _make_table(self) -> None:
        self._table = LayerTable(
            tr("Layers"),
            [tr("update"), tr("grad"), tr("weight"), tr("dead"),
             tr("flat")],
            [tr("Size of the last update relative to the layer's weights"),
             tr("Euclidean norm of the gradient"), tr("Euclidean norm of the weights"),
             tr("Units after this layer with the same output for every test picture"),
             tr("Outputs where the activation has no slope (below 0.01): ReLU at zero, a "
                 "saturated sigmoid. Nothing is learnt from them.")],
        )  # fmt: skip
        self._table.changed.connect(self._on_meant)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)

    def _arrange(self, *_: object) -> None:
        """All plots where there is room, else the chosen one; the lowest shows the time."""
        tall = self.height() >= _TALL
        self._which.setVisible(not tall)
        seen = list(self._plots) if tall else [str(self._which.currentData())]
        for key, plot in self._plots.items():
            plot.has_foot = key == seen[-1]
            # What is shown where there is room must not claim that room for ever.
            plot.setMinimumHeight(_LEAST_PLOT if key == self._which.currentData() else 0)
            plot.setVisible(key in seen)
            plot.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many plots as fit."""
        super().resizeEvent(event)
        self._arrange()

    # -- history ------------------------------------------------------------------------------

    def question(self) -> Question[LayerHealth | str]:
        """Always the same."""
        return layer_health_question

    def show_found(self, found: LayerHealth | str) -> str:
        """A line for each layer in each plot."""
        if isinstance(found, str):
            return found
        if not len(found.steps) or not found.names:
            return tr("Nothing is recorded of these layers yet.")
        self._found = found
        colours = in_order(themes().theme, len(found.names))
        tables = {"ratio": found.ratios, "gradient": found.gradients, "weight": found.weights}
        for key, plot in self._plots.items():
            plot.set_lines(
                [
                    TimeSeries(name, colour, *_known(found.steps, tables[key][:, number]))
                    for number, (name, colour) in enumerate(zip(found.names, colours, strict=True))
                ]
            )
        return ""

    def show_time(self, step: int | None) -> None:
        """A line where the moment is, in each plot."""
        for plot in self._plots.values():
            plot.set_moment(step)
        self._tell()

    def _tell(self) -> None:
        """The table: where the pointer is, at the moment, or at last."""
        found = self._found
        if found is None:
            return
        reading = next(iter(self._plots.values())).reading
        moment = self.state.timeline.moment
        at = float(found.steps[-1]) if moment is None else float(moment)
        at = at if reading is None else reading
        columns = [plot.values_at(at) for plot in self._plots.values()]
        rows = []
        for number, (name, colour) in enumerate(
            zip(found.names, in_order(themes().theme, len(found.names)), strict=True)
        ):
            cells = [_short(column[number]) for column in columns]
            one = self._alive.get(name)
            flat = float(one.flat.mean()) if one is not None else None
            dead = f"{one.dead}/{len(one.flat)}" if one is not None else _NONE
            share = one.dead / max(len(one.flat), 1) if one is not None else None
            text = _NONE if flat is None else f"{flat:.0%}"
            title = f"{name} {self._kind(name)}"
            rows.append(
                LayerTableRow(title, colour, (*cells, dead, text), (None, None, None, share, flat))
            )
        self._table.set_rows(rows)
        high = self._table.sizeHint().height()
        self._scroll.setMinimumHeight(min(high, _LEAST_TABLE))
        self._scroll.setMaximumHeight(high)

    def _kind(self, layer: str) -> str:
        """A word for a layer, by the shape of its largest parameter."""
        slots = self.state.training.layout.specs
        shapes = [slot.shape for slot in slots if slot.name.rpartition(".")[0] == layer]
        most = max((len(shape) for shape in shapes), default=0)
        return {4: tr("conv"), 2: tr("linear"), 1: tr("norm")}.get(most, "")

    # -- dead units ---------------------------------------------------------------------------

    def _ask(self, *_: object) -> None:
        """Have the units looked at, one question at a time, when somebody can see it."""
        if self._asking or not self.isVisible() or not self.state.training.answers:
            self._stale = True
            return
        self._asking, self._stale = True, False
        self.state.probes.ask("dead_units", {}, self._hear, self._miss)

    def _miss(self, ended: bool) -> None:
        """There is no answer; a run that goes on in another process is asked again."""
        self._asking, self._stale = not ended, True

    def _hear(self, found: tuple[DeadUnits, ...]) -> None:
        self._asking = False
        self._alive = {one.layer: one for one in found}
        self._tell()
        if self._stale:
            self._ask()

    def _forget(self) -> None:
        self._asking, self._stale = False, True
        self._alive = {}

    def showEvent(self, event: QShowEvent) -> None:
        """Ask as soon as it is visible."""
        super().showEvent(event)
        if not self._alive or self._stale:
            self._ask()

    # -- what a person does -------------------------------------------------------------------

    def _on_read(self, plot: TimePlot, *_: object) -> None:
        for other in self._plots.values():
            other.read_at(plot.reading)
        self._tell()

    def _on_view(self) -> None:
        for plot in self._plots.values():
            plot.look_again()

    def _on_early(self, on: bool) -> None:
        axis = next(iter(self._plots.values())).axis
        axis.logarithmic = on
        axis.show_all()
        self._on_view()

    def _on_meant(self) -> None:
        for plot in self._plots.values():
            plot.mean_only(self._table.meant)
        if (row := self._table.meant_box) is not None:
            self._scroll.ensureVisible(0, round(row.center().y()), 0, round(row.height()))

    def numbers(self) -> NumberTable | None:
        """Norms and ratios of every layer."""
        found = self._found
        if found is None:
            return None
        tables = {
            tr("update / weight"): found.ratios,
            tr("gradient norm"): found.gradients,
            tr("weight norm"): found.weights,
        }
        names = [f"{name} {what}" for what in tables for name in found.names]
        columns = [column for numbers in tables.values() for column in numbers.T]
        return NumberTable(("step", *names), [found.steps, *columns])


def _known(
    steps: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Only what was measured."""
    finite = np.isfinite(values)
    return steps[finite], values[finite]


def _short(value: float) -> str:
    if not np.isfinite(value):
        return _NONE
    return format_fixed(value, 0) if abs(value) >= 10 else format_number(value, 2)
