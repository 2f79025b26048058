"""Outputs of all layers for one image, side by side from left to right."""

from collections.abc import Sequence
from enum import Enum
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from core.inspect.layer_outputs import LayerOutput
from core.inspect.zoom.forward_backward import as_maps
from core.translation import tr
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.mosaic.lookup_table import robust_max
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_NARROWEST = 92
_MAPS_WEIGH = 2  # maps get so many times the room of a row of numbers


class ColourRange(Enum):
    """What has the full colour: the largest magnitude of each map, of each layer, or of all."""

    MAP = 0
    LAYER = 1
    ALL = 2


class LayerOutputsView(QScrollArea):
    """A mosaic a layer: its maps, or its numbers as squares. Colours run from −level over 0 (no
    colour) to level, which is by `scale`; `stretched` ones bring out small numbers. Attributes:
    `level`, the largest magnitude of all layers.

    Signals: `hovered(str)` what lies under the pointer, empty for nothing; `pointed(int, int, int,
    int)` layer, map, row and column there, the map -1 for none; `picked(int, int)` a layer's map
    was clicked, which is only enlarged by itself if that `enlarges`.
    """

    hovered = Signal(str)
    pointed = Signal(int, int, int, int)
    picked = Signal(int, int)

    def __init__(self, enlarges: bool = True) -> None:
        super().__init__()
        self.scale = ColourRange.LAYER
        self.stretched = False
        self.level = 0.0
        self._enlarges = enlarges
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(100)
        self._inner = QWidget()
        self._row = hbox(spacing=0, on=self._inner)
        self.setWidget(self._inner)
        self._columns: list[_Column] = []
        self._shown: list[tuple[tuple[int, ...], tuple[str, ...]]] = []

    def show_layers(self, layers: Sequence[LayerOutput], classes: tuple[str, ...]) -> None:
        """Show these; the last one's numbers belong to the classes."""
        wanted = [(layer.values.shape, layer.words) for layer in layers]
        if wanted != self._shown:
            self._shown = wanted
            self._make(layers)
        every = max((robust_max(layer.values) for layer in layers), default=0.0)
        self.level = every
        for number, (column, layer) in enumerate(zip(self._columns, layers, strict=True)):
            column.mosaic.each = self.scale is ColourRange.MAP and layer.values.ndim > 1
            column.mosaic.fixed = every if self.scale is ColourRange.ALL else None
            column.mosaic.stretched = self.stretched
            column.show_layer(layer, classes if number == len(layers) - 1 else ())

    def mark(self, layer: int, tile: int) -> None:
        """Outline one map, and no other; -1 for none."""
        for number, column in enumerate(self._columns):
            column.mosaic.marked = range(tile, tile + 1) if number == layer >= 0 else range(0)
            column.mosaic.update()

    def _make(self, layers: Sequence[LayerOutput]) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.hide()
                old.deleteLater()
        self._columns = []
        for number, layer in enumerate(layers):
            self._row.addWidget(quiet(QLabel("→")))
            column = _Column(layer, self._enlarges)
            column.mosaic.hovered.connect(self.hovered)
            column.mosaic.pointed.connect(partial(self.pointed.emit, number))
            column.mosaic.picked.connect(partial(self.picked.emit, number))
            self._columns.append(column)
            self._row.addWidget(column, _MAPS_WEIGH if layer.values.ndim > 1 else 1)
        arrows = self.fontMetrics().horizontalAdvance("→")
        self._inner.setMinimumWidth(len(layers) * (_NARROWEST + arrows))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as there is room."""
        super().resizeEvent(event)
        self._inner.setMaximumHeight(self.viewport().height())


class _Column(QWidget):
    """One layer: how it came to be, its mosaic, its size."""

    def __init__(self, layer: LayerOutput, enlarges: bool) -> None:
        super().__init__()
        self.setMinimumWidth(_NARROWEST)
        words = ", ".join(layer.words)
        head = ElidedLabel(Qt.AlignmentFlag.AlignHCenter)
        head.say(words[:1].upper() + words[1:])
        foot = quiet(ElidedLabel(Qt.AlignmentFlag.AlignHCenter))
        self.mosaic = Mosaic(enlarges=enlarges)
        if layer.values.ndim > 1:
            self.mosaic.one = tr("map")
            count, high, wide = as_maps(layer.values).shape
            size = tr("{count} × {high}×{wide}").format(count=count, high=high, wide=wide)
        else:
            self.mosaic.one = tr("number")
            size = str(layer.values.size)
        foot.say(size)
        self.mosaic.setMinimumSize(64, 56)
        self.mosaic.setAccessibleName(f"{head.text()}: {size}")
        vbox(head, (self.mosaic, 1), foot, spacing=0, on=self)

    def show_layer(self, layer: LayerOutput, classes: tuple[str, ...]) -> None:
        values = layer.values
        tiles = as_maps(values)
        named = len(classes) == len(tiles)
        self.mosaic.forget_level()  # another picture, another range
        self.mosaic.set_tiles(
            np.ascontiguousarray(tiles, np.float32),
            captions=[(name, None) for name in classes] if named else None,
        )
