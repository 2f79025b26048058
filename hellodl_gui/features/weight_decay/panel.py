"""Weight decay panel (chapter 7): squared weights at the start, now, and with decay."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout

from core.formatting import format_number
from core.inspect.weights.parameter_history import ParameterHistory
from core.inspect.weights.quantization import quantizable
from core.inspect.weights.squared_weights import (
    EDGES,
    SquaredWeights,
    sample_pairs,
    squared_weights,
    weight_vectors,
)
from core.translation import tr
from hellodl_gui.features.weight_decay.log_scatter import LogScatter
from hellodl_gui.features.weight_decay.squared_weights_plot import SquaredWeightsPlot, SquareLine
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.chart.ticks import power_text
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, turn
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.recorded_panel import RecordPanel

Theta = NDArray[np.float32]

_WIDE, _TALL = 760, 620  # pixels from which all three plots are shown
_POINTS = 4_000
_TINY = 1e-4  # the square below which the text counts weights


@dataclass(frozen=True)
class InitialWeightsQuestion:
    """θ (P,) as the record first knows it."""

    def __call__(self, history: ParameterHistory) -> Theta:
        """The oldest snapshot of the run or of what it branched off from."""
        return history.lineage.seek(history.lineage.first_step).theta


class WeightDecayPanel(RecordPanel[Theta]):
    """Squares of weights on a logarithmic axis, how many lie below, and before against now.

    At a moment of the past the newest weights are drawn as well.
    """

    key, title = "decay", "Weight sizes"
    help = "Squared weights at the start and now: which are not needed?"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._names: list[str] = []
        self._first: Theta | None = None
        self._counted: dict[tuple[int, str | None], tuple[Theta, SquaredWeights]] = {}
        self._lines: list[SquareLine] = []
        self._layer = combo_box(
            tr("Layer"), tr("All weights, or those of one layer"),
            activated=self.show_anew, elided=True,
        )  # fmt: skip
        self._which = combo_box(
            tr("Plot"), tr("Which plot is shown; larger panels show all of them"),
            [tr("histogram"), tr("below"), tr("before and now")], activated=self._arrange,
        )  # fmt: skip
        self._histogram = SquaredWeightsPlot(tr("weights per decade, %"), cumulative=False)
        self._histogram.setToolTip(
            tr("Percentage of weights per power of ten of their square; point at a value to "
                "count the weights below it")
        )  # fmt: skip
        self._below = SquaredWeightsPlot(tr("% below"), cumulative=True)
        self._below.setToolTip(
            tr("Percentage of weights with a smaller square; point to count them")
        )
        self._scatter = LogScatter(tr("Squares before and now"), tr("at first"))
        self._squares = (self._histogram, self._below)
        for plot in self._squares:
            plot.read.connect(partial(self._on_read, plot))
        self._words = quiet(ElidedLabel())
        self._plots = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for widget in (*self._squares, self._scatter):
            self._plots.addWidget(widget, 1)
        bar = hbox(self._layer, self._which, 1)
        self.fill(bar, (self._plots, 1), self._words, margins=(10, 6, 10, 8), spacing=4)
        self._arrange()
        state.timeline.weights_changed.connect(self.show_anew)
        state.training.restarted.connect(self._on_network)
        state.training.chapter_changed.connect(self._on_network)
        self._on_network()

    def _on_network(self, *_: object) -> None:
        """Another network has other layers; the same one keeps what was chosen."""
        self._first = None
        self._counted.clear()
        names = [slot.name for slot in quantizable(self.state.training.layout)]
        if names != self._names:
            self._names = names
            replace_items(self._layer, [tr("all layers"), *names])

    def _arrange(self, *_: object) -> None:
        """All plots where there is room, else the chosen one."""
        wide, tall = self.width() >= _WIDE, self.height() >= _TALL
        every = wide or tall
        self._which.setVisible(not every)
        for number, plot in enumerate((*self._squares, self._scatter)):
            plot.setVisible(every or number == self._which.currentIndex())
        turn(self._plots, wide)
        self.show_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many plots as fit."""
        super().resizeEvent(event)
        self._arrange()

    # -- what is drawn ------------------------------------------------------------------------

    def question(self) -> InitialWeightsQuestion:
        """Always the same."""
        return InitialWeightsQuestion()

    def _on_grown(self, *_: object) -> None:
        """The beginning does not change: once it is known nothing more is asked."""
        if self._first is None:
            super()._on_grown()

    def show_found(self, found: Theta) -> str:
        """The beginning, the moment that is shown, and what came after it."""
        state = self.state
        shown, live = state.timeline.weights, state.timeline.live_weights
        if not self._names:
            return tr("This network has no layers whose weights could be compared.")
        if shown is None or live is None or len(found) != len(shown.theta):
            return tr("The record belongs to a different network.")
        self._first = found
        tensor = self._layer.currentText() if self._layer.currentIndex() > 0 else None
        at_first, now = self._count(0, found, tensor), self._count(1, shown.theta, tensor)
        self._lines = [
            SquareLine(tr("first"), 0, at_first), SquareLine(tr("now"), 1, now)
        ]  # fmt: skip
        if live is not shown:
            self._lines[1] = SquareLine(tr("then"), 1, now)
            self._lines.append(SquareLine(tr("now"), 2, self._count(2, live.theta, tensor)))
        for plot in self._squares:
            if plot.isVisible():
                plot.set_lines(self._lines)
        if self._scatter.isVisible():
            layout = state.training.layout
            before = weight_vectors(layout, found, tensor)
            self._scatter.set_points(
                *sample_pairs(before, weight_vectors(layout, shown.theta, tensor), _POINTS),
                up=self._lines[1].name,
            )
        self._on_read(self._histogram)
        return ""

    def _count(self, place: int, theta: Theta, tensor: str | None) -> SquaredWeights:
        """The squares of one set of weights, counted once as long as it stays."""
        known = self._counted.get((place, tensor))
        if known is not None and known[0] is theta:
            return known[1]
        counted = squared_weights(weight_vectors(self.state.training.layout, theta, tensor))
        self._counted[place, tensor] = theta, counted
        return counted

    def show_time(self, step: int | None) -> None:
        """The weights of the moment are drawn as they come; there is nothing else to mark."""

    def _on_read(self, plot: SquaredWeightsPlot, *_: object) -> None:
        """How many weights are smaller than what is pointed at, or hardly there."""
        square = plot.reading if plot.reading is not None else _TINY
        texts = [f"{line.name} {line.squares.count_below(square):,}" for line in self._lines]
        if not texts:
            return
        total = f"{self._lines[0].squares.total:,}"
        bound = power_text(square) if plot.reading is None else format_number(square, 1)
        text = tr("how many of {total} squares below {bound}: {counts}").format(
            total=total, bound=bound, counts=", ".join(texts)
        )
        self._words.say(text)
        plot.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """Counts in each bin of squares, for each line."""
        lines: Sequence[SquareLine] = self._lines
        if not lines:
            return None
        filled = np.flatnonzero(sum(line.squares.counts for line in lines))
        part = slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0, 0)
        edges = EDGES[part.start : part.stop + 1]
        return NumberTable(
            ("square from", "square to", *(f"weights {line.name}" for line in lines)),
            [edges[:-1], edges[1:], *(line.squares.counts[part] for line in lines)],
        )
