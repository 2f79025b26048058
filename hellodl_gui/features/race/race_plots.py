"""Loss and accuracy plots of a race."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.features.race.band_plot import BandPlot, BandSeries
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.fallback import Fallback

_LEAST = 100


class RacePlots(QWidget):
    """Two plots that are read and zoomed together.

    Attributes: `plots`, by “loss” and “accuracy”. Signals: `changed()`, something else is wanted.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._which = ComboBox()
        self._which.setAccessibleName(tr("Curves"))
        self._which.setToolTip(tr("Smoothed training mini-batches, or test evaluations"))
        self._which.addItem(tr("training"), False)
        self._which.addItem(tr("test set"), True)
        self._which.activated.connect(self.changed)
        self._log = QToolButton()
        self._log.setText(tr("log"))
        self._log.setCheckable(True)
        self._log.setToolTip(tr("Logarithmic loss axis"))
        loss = BandPlot(tr("Loss"))
        self.plots = {"loss": loss, "accuracy": BandPlot(tr("Accuracy, %"), loss.axis)}
        self._log.toggled.connect(loss.set_log)
        self._readout = quiet(ElidedLabel())
        self._readout.setContentsMargins(10, 0, 6, 0)
        bar = QHBoxLayout()
        bar.setContentsMargins(6, 0, 6, 0)
        bar.addWidget(self._which)
        bar.addStretch(1)
        bar.addWidget(self._log)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 6, 4)
        column.setSpacing(4)
        column.addLayout(bar)
        both = QWidget()
        inner = QVBoxLayout(both)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        for key, plot in self.plots.items():
            plot.setMinimumHeight(_LEAST)
            plot.has_foot = key == "accuracy"
            plot.read.connect(partial(self._on_read, plot))
            plot.viewed.connect(self._on_viewed)
            inner.addWidget(plot, 1)
        self._fallback = Fallback(both)
        column.addWidget(self._fallback, 1)
        column.addWidget(self._readout)
        self._tell_empty()

    @property
    def tested(self) -> bool:
        """Whether looks at the test set are wanted, not mini-batches."""
        return bool(self._which.currentData())

    def _tell_empty(self) -> None:
        self._fallback.explain(tr("The curves of all settings appear here during the race."))

    def show_lines(self, lines: Mapping[str, Sequence[BandSeries]]) -> None:
        """Draw these, by “loss” and “accuracy”."""
        for key, plot in self.plots.items():
            plot.set_lines(lines[key])
        if any(lines.values()):
            self._fallback.show_content()
        else:
            self._tell_empty()

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
