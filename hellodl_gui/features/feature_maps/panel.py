"""Feature maps panel: every layer's outputs for one image, and the units that decided."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QStackedWidget

from core.formatting import format_number
from core.inspect.attribution.unit_attribution import UnitAttribution
from core.inspect.features.receptive_field import PixelRect
from core.inspect.layer_outputs import LayerOutput, merge_layers
from core.inspect.units import UnitLayer, unit_layers
from core.inspect.zoom.forward_backward import as_maps
from core.translation import tr
from hellodl_gui.features.feature_maps.attribution_row import AttributionRow
from hellodl_gui.features.feature_maps.map_close_up import MapCloseUp
from hellodl_gui.services.drawing_reader import DrawingReader
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.selection import Unit
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.focus_shortcuts import add_shortcut
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import flow, hbox
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.layer_outputs import ColourRange, LayerOutputsView
from hellodl_gui.ui.mosaic.outlined_image import outlined_image
from hellodl_gui.ui.number_export import NumberTable, in_rows
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.probe_schedule import ProbeSchedule

_ASK_AGAIN = 0.25  # seconds from one question to the next while training goes on


class FeatureMapsPanel(Panel):
    """Follows training, the moment that is shown, and the picture that is looked at anywhere.

    Attributes: `layers` as they are shown; `close_up`, which (layer, map) is shown large, None for
    none; `blame`, what the units add to the decision, None before that is known.
    """

    key, title = "maps", "Feature maps"
    help = "Output of every layer for a sample, a drawing or a letter of the page"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.layers: list[LayerOutput] = []
        self.close_up: tuple[int, int] | None = None
        self.blame: UnitAttribution | None = None
        self._units: tuple[UnitLayer, ...] = ()
        self._reader = DrawingReader(state)
        self._chances: NDArray[np.float32] = np.zeros(0, np.float32)
        self._field: PixelRect | None = None
        self._attribution = ProbeSchedule(self, "unit_attribution", _ASK_AGAIN)
        self._read = self._hovered = ""
        self._make_parts()
        self._assemble()
        state.selection.input_changed.connect(self._on_other)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        self.redraw_on(state.training.status_changed, themes().changed)
        self._on_restart()

    def _make_parts(self) -> None:
        self._scale = combo_box(
            tr("Scale"),
            tr("Full colour means the largest value of: each map, each layer, or all layers"),
            [tr("scale: map"), tr("scale: layer"), tr("scale: all layers")],
            changed=self.mark_dirty,
        )
        self._scale.setCurrentIndex(ColourRange.LAYER.value)
        self._contrast = tool_button(
            tr("Contrast"),
            tr("Emphasise small values: |x| becomes |x|^0.4 (C)"),
            toggled=self.mark_dirty,
        )
        stretch = add_shortcut(self, QAction(self), Qt.Key.Key_C)
        stretch.triggered.connect(self._contrast.toggle)
        self._each = tool_button(
            tr("Every step"),
            tr("Show every step instead of one picture per group of weights"),
            toggled=self._on_closed,
        )
        self._picture = ImageMosaic()
        self._picture.setMinimumWidth(88)
        self._picture.setAccessibleName(tr("The picture fed to the network"))
        self._picture.setToolTip(tr("Select one in Samples, draw it, or click a box of the page"))
        self._words = quiet(ElidedLabel())
        self._colours = ColourBar()
        self._flow = LayerOutputsView(enlarges=False)
        self._flow.hovered.connect(self._say)
        self._flow.pointed.connect(self._on_pointed)
        self._flow.picked.connect(self._open)
        self._close = MapCloseUp()
        self._close.pointed.connect(self._on_place)
        self._close.closed.connect(self._on_closed)
        self._close.top_activations_wanted.connect(self._on_top_activations)
        self.why = AttributionRow()
        self.why.changed.connect(self._attribution.renew)
        self.why.hovered.connect(self._say)
        self.why.picked.connect(self._on_attribution)

    def _assemble(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self._flow)
        self._stack.addWidget(self._close)
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.addLayout(flow(self._scale, self._contrast, self._each), 0, 0, 1, 2)
        grid.addWidget(self._picture, 1, 0)
        grid.addWidget(self._stack, 1, 1)
        grid.addWidget(self.why, 2, 0, 1, 2)
        grid.addLayout(hbox((self._words, 1), self._colours), 3, 0, 1, 2)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 5)
        self.fill(grid, margins=(10, 6, 10, 6))

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def _on_restart(self, *_: object) -> None:
        """Another network may have other layers and classes."""
        self._units = unit_layers(self.state.training.layout)
        self.why.set_classes(self.state.training.test.classes)
        self._on_closed()
        self._on_other()

    def _on_other(self) -> None:
        """Another picture."""
        self.blame = None
        self._field = None
        self._attribution.renew()

    def _on_weights(self) -> None:
        self._attribution.due = True
        self.follow()

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow the picture through the layers, and ask who decided."""
        state, looked = self.state, self.state.selection.input
        followed = self._reader.follow(looked.value)
        if followed is None:
            self._fallback.explain(tr("The maps appear as soon as training is ready."))
            return
        self._fallback.show_content()
        self._chances, layers = followed
        self.layers = layers if self._each.isChecked() else merge_layers(layers)
        self._show_picture()
        if self.close_up is not None and self.close_up[0] < len(self.layers):
            self._show_close(*self.close_up)
        else:
            self._flow.scale = ColourRange(max(self._scale.currentIndex(), 0))
            self._flow.stretched = self._contrast.isChecked()
            self._flow.show_layers(self.layers, state.training.test.classes)
            whole = self._flow.scale is ColourRange.ALL
            self._colours.set_level(self._flow.level if whole else None)
        self._show_attribution()

    def _show_picture(self) -> None:
        looked, classes, chances = (
            self.state.selection.input,
            self.state.training.test.classes,
            self._chances,
        )
        self._picture.setVisible(looked.value.ndim > 1)
        if looked.value.ndim > 1:
            self._picture.set_pictures(outlined_image(looked.value, self._field)[None], [])
        self._read = looked.caption
        if len(chances) == len(classes) and np.isfinite(chances).all():
            guess = int(chances.argmax())
            words = tr("{caption}, read as “{guess}” {sure}")
            sure = f"{chances[guess]:.1%}"
            self._read = words.format(caption=looked.caption, guess=classes[guess], sure=sure)
        self._say(self._hovered)

    def _say(self, text: str) -> None:
        """What lies under the pointer, else what the picture is and is read as."""
        self._hovered = text
        self._words.say(text or self._read)

    def _on_pointed(self, layer: int, tile: int, row: int, column: int) -> None:
        """What this number sees is outlined in the picture."""
        reach = self.layers[layer].reach if tile >= 0 and layer < len(self.layers) else None
        size = self.state.selection.input.value.shape
        seen = reach.field(row, column, (size[-2], size[-1])) if reach and len(size) > 1 else None
        self._outline(seen)

    def _on_place(self, row: int, column: int) -> None:
        assert self.close_up is not None
        layer, tile = self.close_up
        self._on_pointed(layer, tile, row, column)
        value = as_maps(self.layers[layer].values)[tile, row, column]
        words = tr("row {row}, column {column}: {value}")
        number = format_number(float(value), signed=True, zeros=True)
        self._say(words.format(row=row, column=column, value=number))

    def _outline(self, field: PixelRect | None) -> None:
        if field != self._field and self.state.selection.input.value.ndim > 1:
            self._field = field
            self._picture.set_pictures(
                outlined_image(self.state.selection.input.value, field)[None], []
            )

    # -- a close look -------------------------------------------------------------------------

    def _unit_of(self, layer: int, tile: int) -> Unit | None:
        """Which unit of the network a map is of; None where that cannot be told."""
        before = [one for one in self.layers[: layer + 1] if one.has_weights]
        path = before[-1].path.partition("#")[0] if before else ""
        here = next((one for one in self._units if one.path == path), None)
        values = self.layers[layer].values
        if here is None or self.layers[layer].inside or values.ndim == 2:
            return None
        count = len(values) if values.ndim == 3 else values.size
        return Unit(here.path, tile * here.units // count) if not count % here.units else None

    def _open(self, layer: int, tile: int) -> None:
        """Show a map large, and what its largest number sees."""
        self.close_up = layer, tile
        self._stack.setCurrentWidget(self._close)
        self._show_close(layer, tile)
        self._close.point_out()
        self._close.setFocus()

    def _show_close(self, layer: int, tile: int) -> None:
        values, unit = self.layers[layer].values, self._unit_of(layer, tile)
        numbers = as_maps(values)[tile]
        share = None
        blame = self.blame
        if unit is not None and blame is not None and unit.path == blame.path:
            share = blame.maps[unit.unit]
            share = share if share.shape == numbers.shape else None
        words = ", ".join(self.layers[layer].words)
        title = tr("map {tile} · {words}") if values.ndim > 1 else tr("{tile} · {words}")
        self._close.show_map(title.format(words=words, tile=tile), numbers, share)
        self._close.like.setEnabled(unit is not None)

    @Slot()
    def _on_closed(self, *_: object) -> None:
        self.close_up = None
        self._stack.setCurrentWidget(self._flow)
        self._outline(None)
        self._say("")
        self.mark_dirty()

    @Slot()
    def _on_top_activations(self) -> None:
        """Favourites and Weights, please, at this unit."""
        unit = self._unit_of(*self.close_up) if self.close_up is not None else None
        if unit is not None:
            self.state.selection.unit_inspected.emit(unit)

    # -- who decided --------------------------------------------------------------------------

    def _show_attribution(self) -> None:
        state, classes = self.state, self.state.training.test.classes
        if len(self._units) < 2 or not state.training.answers or not classes:
            self.why.setVisible(len(self._units) > 1 and bool(classes))
            return
        self.why.show()
        if len(self._chances) != len(classes) or not np.isfinite(self._chances).all():
            self.why.say(tr("Training diverged (weights are NaN)."))
            return
        target = self.why.target if self.why.target is not None else int(self._chances.argmax())
        runner_up = (
            self.why.runner_up if self.why.runner_up is not None else state.selection.input.label
        )
        if self.why.runner_up is None and runner_up == target:
            runner_up = None
        if runner_up == target:
            self.why.say(tr("Choose two different classes."))
            return
        question = {
            "picture": state.selection.input.value,
            "target": target,
            "runner_up": runner_up,
        }
        self._attribution.poll(question, self._take)
        if self.blame is not None:
            self.why.show_attribution(self.blame, classes)

    def _take(self, found: UnitAttribution) -> None:
        self.blame = found

    @Slot(int)
    def _on_attribution(self, unit: int) -> None:
        """A unit that decided is looked at closely."""
        if self.blame is None:
            return  # the row is of the picture before; the next answer is on its way
        path = self.blame.path
        for layer in range(len(self.layers) - 1, -1, -1):
            first = self._unit_of(layer, 0)
            if first is not None and first.path == path and not self.layers[layer].reshapes:
                self._open(layer, unit)
                return

    def numbers(self) -> NumberTable | None:
        """What every unit of every layer says to the picture."""
        if not self.layers:
            return None
        named = [
            (f"{number}: {', '.join(layer.words)}", [layer.values])
            for number, layer in enumerate(self.layers)
        ]
        return in_rows(named, ("value",))
