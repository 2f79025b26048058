"""Weight traces panel: single weights, or their gradients, over the run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QLabel

from core.formatting import format_number
from core.inspect.weights.parameter_history import ParameterHistory
from core.inspect.weights.traced_weights import (
    TraceGroup,
    default_trace,
    trace_groups,
    traced_parameters,
)
from core.nn.arena import ParamSpec
from core.record.models import WeightTraces
from core.training.series import moving_average
from core.translation import tr
from hellodl_gui.features.weight_traces.colour_key import ColourKey
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.colour_scales import by_place
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.inputs import slider
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.recorded_panel import RecordPanel

Array = NDArray[np.float64]
_SMOOTHEST = 40
_WIDE = 400  # pixels from which the slider has a word beside it


@dataclass(frozen=True)
class TraceQuestion:
    """What became of the numbers of a parameter."""

    parameter: str

    def __call__(self, history: ParameterHistory) -> WeightTraces:
        """Everything that was followed."""
        return history.traces(self.parameter)


class WeightTracesPanel(RecordPanel[WeightTraces]):
    """A kernel, or a few numbers in a row: each a line in the colour of its place."""

    key, title = "traces", "Traces"
    help = (
        "Single weights over time. Click to go to a moment; wheel zooms, drag pans, double-"
        "click returns to live."
    )

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._slots: list[ParamSpec] = []
        self._groups: list[TraceGroup] = []
        self._make_choices()
        self._colours = ColourKey(tr("Which weight has which colour"))
        self._colours.setToolTip(tr("Point at a weight to see its line alone"))
        self._colours.changed.connect(self._on_meant)
        self._plot = TimePlot("")
        self._plot.setAccessibleName(tr("Traces over training"))
        self._plot.read.connect(self._read_out)
        self._plot.sought.connect(state.timeline.seek)
        self._words = quiet(ElidedLabel())
        edge = (10, 0, 10, 0)
        choices = hbox(
            (self._parameter, 4), (self._group, 4), (self._what, 3), margins=edge, spacing=6
        )
        ways = hbox(
            self._centred, self._smoothing_words, self._smoothing, self._early, 1, self._colours,
            margins=edge, spacing=6,
        )  # fmt: skip
        foot = hbox(self._words, margins=edge)
        self.fill(choices, ways, (self._plot, 1), foot, margins=(0, 6, 0, 6), spacing=4)
        state.training.chapter_changed.connect(self._on_network)
        state.training.restarted.connect(self._on_network)
        self._on_network()

    def _make_choices(self) -> None:
        self._parameter = combo_box(
            tr("Parameter"), tr("Of which layer, by torch's name"),
            activated=self._on_parameter, least=4, elided=True,
        )  # fmt: skip
        self._group = combo_box(
            tr("Numbers"), tr("Which of the recorded weights"),
            activated=self._on_group, least=4, elided=True,
        )  # fmt: skip
        self._what = combo_box(
            tr("What"), tr("The weights themselves, or their gradients"),
            [tr("values"), tr("gradients")], activated=self.show_anew, least=4, elided=True,
        )  # fmt: skip
        for combo, wide in ((self._parameter, 88), (self._group, 64), (self._what, 48)):
            combo.setMinimumWidth(wide)
        self._centred = QCheckBox(tr("centred"))
        self._centred.setChecked(True)
        self._centred.setToolTip(
            tr("Each line minus its own mean over time, so that all can be seen together")
        )
        self._centred.toggled.connect(self.show_anew)
        tip = tr("Over how many recorded mini-batches each point is averaged")
        self._smoothing = slider(tr("Smoothing"), tip, (1, _SMOOTHEST), self.show_anew, 1)
        self._smoothing.setMinimumWidth(50)
        self._smoothing.setMaximumWidth(90)
        self._smoothing_words = quiet(QLabel(tr("smoothing")))
        self._smoothing_words.hide()
        self._early = tool_button(
            tr("log time"),
            tr("Logarithmic time: the first mini-batches get most of the room"),
            toggled=self._on_early,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the slider has its tooltip only."""
        super().resizeEvent(event)
        self._smoothing_words.setVisible(self.width() >= _WIDE)

    # -- what is chosen -----------------------------------------------------------------------

    def _on_network(self, *_: object) -> None:
        """Another network has other parameters; the same one keeps what was chosen."""
        slots = traced_parameters(self.state.training.layout)
        if slots == self._slots:
            return
        self._slots = slots
        parameter, group = default_trace(self.state.training.layout)
        sizes = ["×".join(map(str, slot.shape)) for slot in slots]
        replace_items(self._parameter, [slot.name for slot in slots], parameter, sizes)
        self._list_groups(group)

    def _on_parameter(self, *_: object) -> None:
        self._list_groups(0)

    def _list_groups(self, chosen: int) -> None:
        self._groups = trace_groups(self._slots[self._parameter.currentIndex()])
        titles = [group.title for group in self._groups]
        replace_items(self._group, titles, chosen, [group.about for group in self._groups])
        self._on_group()

    def _on_group(self, *_: object) -> None:
        self._colours.move_to(None)
        self.show_anew()

    def _on_early(self, on: bool) -> None:
        self._plot.axis.logarithmic = on
        self._plot.axis.show_all()
        self._plot.look_again()

    def _on_meant(self) -> None:
        self._plot.mean_only(self._colours.meant)
        self._read_out()

    @property
    def chosen(self) -> TraceGroup:
        """The numbers that are shown."""
        return self._groups[max(self._group.currentIndex(), 0)]

    # -- drawing ------------------------------------------------------------------------------

    def question(self) -> TraceQuestion:
        """The chosen parameter's numbers."""
        return TraceQuestion(self._slots[max(self._parameter.currentIndex(), 0)].name)

    def show_found(self, found: WeightTraces) -> str:
        """A line for each number."""
        group = self.chosen
        places = np.flatnonzero(np.isin(found.places, group.places))
        if not len(found.steps) or len(places) != len(group.places):
            return tr("Nothing is recorded of these weights yet.")
        colours = by_place(themes().theme, group.rows, group.columns)
        self._colours.set_colours(colours, group.columns)
        gradients = self._what.currentIndex() == 1
        table = found.gradients if gradients else found.values
        self._plot.set_title(self._title(gradients))
        self._plot.set_lines(
            [
                TimeSeries(group.name(number), colour, found.steps, self._drawn(table[:, place]))
                for number, (place, colour) in enumerate(zip(places, colours, strict=True))
            ]
        )
        return ""

    def _title(self, gradients: bool) -> str:
        what = tr("gradient") if gradients else tr("value")
        return tr("{what}, centred").format(what=what) if self._centred.isChecked() else what

    def _drawn(self, values: Array) -> Array:
        """A line as it is wanted; NaN, as of a run that left the numbers, stays out."""
        if self._centred.isChecked() and np.isfinite(values).any():
            values = values - np.mean(values[np.isfinite(values)])
        window = self._smoothing.value()
        return moving_average(values, window, np.arange(len(values))) if window > 1 else values

    def show_time(self, step: int | None) -> None:
        """A line where the moment is."""
        self._plot.set_moment(step)
        self._read_out()

    def _read_out(self) -> None:
        """What the lines say under the pointer, at the moment, or at last."""
        lines = self._plot.lines
        if not lines or not len(lines[0].xs):
            return
        moment = self.state.timeline.moment
        at = self._plot.reading if self._plot.reading is not None else moment
        at = float(lines[0].xs[-1]) if at is None else at
        values = self._plot.values_at(at)
        meant = self._plot.meant
        if meant is not None:
            text = tr("after {step} mini-batches, weight {name}: {value}").format(
                step=f"{round(at):,}", name=lines[meant].name, value=_signed(values[meant])
            )
        else:
            known = [value for value in values if np.isfinite(value)] or [np.nan]
            text = tr("after {step} mini-batches: {low} to {high}").format(
                step=f"{round(at):,}", low=_signed(min(known)), high=_signed(max(known))
            )
        self._words.say(text)
        self._plot.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """The lines as they are drawn."""
        lines: Sequence[TimeSeries] = self._plot.lines
        if not lines:
            return None
        names = [f"{self._parameter.currentText()} {line.name}" for line in lines]
        return NumberTable(("step", *names), [lines[0].xs, *(line.ys for line in lines)])


def _signed(value: float) -> str:
    return format_number(value, signed=True)
