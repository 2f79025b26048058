"""Autograd panel (chapter 3): a formula's computation graph, and the network's."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QToolButton

from core.formatting import tr_format
from core.inspect.graph.tape_graph import TapeGraph
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.io.atomic_write import write_atomic
from core.translation import tr
from hellodl_gui.features.autograd.formula_editor import FormulaEditor
from hellodl_gui.features.autograd.graph_export import png_of, svg_of
from hellodl_gui.features.autograd.graph_view import GraphView
from hellodl_gui.features.autograd.network_graph_view import NetworkGraphView
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.inputs import TabBar
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.dialogs.file_dialog import ask_save
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.panel import Panel

_FORMULA, _NETWORK = range(2)
_LOOKS_EVERY = 200  # ms between two looks at whether a check is still under way


class AutogradPanel(Panel):
    """A formula to step through, or the graph of this chapter's network.

    Attributes: `formula` and `network`, its two desks.
    """

    key, title = "autograd", "Autograd"
    help = "A computation as a graph: values forward, gradients back"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._asked: object = None
        self._fresh = False
        self.formula = FormulaEditor()
        self.network = NetworkGraphView()
        self.tabs = TabBar()
        self.tabs.addTab(tr("A formula"))
        self.tabs.addTab(tr("This network"))
        self.tabs.setExpanding(False)
        self.tabs.currentChanged.connect(self._on_tab)
        self._fit = self._tool(tr("Show the whole graph (0)"))
        self._fit.clicked.connect(lambda: self.view.fit())
        self._export = self._tool(tr("Save the graph as a picture"))
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._export)
        menu.addAction(tr("Drawing (*.svg)…"), lambda: self._ask_where(".svg"))
        menu.addAction(tr("Picture (*.png)…"), lambda: self._ask_where(".png"))
        self._export.setMenu(menu)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.formula)
        self._stack.addWidget(self.network)
        self.words = quiet(QLabel())
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setMinimumHeight(self.fontMetrics().lineSpacing() * 2 + 2)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        bar = hbox(self.tabs, 1, self._fit, self._export)
        vbox(bar, (self._stack, 1), self.words, margins=(10, 2, 10, 6), spacing=6, on=self)
        self.formula.told.connect(lambda text: self._on_told(_FORMULA, text))
        self.network.told.connect(lambda text: self._on_told(_NETWORK, text))
        self.network.wanted.connect(self._on_wanted)
        self._checks = 0  # answers to older ones are dropped
        self._question = 0
        self._watch = QTimer(self)
        self._watch.setInterval(_LOOKS_EVERY)
        self._watch.timeout.connect(self._on_watch)
        self.network.strip.wanted.connect(self._on_check_wanted)
        self.network.strip.dropped.connect(self._watch.stop)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(lambda *_: self.network.forget())
        state.training.status_changed.connect(self.mark_dirty)
        themes().changed.connect(self._on_theme)
        self._on_theme()
        self.formula.step(0)

    def sizeHint(self) -> QSize:
        """Room for a graph."""
        return QSize(520, 420)

    def _tool(self, tip: str) -> QToolButton:
        button = tool_button("", tip)
        button.setProperty("flat", True)
        return button

    def _on_theme(self, *_: object) -> None:
        self._fit.setIcon(icon("fit", themes().theme.quiet))
        self._export.setIcon(icon("export", themes().theme.quiet))

    @property
    def view(self) -> GraphView:
        """The graph on show."""
        return self.network.view if self.tabs.currentIndex() == _NETWORK else self.formula.view

    def close_down(self) -> None:
        """Stop playing and watching."""
        self.formula.stop()
        self._watch.stop()

    # -- which graph --------------------------------------------------------------------------

    def _on_tab(self, index: int) -> None:
        self.formula.stop()
        self._stack.setCurrentIndex(index)
        self.words.clear()
        if index == _FORMULA:
            self.formula.step(0)
        elif self.network.tape is not None:
            self.network.show_tape(self.network.tape)
        self.mark_dirty()

    def _on_told(self, index: int, text: str) -> None:
        if self.tabs.currentIndex() == index:
            self.words.setText(text)
            self.view.setAccessibleDescription(text)

    def _on_restart(self) -> None:
        self._asked = None
        self._fresh = False
        self.network.strip.forget()
        self.network.explain(tr("The graph appears as soon as training is ready."))
        self.mark_dirty()

    def _on_wanted(self) -> None:
        self._fresh = False
        self._asked = None
        self.mark_dirty()

    def refresh(self) -> None:
        """Ask for the network's graph where it is on show and not there yet."""
        if self.tabs.currentIndex() != _NETWORK or self._fresh or not self.state.training.answers:
            return
        question = (self.state.training.run_id, self.network.opened)
        if self._asked == question:
            return
        self._asked = question

        def take(tape: TapeGraph) -> None:
            if self._asked == question:
                self._asked = None
                self._fresh = True
                self.network.show_tape(tape)

        def otherwise(ended: bool) -> None:
            if ended and self._asked == question:
                self._asked = None

        self.state.probes.ask("tape_graph", {"opened": self.network.opened}, take, otherwise)

    # -- checking a gradient ------------------------------------------------------------------

    def _on_check_wanted(self, parameter: str, index: tuple[int, ...] | None) -> None:
        """The training process compares; the window only waits for what it finds."""
        if not self.state.training.answers:
            self.network.strip.give_up(tr("Training is not ready yet."))
            return
        self._checks += 1
        turn = self._checks

        def take(found: WeightGradientCheck) -> None:
            if turn == self._checks and self.network.strip.waiting:
                self._watch.stop()
                self.network.show_check(found)

        arguments = {"parameter": parameter, "index": index}
        self._question = self.state.probes.ask("gradient_check", arguments, take)
        if self.network.strip.waiting:
            self._watch.start()

    def _on_watch(self) -> None:
        if self.state.probes.waits_for(self._question):
            self.network.strip.tell_time()
            return
        self._watch.stop()
        self.network.strip.give_up(tr("The training process did not answer."))

    # -- keeping ------------------------------------------------------------------------------

    def _ask_where(self, ending: str) -> None:
        path = ask_save(self, tr("Save the graph"), "graph", f"graph{ending}", f"(*{ending})")
        if path is not None:
            if path.suffix.lower() != ending:
                path = path.with_name(path.name + ending)
            self.export(path)

    def export(self, path: Path) -> None:
        """Write the graph on show, as a drawing or a picture by the file's ending."""
        view = self.view
        data = svg_of(view) if path.suffix.lower() == ".svg" else png_of(view)
        try:
            write_atomic(path, data)
        except OSError as error:
            words = "{path} could not be written: {reason}."
            told = tr_format(words, path=path, reason=error.strerror)
            self.state.messages.notify("error", told)
            return
        self.state.messages.notify("info", tr_format("Graph saved to {path}.", path=path))
