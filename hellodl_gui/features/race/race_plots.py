"""Loss and accuracy plots of a race."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.features.race.band_plot import BandPlot, BandSeries
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox, vbox_widget
from hellodl_gui.ui.layout.fallback import Fallback

_LEAST = 100


class RacePlots(QWidget):
    """Two plots that are read and zoomed together.

    Attributes: `plots`, by “loss” and “accuracy”. Signals: `changed()`, something else is wanted.
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
        loss = BandPlot(tr("Loss"))
        self.plots = {"loss": loss, "accuracy": BandPlot(tr("Accuracy, %"), loss.axis)}
        log = tool_button(tr("log"), tr("Logarithmic loss axis"), toggled=loss.set_log)
        self._readout = quiet(ElidedLabel())
        self._readout.setContentsMargins(10, 0, 6, 0)
        for key, plot in self.plots.items():
            plot.setMinimumHeight(_LEAST)
            plot.has_foot = key == "accuracy"
            plot.read.connect(partial(self._on_read, plot))
            plot.viewed.connect(self._on_viewed)
        both = vbox_widget(*((plot, 1) for plot in self.plots.values()), spacing=4)
        self._fallback = Fallback(both)
        bar = hbox(self._which, 1, log, margins=(6, 0, 6, 0))
        vbox(bar, (self._fallback, 1), self._readout, margins=(4, 6, 6, 4), spacing=4, on=self)
        self.show_lines({key: () for key in self.plots})

    @property
    def tested(self) -> bool:
        """Whether looks at the test set are wanted, not mini-batches."""
        return bool(self._which.currentData())

    def show_lines(self, lines: Mapping[str, Sequence[BandSeries]]) -> None:
        """Draw these, by “loss” and “accuracy”."""
        for key, plot in self.plots.items():
            plot.set_lines(lines[key])
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
        right = self.plots["accuracy"]
        values = zip(right.values_at(plot.reading), right.lines, strict=True)
        known = [(value, line.name) for value, line in values if np.isfinite(value)]
        told = [f"{name} {format_fixed(value, 1)} %" for value, name in sorted(known, reverse=True)]
        self._readout.say(f"{round(plot.reading):,}: {' · '.join(told)}")

    def _on_viewed(self) -> None:
        for plot in self.plots.values():
            plot.look_again()
