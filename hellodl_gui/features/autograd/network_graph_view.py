"""Computation graph of the network in training: collapsible modules, op times, gradient checks."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from core.formatting import MISSING, format_duration, format_number
from core.inspect.graph.graph import shape_text
from core.inspect.graph.tape_graph import ArrayStats, TapeGraph, TapeNode
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.translation import tr
from hellodl_gui.features.autograd.gradient_check_row import GradientCheckRow
from hellodl_gui.features.autograd.graph_items import NodeContent
from hellodl_gui.features.autograd.graph_view import GraphView
from hellodl_gui.ui.controls.focus_shortcuts import add_shortcut
from hellodl_gui.ui.controls.inputs import ComboBox
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
        self.again = QPushButton(tr("Look again"))
        self.again.setToolTip(
            tr("Run one mini-batch through the current network, forward and backward")
        )
        self.again.clicked.connect(self.wanted)
        self.fold = QPushButton(tr("Collapse all"))
        self.fold.setToolTip(tr("Collapse to one box per module"))
        self.fold.clicked.connect(self._on_fold)
        self.colours = ComboBox()
        self.colours.addItems([tr("time"), tr("time forward"), tr("time backward")])
        self.colours.setAccessibleName(tr("What the colours show"))
        self.colours.setToolTip(tr("Stronger colour: larger share of this time"))
        self.colours.activated.connect(self._draw)
        bar = QHBoxLayout()
        for part in (self.again, self.fold):
            bar.addWidget(part)
        bar.addStretch(1)
        bar.addWidget(self.colours)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        column.addWidget(self.strip)
        column.addLayout(bar)
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
        match self.colours.currentIndex():
            case 1:
                return {node.id: node.forward or 0.0 for node in self.tape.nodes}
            case 2:
                return {node.id: node.backward or 0.0 for node in self.tape.nodes}
            case _:
                return {node.id: node.seconds for node in self.tape.nodes}

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
            text = tr("Check the gradient of {name}").format(name=name)
            menu.addAction(text, lambda name=name: self._check(name))
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
        if id is None:
            tape = self.tape
            total = sum(node.seconds for node in tape.nodes)
            self.told.emit(
                tr(
                    "After mini-batch {step}: {samples} samples, loss {loss}, {time} forward and "
                    "backward. Double-click a box to open it."
                ).format(
                    step=f"{tape.step:,}",
                    samples=tape.samples,
                    loss=format_number(tape.loss),
                    time=seconds(total),
                )
            )
            return
        self.told.emit(self._words(self.node(id)))

    def _words(self, node: TapeNode) -> str:
        parts = [f"{node.label} {node.detail}".strip(), shape_text(node.shape)]
        if node.kind == "module" and node.ops:
            parts.append(", ".join(dict.fromkeys(node.ops)))
        if node.parameters:
            parts.append(tr("{count} parameters").format(count=f"{node.parameters:,}"))
        if node.value is not None:
            parts.append(tr("values {stats}").format(stats=_stats(node.value)))
        if node.gradient is not None:
            parts.append(tr("gradient {stats}").format(stats=_stats(node.gradient)))
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
