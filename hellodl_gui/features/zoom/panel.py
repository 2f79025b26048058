"""Zoom panel: from the network down to one multiplication, forward and backward."""

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSizeF, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSplitter

from core.formatting import tr_format
from core.inspect.zoom.chain_rule import ChainRuleTerms, WeightGradientCheck
from core.inspect.zoom.forward_backward import NetworkPass
from core.inspect.zoom.source_code import check_source, network_source, op_formula, op_source
from core.translation import tr
from hellodl_gui.features.zoom.breadcrumbs import Breadcrumbs
from hellodl_gui.features.zoom.layer_scenes import SUMS
from hellodl_gui.features.zoom.number_scenes import scene
from hellodl_gui.features.zoom.scene_names import describe_place, place_name
from hellodl_gui.features.zoom.source_pane import FormulaLine, SourcePane
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_view import Address, ZoomView
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.render_mode import TOOL
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.buttons import push_button, tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox_widget
from hellodl_gui.ui.layout.fallback import fill
from hellodl_gui.ui.number_export import NumberTable, layer_outputs_table
from hellodl_gui.ui.panel import Panel

_EVERY = 0.2  # seconds between two questions while training goes on
_BATCH = 64
_WIDE = 880  # pixels: from here on there is room for the source beside the picture


class ZoomPanel(Panel):
    """Network → layer → kernel → pixel, with formula and source; backward to a weight's terms.

    Attributes: `found`, what is looked at; `terms` and `check` of the weight that is open;
    `view`, the picture, and `op_source`, the lines beside it.
    """

    key, title = "zoom", "Zoom"
    help = "Turn the wheel or double-click to zoom from the network to a single multiplication."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.found: NetworkPass | None = None
        self.terms: ChainRuleTerms | None = None
        self.check: WeightGradientCheck | None = None
        self._backward = False
        self._wants_source: bool | None = None
        self._turn = 0
        self._asked: dict[str, int] = {}  # the last question of each kind
        self._due: set[str] = set()
        self._next = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.mark_dirty)
        self.view = ZoomView(self._canvas)
        self.view.moved.connect(self._on_moved)
        self.view.hovered.connect(self._on_hovered)
        self._breadcrumbs = Breadcrumbs()
        self._breadcrumbs.chosen.connect(lambda level: self.view.go(self.view.address[:level]))
        self.source = SourcePane()
        self._formula = FormulaLine()
        self._outcome = ElidedLabel()
        self._words = quiet(ElidedLabel())
        self._words.setProperty(TOOL, True)
        self._batch = combo_box(
            tr("Samples"),
            tr("Samples the gradient is averaged over: this picture, or it and the next 63"),
            [(tr("this picture"), 1), (tr_format("mini-batch of {n}", n=_BATCH), _BATCH)],
            changed=self._on_weight,
        )
        self._check = push_button(
            tr("Check"),
            tr("Nudge this weight in float64: does the loss change as the gradient says?"),
            self._on_check,
        )
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.view)
        splitter.addWidget(self.source)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([640, 340])
        splitter.setChildrenCollapsible(False)
        below = (self._formula, 1), (self._outcome, 1), self._batch, self._check
        inner = vbox_widget(
            self._bar(),
            (splitter, 1),
            hbox(*below, spacing=6),
            hbox((self._words, 1), ColourBar()),
            margins=(10, 6, 10, 8),
            spacing=4,
        )
        self._fallback = fill(self, inner)
        self._connect(state)
        self._place_source()
        self._on_restart()

    def _connect(self, state: LabState) -> None:
        state.selection.input_changed.connect(self._on_other)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.status_changed.connect(self.mark_dirty)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        themes().changed.connect(self._show_anew)

    def _bar(self) -> QHBoxLayout:
        ways = (
            (tr("Forward"), tr("How the outputs are computed")),
            (tr("Backward"), tr("How the gradient of the loss is computed")),
        )
        self._ways = QButtonGroup(self)
        for number, (text, tip) in enumerate(ways):
            button = tool_button(text, tip)
            button.setCheckable(True)
            button.setChecked(number == 0)
            self._ways.addButton(button, number)
        self._ways.idToggled.connect(self._on_way)
        self._reads = tool_button(tr("Source"), tr("Source code that computes this"))
        self._reads.setCheckable(True)
        self._reads.clicked.connect(self._on_reads)
        buttons = *self._ways.buttons(), self._reads
        return hbox((self._breadcrumbs, 1), *buttons, spacing=6)

    @property
    def formula(self) -> str:
        """What stands below the picture."""
        return self._outcome.text() if self._formula.isHidden() else self._formula.text()

    # -- what is asked ------------------------------------------------------------------------

    @Slot()
    def _on_restart(self, *_: object) -> None:
        """Another network may have other layers."""
        self.found = None
        self.view.go((), at_once=True)
        self._on_other()

    def _on_other(self, *_: object) -> None:
        """Another picture: older answers are of no use."""
        self._forget()
        self._due = {"forward_backward"}
        self._on_weights()

    def _forget(self) -> None:
        self._turn += 1
        self._next = 0.0
        self.terms = self.check = None

    def _on_weights(self, *_: object) -> None:
        self._due.add("forward_backward")
        if self._weight() is not None:
            self._due.add("chain_rule")
        self.mark_dirty()

    def _on_weight(self, *_: object) -> None:
        """Another weight, or other samples."""
        self._forget()
        self.view.renew()
        self._on_weights()

    def _weight(self) -> tuple[str, tuple[int, ...]] | None:
        """Parameter and place of the weight that is open, if one is."""
        address = self.view.address
        if not self._backward or len(address) < 3 or self.found is None:
            return None
        place: tuple[Any, ...]
        match address:
            case (int() as number, int() as index, ("b",)):
                name, place = "bias", (index,)
            case (int() as number, int() as index, ("w", *rest)):
                name, place = "weight", (index, *rest)
            case _:
                return None
        path = self.found.stages[number].path.partition("#")[0]
        return (f"{path}.{name}" if path else name), place

    def _question(self) -> dict[str, Any] | None:
        """The weight that is open, the picture looked at, and the samples after the selected one.

        What nobody named counts as the network's own guess, as everywhere in this panel.
        """
        weight = self._weight()
        if weight is None or self.found is None:
            return None
        test, looked = self.state.training.test, self.state.selection.input
        count = min(int(self._batch.currentData()), len(test))
        numbers = (self.state.selection.sample + np.arange(1, count)) % max(len(test), 1)
        return {
            "images": np.concatenate((looked.value[None], test.inputs[numbers])),
            "labels": self._targets(numbers),
            "parameter": weight[0],
            "index": weight[1],
        }

    def _target(self) -> Any:
        """What the sample looked at should be; None where nobody knows."""
        looked, test = self.state.selection.input, self.state.training.test
        if test.classes or test.targets is None or not looked.from_data:
            return looked.label
        return np.asarray(test.targets[self.state.selection.sample])

    def _targets(self, numbers: NDArray[np.intp]) -> NDArray[Any] | None:
        """Those of the sample looked at and of others; its class may be the network's guess."""
        targets = self.state.training.test.targets
        own = self._target()
        if own is None and self.found is not None and self.found.label >= 0:
            own = self.found.label
        if targets is None or own is None:
            return None
        return np.concatenate((np.asarray(own, targets.dtype)[None], targets[numbers]))

    def _ask(self) -> None:
        """What is due, unless it was asked lately; one question of a kind at a time.

        While somebody draws there would be a new one with every move of the pen.
        """
        wait = self._next - time.perf_counter()
        if self.state.training.status is Status.PLAYING and wait > 0:
            if not self._timer.isActive():
                self._timer.start(int(1000 * wait) + 1)
            return
        for probe in sorted(self._due, reverse=True):
            if self.state.probes.waits_for(self._asked.get(probe, 0)):
                continue
            self._due.discard(probe)
            arguments = self._question()
            if probe == "forward_backward":
                sample = self.state.selection.input.value
                arguments = {"picture": sample, "label": self._target()}
            if arguments is None:
                continue
            self._next = time.perf_counter() + _EVERY
            then = partial(self._take, probe, self._turn)
            self._asked[probe] = self.state.probes.ask(probe, arguments, then)

    def _take(self, probe: str, turn: int, answer: Any) -> None:
        if turn != self._turn:
            self.mark_dirty()  # what is due could not be asked until now
            return
        match probe:
            case "forward_backward":
                self.found = answer
            case "chain_rule":
                self.terms = answer
            case _:
                self.check = answer
                self.source.show_source(check_source())
        self._show_anew()

    @Slot()
    def _on_check(self) -> None:
        """Compare the weight that is open with a difference quotient."""
        arguments = self._question()
        if arguments is not None and self.state.training.answers:
            take = partial(self._take, "gradient_check", self._turn)
            self.state.probes.ask("gradient_check", arguments, take)

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is due; say where one is."""
        if self.state.timeline.weights is None:
            self._fallback.explain(tr("The zoom starts as soon as training is ready."))
            return
        if self.state.training.answers:
            self._ask()
        if self.found is None:
            self._fallback.explain(tr("Running the sample through the network…"))
            return
        self._fallback.show_content()
        self._say()

    def _look(self) -> ZoomInput:
        assert self.found is not None
        return ZoomInput(
            self.found, self.state.training.test.classes, self._backward, self.terms, self.check,
            float(self.fontInfo().pixelSize()),
        )  # fmt: skip

    def _canvas(self, address: Address, size: QSizeF) -> ZoomCanvas:
        """One level, for the view."""
        if self.found is None:
            return ZoomCanvas(size, 12.0)
        return scene(self._look(), address, size)

    def _say(self) -> None:
        """Breadcrumbs, formula, source and words of the place one is at."""
        assert self.found is not None
        address = self.view.address
        look = self._look()
        names = [place_name(look, address[: i + 1]) for i in range(len(address))]
        self._breadcrumbs.show_words([tr("Network"), *names])
        open_weight = self._weight() is not None
        self._batch.setVisible(open_weight)
        self._check.setVisible(open_weight)
        self._formula.setVisible(bool(address))
        self._outcome.setVisible(not address)
        if address and isinstance(address[0], int):
            op = self.found.stages[address[0]].op
            self._formula.show_formula(op_formula(op, self._backward))
            if self.check is None:
                self.source.show_source(op_source(op, self._backward))
        else:
            self._outcome.say(self.view.canvas(()).words)
            self.source.show_source(network_source(self._backward))
        self._on_hovered(None)

    def _on_moved(self) -> None:
        self.terms = self.check = None
        if self._weight() is not None:
            self._on_weight()
        self.mark_dirty()

    def _on_hovered(self, address: Address | None) -> None:
        if self.found is None:
            return
        text = tr("Wheel, double click or +: in; − or Backspace: out; arrows: select")
        self._words.say(text if address is None else describe_place(self._look(), address))

    def _on_way(self, way: int, chosen: bool) -> None:
        if not chosen:
            return
        self._backward = way == 1
        address = self.view.address
        self.terms = self.check = None
        if len(address) == 3 and self.found is not None:
            number = address[0]
            if isinstance(number, int) and self.found.stages[number].op in SUMS:
                self.view.go(address[:2], at_once=True)
        self._show_anew()

    def _show_anew(self, *_: object) -> None:
        self.view.renew()
        self.mark_dirty()

    def _on_reads(self, wanted: bool) -> None:
        self._wants_source = wanted
        self._place_source()

    def _place_source(self) -> None:
        """Beside the picture where there is room, or where it is wanted."""
        wide = self.width() >= _WIDE
        shown = wide if self._wants_source is None else self._wants_source
        self._reads.setChecked(shown)
        self.source.setVisible(shown)

    def numbers(self) -> NumberTable | None:
        """What every stage hands on, and the slope of the loss by it."""
        return layer_outputs_table(self.found) if self.found is not None else None

    def close_down(self) -> None:
        """Stop requests and animation; called on exit."""
        self._timer.stop()
        self.view.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room."""
        super().resizeEvent(event)
        self._place_source()
