"""Weights panel: all kernels of a layer as values, gradients or change since the start."""

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout

from core.formatting import format_number
from core.inspect.units import unit_layers
from core.inspect.weights.weight_tiles import WeightTiles, weight_tiles
from core.optim.clip_grad import row_norms
from core.translation import tr
from hellodl_gui.features.weights.initial_weights import InitialWeights
from hellodl_gui.features.weights.kernel_atlas import KernelAtlas
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights
from hellodl_gui.state.selection import Unit
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.lookup_table import robust_max
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_VALUES, _GRADIENTS, _CHANGE = range(3)
_EACH, _LAYER, _ALL, _RUN = range(4)
_BY_NUMBER, _BY_NORM, _BY_CHANGE, _BY_USE = range(4)
_STEADY = 1.0  # seconds for which an order stays: one that changes all the time cannot be read
_NARROW = 280  # pixels that two choices in a row need
_SHARES = 4, 3, 3, 2  # of a row: what the choices have to say differs in length
_WIDE = 560  # pixels from which all choices stand in one row

Vector = NDArray[np.float32]


class WeightsPanel(Panel):
    """Choose a layer, what of it to see, by which scale and order; hover for numbers, click for a
    close look. The unit that was clicked last is remembered for each layer.

    Attributes: `atlas`.
    """

    key, title = "weights", "Weights"
    help = "Orange is positive, blue negative, the background zero. A click enlarges a kernel."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._shown: list[WeightTiles] = []
        self._beginning = InitialWeights(state)
        self._marked: dict[str, int] = {}
        self._used: Mapping[str, Vector] | None = None
        self._asked = False
        self._sorted: NDArray[np.intp] = np.zeros(0, np.intp)
        self._sorted_at = 0.0
        self._hover = ""
        self._make_parts()
        self._assemble()
        self.redraw_on(state.timeline.weights_changed)
        state.timeline.moment_changed.connect(self._forget_use)
        state.training.restarted.connect(self._on_restart)
        state.selection.unit_inspected.connect(self._on_unit_wanted)
        self._on_restart()

    def _make_parts(self) -> None:
        self._layer = self._combo(tr("Layer"), tr("Which layer's weights to look at"))
        self._what = self._combo(
            tr("What to show"),
            tr("The weights, the last gradient, or how the weights moved since the start"),
            tr("values"), tr("gradients"), tr("change since start"),
        )  # fmt: skip
        self._scale = self._combo(
            tr("Scale"),
            tr(
                "Full colour means the largest value of: each kernel, this layer, or all "
                    "layers; or of this layer at the start and now, so that colours can be "
                    "compared over the whole run"
            ),
            tr("scale: kernel"), tr("scale: layer"), tr("scale: all layers"),
            tr("scale: whole run"),
        )  # fmt: skip
        self._scale.setCurrentIndex(_LAYER)
        self._order = self._combo(
            tr("Order"),
            tr(
                "By number, or largest first: by norm √Σw², by the norm of the change "
                    "since the start, or by the mean output for 256 test pictures"
            ),
            tr("by number"), tr("by norm"), tr("by change"), tr("by use"),
        )  # fmt: skip
        self.atlas = KernelAtlas()
        self.atlas.hovered.connect(self._on_hover)
        self.atlas.unit_picked.connect(self._on_unit)
        self._readout = quiet(ElidedLabel())
        self._colours = ColourBar()

    def _combo(self, name: str, tip: str, *choices: str) -> ComboBox:
        return combo_box(name, tip, choices, changed=self._on_choice, least=6, elided=True)

    def _assemble(self) -> None:
        self._bar = QGridLayout()
        self._bar.setContentsMargins(10, 6, 10, 0)
        self._bar.setSpacing(4)
        foot = hbox((self._readout, 1), self._colours, margins=(12, 0, 12, 0))
        self.fill(self._bar, (self.atlas, 1), foot, margins=(0, 0, 0, 6), spacing=2)
        self._across = 0
        self._place_bar()

    def _place_bar(self) -> None:
        """One row of choices, or two where it is narrow."""
        across = 4 if self.width() >= _WIDE else 2
        if across == self._across:
            return
        self._across = across
        for place, combo in enumerate((self._layer, self._what, self._scale, self._order)):
            self._bar.addWidget(combo, *divmod(place, across))
        for number in range(4):
            self._bar.setColumnStretch(number, _SHARES[number] if across == 4 else number < across)

    def minimumSizeHint(self) -> QSize:
        """That of two choices in a row, however many stand there now."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _NARROW), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the bar for the new width."""
        super().resizeEvent(event)
        self._place_bar()

    # -- what is chosen -----------------------------------------------------------------------

    @Slot()
    def _on_restart(self) -> None:
        shown = weight_tiles(self.state.training.layout, self.state.training.test.spec.shape)
        if shown != self._shown:
            self._shown, self._marked = shown, {}
            replace_items(self._layer, [f"{p.title} · {p.parameter}" for p in shown])
        self._layer.setEnabled(len(shown) > 1)
        self._forget_use()
        self._on_choice()

    def _forget_use(self) -> None:
        """It was that of other weights."""
        self._used, self._asked, self._sorted_at = None, False, 0.0
        self.mark_dirty()

    def _on_choice(self, *_: object) -> None:
        if not self._shown:
            return
        if self.sender() is self._order:
            self._forget_use()
        self._sorted_at = 0.0
        self.atlas.enlarged = None
        self.atlas.forget_level()
        self.atlas.mark(self._marked.get(self._here().parameter))
        self.mark_dirty()

    def _here(self) -> WeightTiles:
        return self._shown[max(self._layer.currentIndex(), 0)]

    def _on_unit(self, unit: int) -> None:
        self._marked[self._here().parameter] = unit
        self.atlas.mark(unit)

    def _on_unit_wanted(self, unit: Unit) -> None:
        """Somebody asks where a unit's weights are."""
        layers = unit_layers(self.state.training.layout)
        own = next((layer.weight for layer in layers if layer.path == unit.path), "")
        for place, picture in enumerate(self._shown):
            if picture.parameter == own:
                self._marked[picture.parameter] = unit.unit
                self._layer.setCurrentIndex(place)
                self.atlas.mark(unit.unit)

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the chosen layer."""
        weights = self.state.timeline.weights
        if weights is None or not self._shown:
            self._fallback.explain(tr("The weights appear as soon as training is ready."))
            return
        whole_run = self._scale.currentIndex() == _RUN
        if whole_run or _CHANGE in (self._what.currentIndex(), self._order.currentIndex() - 1):
            self._beginning.poll()
            if self._beginning.pending:
                self._sorted_at = 0.0
                self.mark_dirty()
        vector = self._vector(weights)
        if vector is None:
            self._fallback.explain(tr("Loading the start of this run …"))
            return
        if self._what.currentIndex() == _GRADIENTS and np.isnan(vector[:1]).any():
            self._fallback.explain(
                tr(
                    "Gradients of past moments are not kept. Traces and Histograms show "
                    "those that were recorded."
                ),
                tr("Back to live"),
                lambda: self.state.timeline.seek(None),
            )
            return
        self._fallback.show_content()
        picture, atlas = self._here(), self.atlas
        tiles = picture.units(vector, weights.layout)
        atlas.one = picture.one if picture.one != "matrix" else tr("neuron")
        atlas.each = self._scale.currentIndex() == _EACH
        atlas.calm = self._what.currentIndex() == _GRADIENTS
        atlas.fixed = self._fixed(vector, weights)
        now = time.monotonic()
        steady = now - self._sorted_at < _STEADY or atlas.enlarged is not None
        if not steady or len(self._sorted) != len(tiles):
            self._sorted, self._sorted_at = self._order_of(picture, weights), now
        atlas.set_kernels(tiles, self._sorted, picture.coloured)
        self._colours.set_level(None if atlas.each else atlas.level)
        self._readout.say(self._hover or self._summary(tiles))

    def _order_of(self, picture: WeightTiles, weights: Weights) -> NDArray[np.intp]:
        """The units in the order that was chosen; by number while that is not known."""
        own = weights.layout.views(weights.theta)[picture.parameter]
        rank: NDArray[np.floating] | None = None
        order, began = self._order.currentIndex(), self._beginning.weights
        if order == _BY_NORM:
            rank = row_norms(own)
        elif order == _BY_CHANGE and began is not None:
            rank = row_norms(own - weights.layout.views(began[1])[picture.parameter])
        elif order == _BY_USE:
            self._ask_use()
            rank = (self._used or {}).get(picture.parameter.removesuffix(".weight"))
        if rank is None or len(rank) != len(own):  # rows of a matrix may be no units
            return np.arange(len(own))
        return np.argsort(-np.nan_to_num(rank), kind="stable")

    def _ask_use(self) -> None:
        """Once for each choice and moment."""
        if not self._asked and self.state.training.answers:
            self._asked = True

            def take(found: Mapping[str, Vector]) -> None:
                self._used, self._sorted_at = found, 0.0
                self.mark_dirty()

            def otherwise(ended: bool) -> None:
                self._asked = self._asked and not ended

            self.state.probes.ask("mean_activations", {}, take, otherwise)

    def _fixed(self, vector: Vector, weights: Weights) -> float | None:
        """The magnitude that has the full colour, where this moment's layer does not tell it."""
        scale, views = self._scale.currentIndex(), weights.layout.views(vector)
        if scale == _ALL:
            return max(robust_max(views[picture.parameter]) for picture in self._shown)
        if scale == _RUN and self._what.currentIndex() != _GRADIENTS:
            return self._largest_of_run(vector, weights)
        return None

    def _largest_of_run(self, vector: Vector, weights: Weights) -> float:
        """Of the chosen layer at the start and now, whatever moment is shown."""
        began, live = self._beginning.weights, self.state.timeline.live_weights
        ends = [vector] if began is None and live is None else []
        change = self._what.currentIndex() == _CHANGE
        for theta in (began[1] if began else None, live.theta if live else None):
            if theta is not None and theta.shape == vector.shape:
                ends.append(theta - began[1] if change and began else theta)
        parameter = self._here().parameter
        return max((robust_max(weights.layout.views(end)[parameter]) for end in ends), default=0.0)

    def _vector(self, weights: Weights) -> Vector | None:
        """What is shown of all parameters (P,); None while it is being looked up."""
        what, began = self._what.currentIndex(), self._beginning.weights
        if what == _GRADIENTS:
            return weights.grad
        if what == _CHANGE:
            return weights.theta - began[1] if began is not None else None
        return weights.theta

    def _summary(self, tiles: Vector) -> str:
        since, began = "", self._beginning.weights
        if self._what.currentIndex() == _CHANGE and began is not None:
            since = tr("since step {step}: ").format(step=f"{began[0]:,}")
        said = tr("{low} to {high}").format(
            low=format_number(float(tiles.min()), 3, signed=True, zeros=True),
            high=format_number(float(tiles.max()), 3, signed=True, zeros=True),
        )
        return since + said

    def _on_hover(self, text: str) -> None:
        self._hover = text
        if text:
            self._readout.say(text)

    # -- for others ---------------------------------------------------------------------------

    def numbers(self) -> NumberTable | None:
        """A line for each tile of the chosen layer, a column for each of its places."""
        weights = self.state.timeline.weights
        vector = self._vector(weights) if weights is not None and self._shown else None
        if weights is None or vector is None:
            return None
        picture = self._here()
        tiles = picture.pictures(vector, weights.layout)
        places = [f"{row}:{column}" for row, column in np.ndindex(tiles.shape[1:])]
        columns = tiles.reshape(len(tiles), -1).T
        return NumberTable((picture.one, *places), [np.arange(len(tiles)), *columns])

    def close_down(self) -> None:
        """End the reader's thread."""
        self._beginning.close()
