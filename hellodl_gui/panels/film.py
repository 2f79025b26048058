"""Chapter 2: the weights as they learn, beside the weights made by hand."""

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from core.inspect.averages import class_average
from hellodl_gui.panels.base import Panel
from hellodl_gui.state.lab import LabState
from hellodl_gui.widgets.empty import Fallback
from hellodl_gui.widgets.picture_row import PictureRow


class FilmPanel(Panel):
    """Left: learnt. Right: half the difference of the averages."""

    key = "film"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = self.tr("Film")
        self.setToolTip(self.tr("From noise to a map of evidence, beside the map of chapter 1"))
        self._row = PictureRow(
            [self.tr("learnt"), self.tr("made by hand (chapter 1)")], [True, True], ["·"]
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._fallback = Fallback(self._row)
        layout.addWidget(self._fallback)
        state.weights_changed.connect(self.mark_dirty)
        state.restarted.connect(self._on_restart)
        self._on_restart()

    def _on_restart(self) -> None:
        train = self.state.data.train
        if len(train.classes) != 2:
            self._fallback.explain(
                self.tr("The film is of one neuron between two digits: open chapter 2.")
            )
            return
        self._fallback.show_content()
        by_hand = (class_average(train, 1) - class_average(train, 0)) * np.float32(0.5)
        self._row.set_picture(
            1, by_hand, self.tr("from all {count} pictures").format(count=f"{len(train):,}")
        )
        self.mark_dirty()

    def refresh(self) -> None:
        """Draw the weights as they are."""
        weights = self.state.weights
        if weights is None or len(self.state.test.classes) != 2:
            return
        weight = next(iter(weights.layout.views(weights.theta).values()))
        seen = self.tr("after {step} mini-batches").format(step=f"{weights.step:,}")
        self._row.set_picture(0, weight.reshape(self.state.test.images.shape[1:]), seen)
