"""Computation graph of the network in training: collapsible modules, op times, gradient checks."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.formatting import MISSING, format_duration, format_number, tr_format
from core.inspect.graph.graph import shape_text
from core.inspect.graph.tape_graph import ArrayStats, TapeGraph, TapeNode
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.translation import tr
from hellodl_gui.features.autograd.gradient_check_row import GradientCheckRow
from hellodl_gui.features.autograd.graph_items import NodeContent
from hellodl_gui.features.autograd.graph_view import GraphView
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.focus_shortcuts import add_shortcut
from hellodl_gui.ui.layout.boxes import hbox, vbox_widget
from hellodl_gui.ui.layout.fallback import fill

_ROW = 88.0


def seconds(value: float | None) -> str:
    """“1.3 ms”; a dash where nothing was measured."""
    return MISSING if value is None else format_duration(value)


class NetworkGraphView(QWidget):
    """A click on a box chooses its parameter, C or the box's menu checks the gradient of that.

    Attributes: `tape`, what is shown; `opened`, what of it stands open; `view`, its graph; `strip`,
    where a gradient is checked.

    Signals: `wanted` another tape is to be fetched; `told(str)` what there is to be said.
    """

    wanted = Signal()
    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.tape: TapeGraph | None = None
        self.opened: tuple[str, ...] = ()
        self.view = GraphView(_ROW)
        self.view.opened.connect(self._on_opened)
        self.view.hovered.connect(self._on_hovered)
        self.view.clicked.connect(self._on_clicked)
        self.view.menu_wanted.connect(self._on_menu)
        self.strip = GradientCheckRow()
        self.strip.dropped.connect(self._draw)
        check = add_shortcut(self.view, QAction(self), Qt.Key.Key_C)
        check.triggered.connect(self._on_check)
        self.again = push_button(
            tr("Look again"),
            tr("Run one mini-batch through the current network, forward and backward"),
            self.wanted,
        )
        self.fold = push_button(
            tr("Collapse all"), tr("Collapse to one box per module"), self._on_fold
        )
        self.colours = combo_box(
            tr("What the colours show"),
            tr("Stronger colour: larger share of this time"),
            [tr("time"), tr("time forward"), tr("time backward")],
            activated=self._draw,
        )
        bar = hbox(self.again, self.fold, 1, self.colours)
        inner = vbox_widget((self.view, 1), self.strip, bar, spacing=6)
        self._fallback = fill(self, inner)
        self.explain(tr("The graph appears as soon as training is ready."))

    def explain(self, sentence: str) -> None:
        """There is no graph: say why."""
        self.tape = None
        self._fallback.explain(sentence)

    def forget(self) -> None:
        """Another network: nothing of it is open."""
        self.opened = ()
        self.strip.forget()

    def show_tape(self, tape: TapeGraph) -> None:
        """Show this; the same graph with other numbers stays where it is."""
        self.tape = tape
        self._fallback.show_content()
        self.view.show_graph([node.id for node in tape.nodes], tape.edges)
        self.strip.offer([held for node in tape.nodes for held in node.holds])
        self._draw()
        self._on_hovered(None)

    def show_check(self, found: WeightGradientCheck) -> None:
        """Tell how a check ended; the box that it is about is marked."""
        self.strip.show_found(found)
        self._draw()

    def _times(self) -> Mapping[int, float]:
        assert self.tape is not None
        time = ("seconds", "forward", "backward")[self.colours.currentIndex()]
        return {node.id: getattr(node, time) or 0.0 for node in self.tape.nodes}

    def _draw(self, *_: object) -> None:
        if self.tape is None:
            return
        times = self._times()
        most = max(times.values(), default=0.0) or 1.0
        looks = {}
        for node in self.tape.nodes:
            title = f"{node.label} {node.detail}" if node.kind == "module" else node.label
            third = [seconds(times[node.id])] if node.kind != "leaf" else []
            if self.strip.found is not None and self.strip.found.parameter in dict(node.holds):
                agrees = self.strip.found.agrees
                third.append(tr("✓ checked") if agrees else tr("✗ differs"))
            rows = (shape_text(node.shape), " · ".join(third))
            looks[node.id] = NodeContent(
                title,
                tuple((text, "quiet") for text in rows if text),
                node.kind,
                warmth=None if node.kind == "leaf" else times[node.id] / most,
            )
        self.view.dress(looks)
        self.fold.setEnabled(bool(self.opened))

    def node(self, id: int) -> TapeNode:
        """A box of the tape on show."""
        assert self.tape is not None
        return next(node for node in self.tape.nodes if node.id == id)

    def _on_fold(self) -> None:
        self.opened = ()
        self.wanted.emit()

    @Slot(int)
    def _on_opened(self, id: int) -> None:
        node = self.node(id)
        if node.opens:
            self.opened = (*self.opened, node.opens)
            self.fold.setEnabled(True)
        elif node.folds:
            inside = f"{node.folds}."
            self.opened = tuple(
                key for key in self.opened if key != node.folds and not key.startswith(inside)
            )
        else:
            self.told.emit(tr("There is nothing to open here."))
            return
        self.wanted.emit()

    # -- checking -----------------------------------------------------------------------------

    @Slot(int)
    def _on_clicked(self, id: int) -> None:
        """A parameter that is clicked can be checked at once."""
        names = [name for name, _ in self.node(id).holds]
        if names and self.strip.parameter.currentText() not in names:
            self.strip.choose(names[0])

    @Slot()
    def _on_check(self) -> None:
        """Check what the chosen box holds, or the last choice where none is chosen."""
        if self.tape is None:
            return
        if self.view.chosen is not None:
            if not self.node(self.view.chosen).holds:
                self.told.emit(tr("This box has no parameter to check."))
                return
            self._on_clicked(self.view.chosen)
        self.strip.check()

    def menu(self, id: int) -> QMenu:
        """What can be done with a box."""
        node = self.node(id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if node.opens:
            menu.addAction(tr("Open"), lambda: self._on_opened(id))
        elif node.folds:
            menu.addAction(tr("Collapse"), lambda: self._on_opened(id))
        menu.addSeparator()
        for name, _ in node.holds:
            text = tr_format("Check the gradient of {name}", name=name)
            menu.addAction(text, partial(self._check, name))
        return menu

    def _check(self, name: str) -> None:
        self.strip.choose(name)
        self.strip.check()

    @Slot(int, QPoint)
    def _on_menu(self, id: int, at: QPoint) -> None:
        menu = self.menu(id)
        if not menu.isEmpty():
            menu.popup(at)

    # -- words --------------------------------------------------------------------------------

    @Slot(object)
    def _on_hovered(self, id: int | None) -> None:
        if self.tape is None:
            return
        if id is not None:
            self.told.emit(self._words(self.node(id)))
            return
        self.told.emit(
            tr_format(
                "After mini-batch {step:,}: {samples} samples, loss {loss:4}, {time} forward and "
                "backward. Double-click a box to open it.",
                self.tape,
                time=seconds(sum(node.seconds for node in self.tape.nodes)),
            )
        )

    def _words(self, node: TapeNode) -> str:
        parts = [f"{node.label} {node.detail}".strip(), shape_text(node.shape)]
        if node.kind == "module" and node.ops:
            parts.append(", ".join(dict.fromkeys(node.ops)))
        if node.parameters:
            parts.append(tr_format("{parameters:,} parameters", node))
        if node.value is not None:
            parts.append(tr_format("values {stats}", stats=_stats(node.value)))
        if node.gradient is not None:
            parts.append(tr_format("gradient {stats}", stats=_stats(node.gradient)))
        if node.forward is not None:
            parts.append(f"{seconds(node.forward)} →, {seconds(node.backward)} ←")
        if node.holds:
            parts.append(tr("C: check its gradient"))
        if node.opens:
            parts.append(tr("double click: open"))
        elif node.folds:
            parts.append(tr("double click: collapse"))
        return " · ".join(parts)


def _stats(stats: ArrayStats) -> str:
    low, high = format_number(stats.low, 3), format_number(stats.high, 3)
    mean, spread = format_number(stats.mean, 2), format_number(stats.spread, 2)
    return f"{low} … {high}, {mean} ± {spread}, {stats.zeros:.0%} zeros"
