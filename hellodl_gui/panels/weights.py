"""Weights as pictures, a layer at a time: values, gradients, or the change since the start."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.inspect.pictures import Pictured, pictured
from hellodl_gui.panels.base import Panel
from hellodl_gui.services.numbers import Numbers
from hellodl_gui.state.facts import Weights
from hellodl_gui.state.lab import LabState
from hellodl_gui.widgets.empty import Fallback
from hellodl_gui.widgets.mosaic import Mosaic

_MOST = 1024


class WeightsPanel(Panel):
    """Choose a layer and what of it to see; hover for a value, click for a close look."""

    key = "weights"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = self.tr("Weights")
        self.setToolTip(
            self.tr(
                "Orange is positive, blue negative, the background zero. A click enlarges a tile."
            )
        )
        self._layer = QComboBox()
        self._layer.setAccessibleName(self.tr("Layer"))
        self._layer.setToolTip(self.tr("Which layer's weights to look at"))
        self._layer.currentIndexChanged.connect(self._on_choice)
        self._what = QComboBox()
        self._what.setAccessibleName(self.tr("What to show"))
        self._what.setToolTip(
            self.tr("The weights, the last gradient, or how the weights moved since the start")
        )
        self._what.addItems(
            [self.tr("values"), self.tr("gradients"), self.tr("change since start")]
        )
        self._what.currentIndexChanged.connect(self._on_choice)
        self._readout = QLabel()
        self._readout.setProperty("role", "quiet")
        self._mosaic = Mosaic()
        self._mosaic.hovered.connect(self._on_hover)
        for combo in (self._layer, self._what):
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(9)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 0)
        bar.addWidget(self._layer, 3)
        bar.addWidget(self._what, 2)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 6)
        column.addLayout(bar)
        column.addWidget(self._mosaic, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.addWidget(self._readout)
        column.addLayout(foot)
        self._fallback = Fallback(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._fallback)
        self._shown: list[Pictured] = []
        self._start: Weights | None = None
        self._hover = ""
        state.weights_changed.connect(self.mark_dirty)
        state.restarted.connect(self._on_restart)
        self._on_restart()

    def _on_restart(self) -> None:
        shown = pictured(self.state.layout)
        if shown != self._shown:
            self._shown = shown
            self._layer.blockSignals(True)
            self._layer.clear()
            self._layer.addItems([f"{p.parameter} · {p.title}" for p in shown])
            self._layer.blockSignals(False)
        self._layer.setVisible(len(shown) > 1)
        self._start = None
        self._on_choice()

    def _on_choice(self, *_: object) -> None:
        self._mosaic.forget_level()
        self.mark_dirty()

    def refresh(self) -> None:
        """Draw the chosen layer."""
        weights = self.state.weights
        if weights is None or not self._shown:
            self._fallback.explain(self.tr("The weights appear as soon as training is ready."))
            return
        if self._start is None:
            self._start = weights
        if self._what.currentIndex() == 1 and np.isnan(weights.grad[:1]).any():
            self._fallback.explain(
                self.tr(
                    "Gradients are not kept with the moments of a film. The panels Traces and "
                    "Histograms show those that were recorded."
                ),
                self.tr("Back to now"),
                lambda: self.state.seek(None),
            )
            return
        self._fallback.show_content()
        picture = self._shown[max(self._layer.currentIndex(), 0)]
        tiles = picture.pictures(self._vector(weights), weights.layout)
        columns = picture.columns if 0 < picture.columns <= 64 else 0
        self._mosaic.one = picture.one
        self._mosaic.set_tiles(tiles[:_MOST], columns if picture.count <= _MOST else 0)
        self._readout.setText(self._hover or self._summary(tiles))

    def numbers(self) -> Numbers | None:
        """A line for each tile of the chosen layer, a column for each of its places."""
        weights = self.state.weights
        if weights is None or not self._shown:
            return None
        picture = self._shown[max(self._layer.currentIndex(), 0)]
        tiles = picture.pictures(self._vector(weights), weights.layout)
        places = [f"{row}:{column}" for row, column in np.ndindex(tiles.shape[1:])]
        columns = tiles.reshape(len(tiles), -1).T
        return Numbers((picture.one, *places), [np.arange(1, len(tiles) + 1), *columns])

    def _vector(self, weights: Weights) -> NDArray[np.float32]:
        match self._what.currentIndex():
            case 1:
                return weights.grad
            case 2 if self._start is not None:
                return weights.theta - self._start.theta
            case _:
                return weights.theta

    def _summary(self, tiles: NDArray[np.float32]) -> str:
        return self.tr("{low} to {high}, full colour at ±{level}").format(
            low=f"{float(tiles.min()):+.3f}",
            high=f"{float(tiles.max()):+.3f}",
            level=f"{self._mosaic.level:.3f}",
        )

    def _on_hover(self, text: str) -> None:
        self._hover = text
        if text:
            self._readout.setText(text)
