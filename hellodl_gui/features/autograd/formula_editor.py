"""Formula editor: a formula, its computation graph, and buttons for forward and backward passes."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from core.formatting import format_number as number
from core.formatting import tr_format
from core.inspect.teach.formula import CONSTANTS, FUNCTIONS, DerivativeCheck, FormulaError
from core.inspect.teach.step_through import EXAMPLES
from core.translation import tr
from hellodl_gui.features.autograd.formula_run import FormulaRun
from hellodl_gui.features.autograd.formula_text import (
    check_text,
    local_words,
    moment_text,
    place_text,
)
from hellodl_gui.features.autograd.graph_items import EdgeContent, NodeContent
from hellodl_gui.features.autograd.graph_view import GraphView
from hellodl_gui.features.autograd.variable_box import VariableBox, columns_for
from hellodl_gui.theming.render_mode import CONTENT
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import Act, push_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.layout.boxes import flow, hbox, vbox
from hellodl_gui.ui.layout.flow_layout import FlowLayout

_ROW = 112.0
_BEAT_MS = 900


class FormulaEditor(QWidget):
    """Attributes: `run`, the formula and its progress; `view`, its graph.

    Signals: `told(str)` what just happened, in a sentence.
    """

    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        first = EXAMPLES[0]
        self.run = FormulaRun(first.text, first.values)
        self._checks: dict[str, DerivativeCheck] = {}
        self._boxes: list[VariableBox] = []
        self._meant = ""
        self._play = QTimer(self)
        self._play.setInterval(_BEAT_MS)
        self._play.timeout.connect(self._on_beat)
        self.view = GraphView(_ROW)
        self.view.stepped.connect(self.step)
        self.view.space_tapped.connect(self.toggle_play)
        self.view.clicked.connect(self._on_clicked)
        self.view.hovered.connect(self._on_hovered)
        line = self._make_line()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        vbox(
            line,
            hbox((self._wrong, 1), self.correct),
            self._grid,
            (self.view, 1),
            self._make_buttons(),
            spacing=6,
            on=self,
        )
        themes().changed.connect(self._draw)
        self._make_boxes()
        self._draw()

    # -- assembly -----------------------------------------------------------------------------

    def _make_line(self) -> QHBoxLayout:
        self.line = QLineEdit(self.run.formula.text)
        self.line.setProperty(CONTENT, True)  # what the graph is of
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(15)
        self.line.setFont(font)
        self.line.setAccessibleName(tr("Formula"))
        self.line.setToolTip(
            tr_format(
                "Numbers, names, + − * / **, brackets, and: {functions}. {constants} are numbers.",
                functions=", ".join(FUNCTIONS),
                constants=", ".join(CONSTANTS),
            )
        )
        self.line.textEdited.connect(self._on_typed)
        self.line.returnPressed.connect(self.view.setFocus)
        self._wrong = QLabel()
        self._wrong.setProperty("role", "wrong")
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        self.correct = push_button("", tr("Use the suggested formula"), self._on_correct)
        self.correct.setAccessibleName(self.correct.toolTip())
        self.correct.hide()
        self.examples = combo_box(
            tr("Examples"),
            tr("Example formulas of the chapter"),
            [tr(example.title) for example in EXAMPLES],
            activated=self._on_example,
            least=8,
        )
        self._result = QLabel()
        return hbox(self._result, (self.line, 3), (self.examples, 1))

    def _make_buttons(self) -> FlowLayout:
        def button(text: str, tip: str, act: Act) -> QPushButton:
            made = push_button(text, tip, act)
            made.setAccessibleName(tip)
            return made

        self.forward = button(
            tr("Forward"), tr("Compute every value"), lambda: self._do(self.run.forward)
        )
        self.backward = button(
            tr("Backward"),
            tr("Backward pass from y: adds to all gradients; without Zero they add up again"),
            lambda: self._do(self.run.backward),
        )
        self.zero = button(tr("Zero"), tr("Set all gradients to zero"), self._on_zero)
        self.back = button("◀", tr("One step back (Left)"), lambda: self.step(-1))
        self.on = button("▶", tr("One step on (Right)"), lambda: self.step(1))
        self.play = button(
            tr("Animate"), tr("Step automatically (Space in the graph)"), self.toggle_play
        )
        self.mode = combo_box(
            tr("When values are computed"),
            tr(
                "<b>Eager</b>: each value is computed at once, as the formula is "
                "read.<br><b>Lazy</b>: reading only builds the graph; values appear on "
                "Forward and disappear at every change."
            ),
            [tr("eager"), tr("lazy")],
            activated=lambda index: self._do(partial(self.run.set_eager, index == 0)),
        )
        return flow(
            self.forward, self.backward, self.zero, self.back, self.on, self.play, self.mode
        )

    def _make_boxes(self) -> None:
        for box in self._boxes:
            self._grid.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes = []
        for name, value in self.run.values.items():
            box = VariableBox(name, value)
            box.turned.connect(self._on_turned)
            self._boxes.append(box)
        self._place_boxes()

    def _place_boxes(self) -> None:
        columns = columns_for(self.width())
        for place, box in enumerate(self._boxes):
            self._grid.addWidget(box, place // columns, place % columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many variables side by side as there is room for."""
        super().resizeEvent(event)
        self._place_boxes()

    # -- what the person does -----------------------------------------------------------------

    def boxes(self) -> dict[str, VariableBox]:
        """The boxes of the variables by name."""
        return {box.name: box for box in self._boxes}

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        try:
            self.run.type(text)
        except FormulaError as error:
            self._complain(f"{error}", error.column, error.correction)
            return
        self._complain("")
        self._new_formula()

    @Slot()
    def _on_correct(self) -> None:
        """The formula that was probably meant, as if it had been typed."""
        self.line.setText(self._meant)
        self.line.setFocus()
        self._on_typed(self._meant)

    @Slot(int)
    def _on_example(self, number: int) -> None:
        example = EXAMPLES[number]
        self.run.type(example.text, example.values)
        self.line.setText(example.text)
        self._complain("")
        self._new_formula()

    def _new_formula(self) -> None:
        self.stop()
        self._checks = {}
        if list(self.run.values) != [box.name for box in self._boxes]:
            self._make_boxes()
        for box in self._boxes:
            box.set_value(self.run.values[box.name])
        self._draw()

    def _complain(self, sentence: str, column: int = 0, correction: str | None = None) -> None:
        """What is wrong, empty when nothing is; the graph is then that of an older formula."""
        self.stop()
        self._meant = correction or ""
        self.correct.setText(tr_format("Use {formula}", formula=self._meant))
        self.correct.setVisible(bool(self._meant))
        self.view.set_stale(bool(sentence))
        words = "At character {column}: {sentence}"
        self._wrong.setText(tr_format(words, column=column + 1, sentence=sentence))
        self._wrong.setVisible(bool(sentence))
        if bool(self.line.property("wrong")) != bool(sentence):
            self.line.setProperty("wrong", bool(sentence))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)

    @Slot(str, float)
    def _on_turned(self, name: str, value: float) -> None:
        self._checks = {}
        self.run.set_value(name, value)
        self._draw()

    def _do(self, change: Callable[[], object]) -> None:
        self.stop()
        change()
        self._draw()

    def _on_zero(self) -> None:
        self._checks = {}
        self._do(self.run.zero)

    @Slot(int)
    def step(self, by: int) -> bool:
        """One step on (1) or back (−1); False at the end."""
        moved = self.run.step(by)
        self._draw()
        return moved

    def toggle_play(self, *_: object) -> None:
        """Step by itself, from the beginning where the end was reached; or stop."""
        if self._play.isActive():
            self.stop()
            return
        if self.run.position == self.run.last:
            self.run.zero()
            self.run.position = self.run.first
        self._play.start()
        self.play.setText(tr("Stop"))
        self._on_beat()

    @Slot()
    def _on_beat(self) -> None:
        if not self.isVisible() or not self.step(1) or self.run.position == self.run.last:
            self.stop()

    def stop(self) -> None:
        """Stop."""
        self._play.stop()
        self.play.setText(tr("Animate"))

    @Slot(int)
    def _on_clicked(self, node: int) -> None:
        place = self.run.seen.places[node]
        if self.run.midway:  # so far it has what its box says, and the check is of the whole
            self.told.emit(place_text(self.run, node))
        elif place.kind == "variable":
            self._checks = {place.label: self.run.check(place.label)}
            self._draw()
            self.told.emit(check_text(self._checks[place.label], self.run.result))

    # -- drawing ------------------------------------------------------------------------------

    def _draw(self, *_: object) -> None:
        run = self.run
        self.view.show_graph(
            [place.id for place in run.seen.places],
            [(edge.source, edge.target) for edge in run.seen.edges],
        )
        values, sums = run.values_shown(), run.sums()
        step, computing = run.stepping(), run.computing()
        now = step.place if step else computing.id if computing else None
        looks = {}
        for place in run.seen.places:
            lines = [(f"= {number(place.value, 5)}" if place.id in values else "= ?", "text")]
            lines.append(
                (f"grad {number(sums[place.id], 5)}" if place.id in sums else "", "gradient")
            )
            note: tuple[str, ...] = ()
            if step and step.place == place.id and run.position < run.last:
                note = tuple(local_words(share) for share in step.shares)
            elif run.midway:
                pass
            elif (check := self._checks.get(place.label)) and place.kind == "variable":
                mark = "✓" if check.agrees else "✗"
                note = (
                    tr_format("backward pass {by_tape:8}", check),
                    tr_format("numeric check {by_difference:8} {mark}", check, mark=mark),
                )
            looks[place.id] = NodeContent(
                place.label,
                tuple((text, tone) for text, tone in lines if text),  # type: ignore[misc]
                "leaf" if place.kind == "variable" else "op",
                place.id == now and run.position < run.last,
                None,
                note,
            )
        flowing = {share.edge for share in step.shares} if step else set()
        amounts = run.seen.amounts(run.back_steps)
        self.view.dress(
            looks,
            [
                EdgeContent(
                    f"+{number(amounts[e.id], 3)}".replace("+−", "−") if e.id in amounts else "",
                    e.id in flowing and run.position < run.last,
                )
                for e in run.seen.edges
            ],
        )
        self.view.follow(now)
        self._result.setText(f"{run.result} =")
        self.forward.setEnabled(not run.computed)
        self.backward.setEnabled(run.computed)
        self.zero.setEnabled(bool(sums))
        self.back.setEnabled(run.position > run.first)
        self.on.setEnabled(run.position < run.last)
        self.told.emit(moment_text(run))

    @Slot(object)
    def _on_hovered(self, node: int | None) -> None:
        self.told.emit(moment_text(self.run) if node is None else place_text(self.run, node))
