"""Weight traces panel: single weights, or their gradients, over the run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

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
from hellodl_gui.ui.controls.combo_utils import replace_items
from hellodl_gui.ui.controls.elided_combo import ElidedCombo
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.controls.labels import quiet
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

    key = "traces"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = tr("Traces")
        self.setToolTip(
            tr(
                "Single weights over time. Click to go to a moment; wheel zooms, drag "
                "pans, double-click returns to live."
            )
        )
        self._slots: list[ParamSpec] = []
        self._groups: list[TraceGroup] = []
        self._parameter = self._combo(tr("Parameter"), tr("Of which layer, by torch's name"), 11)
        self._group = self._combo(tr("Numbers"), tr("Which of the recorded weights"), 8)
        self._what = self._combo(tr("What"), tr("The weights themselves, or their gradients"), 6)
        self._what.addItems([tr("values"), tr("gradients")])
        self._parameter.activated.connect(self._on_parameter)
        self._group.activated.connect(self._on_group)
        self._what.activated.connect(self.show_anew)
        self._centred = QCheckBox(tr("centred"))
        self._centred.setChecked(True)
        self._centred.setToolTip(
            tr("Each line minus its own mean over time, so that all can be seen together")
        )
        self._centred.toggled.connect(self.show_anew)
        self._smoothing = Slider(Qt.Orientation.Horizontal)
        self._smoothing.setRange(1, _SMOOTHEST)
        self._smoothing.setMaximumWidth(90)
        self._smoothing.setAccessibleName(tr("Smoothing"))
        self._smoothing.setToolTip(tr("Over how many recorded mini-batches each point is averaged"))
        self._smoothing.valueChanged.connect(self.show_anew)
        self._smoothing.setMinimumWidth(50)
        self._smoothing_words = quiet(QLabel(tr("smoothing")))
        self._smoothing_words.hide()
        self._early = QToolButton()
        self._early.setText(tr("log time"))
        self._early.setCheckable(True)
        self._early.setToolTip(tr("Logarithmic time: the first mini-batches get most of the room"))
        self._early.toggled.connect(self._on_early)
        self._colours = ColourKey(tr("Which weight has which colour"))
        self._colours.setToolTip(tr("Point at a weight to see its line alone"))
        self._colours.changed.connect(self._on_meant)
        self._plot = TimePlot("")
        self._plot.setAccessibleName(tr("Traces over training"))
        self._plot.read.connect(self._read_out)
        self._plot.sought.connect(state.timeline.seek)
        self._words = quiet(QLabel())
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.fill(self._arranged())
        state.training.chapter_changed.connect(self._on_network)
        state.training.restarted.connect(self._on_network)
        self._on_network()

    def _combo(self, name: str, tip: str, letters: int) -> QComboBox:
        combo = ElidedCombo()
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(4)
        combo.setMinimumWidth(letters * 8)
        return combo

    def _arranged(self) -> QWidget:
        upper, lower, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for combo, share in ((self._parameter, 4), (self._group, 4), (self._what, 3)):
            upper.addWidget(combo, share)
        for part in (self._centred, self._smoothing_words, self._smoothing, self._early):
            lower.addWidget(part)
        lower.addStretch(1)
        lower.addWidget(self._colours)
        foot.addWidget(self._words)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(4)
        for row in (upper, lower, foot):
            row.setContentsMargins(10, 0, 10, 0)
            row.setSpacing(6)
        column.addLayout(upper)
        column.addLayout(lower)
        column.addWidget(self._plot, 1)
        column.addLayout(foot)
        return inner

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
        self._colours.mean(None)
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
        self._words.setText(text)
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
