"""Gradient descent panel (chapter 6): optimizers as balls that step down a function."""

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit

from core.inspect.teach.formula import FUNCTIONS, FormulaError
from core.inspect.teach.gradient_descent import LANDSCAPES, MOST_STEPS
from core.knobs import Knob
from core.translation import tr
from hellodl_gui.features.gradient_descent.descent_state import DescentState
from hellodl_gui.features.gradient_descent.descent_view import DescentView
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.render_mode import CONTENT, TOOL
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import flow, hbox, vbox
from hellodl_gui.ui.layout.flow_layout import FlowLayout
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_BEAT_MS = 330
_OPENED = LANDSCAPES[1]


class DescentPanel(Panel):
    """A formula of one variable, balls on it, and buttons to step them.

    Attributes: `rolling`, the balls and the moment that is shown; `view`, hill and table; `rate`
    and `momentum`, their knobs.
    """

    key, title = "descent", "Descent"
    help = "Balls step downhill, each with its own optimiser"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.rolling = DescentState(_OPENED)
        self.view = DescentView()
        self._beat = QTimer(self)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._on_beat)
        plot = self.view.plot
        plot.start_wanted.connect(self._on_start)
        plot.stretch_wanted.connect(self._on_stretch)
        plot.all_wanted.connect(self._on_all)
        plot.stepped.connect(self.step)
        plot.play_wanted.connect(self.toggle_play)
        plot.reset_wanted.connect(self.reset)
        self.view.table.chosen.connect(self._on_chosen)
        line = self._make_line()
        vbox(
            line, self._wrong, (self.view, 1), self._make_knobs(), self._make_buttons(),
            margins=(10, 6, 10, 8), spacing=6, on=self,
        )  # fmt: skip

    def sizeHint(self) -> QSize:
        """Room for a hill."""
        return QSize(520, 460)

    # -- assembly -----------------------------------------------------------------------------

    def _make_line(self) -> QHBoxLayout:
        self.line = QLineEdit(self.rolling.descent.formula.text)
        self.line.setProperty(CONTENT, True)  # what the hill is of
        self.line.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.line.setAccessibleName(tr("The hill's formula"))
        self.line.setToolTip(
            tr("A formula of one variable: numbers, + − * / **, brackets, {functions}").format(
                functions=", ".join(FUNCTIONS)
            )
        )
        self.line.textEdited.connect(self._on_typed)
        self._wrong = QLabel()
        self._wrong.setProperty("role", "wrong")
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        self.hills = combo_box(
            tr("Hills"),
            tr("Example hills: formula, start, balls, rate and momentum"),
            [tr(hill.title) for hill in LANDSCAPES],
            activated=self._on_hill,
        )
        self.hills.setCurrentIndex(LANDSCAPES.index(_OPENED))
        return hbox(QLabel("y ="), (self.line, 1), self.hills)

    def _make_knobs(self) -> FlowLayout:
        hill = self.rolling.hill
        rate = Knob(
            "rate", tr("Rate η"), hill.rate, 0.001, 2.0, "log",
            help=tr("Step size at a slope of 1."),
        )  # fmt: skip
        momentum = Knob(
            "momentum", tr("Momentum μ"), hill.momentum, 0.0, 0.99,
            help=tr("Share of the last step a ball keeps."),
        )  # fmt: skip
        self.rate = KnobControl(rate, hill.rate)
        self.momentum = KnobControl(momentum, hill.momentum)
        self.rate.setToolTip(
            tr(
                "<b>Learning rate η</b><br>Step size at a slope of 1, from 0.001 to 2. A "
                "change replays the same number of steps from the start. RMSprop and "
                "Adam step about η whatever the slope."
            )
        )
        self.momentum.setToolTip(
            tr(
                "<b>Momentum μ</b><br>Share of the last step a ball keeps, from 0 to "
                "0.99. Only for “momentum” and “Nesterov”."
            )
        )
        self.rate.turned.connect(lambda _, value: self._on_turned(rate=value))
        self.momentum.turned.connect(lambda _, value: self._on_turned(momentum=value))
        return flow((self.rate, 1), (self.momentum, 1))

    def _make_buttons(self) -> QHBoxLayout:
        self.again = push_button(tr("Reset"), tr("All balls back to the start (Home)"), self.reset)
        self.back = push_button("◀", tr("One step back (Left)"), lambda: self.step(-1))
        self.on = push_button("▶", tr("One step forward (Right)"), lambda: self.step(1))
        tip = tr("Three steps per second (Space in the plot)")
        self.play = push_button(tr("Play"), tip, self.toggle_play)
        buttons = self.again, self.back, self.on, self.play
        for button in buttons:
            button.setAccessibleName(button.toolTip())
        self._hint = quiet(ElidedLabel(Qt.AlignmentFlag.AlignRight))
        self._hint.setProperty(TOOL, True)
        self._hint.say(tr("Click on the hill to start there"))
        return hbox(*buttons, (self._hint, 1), spacing=6)

    def close_down(self) -> None:
        """Stop playing."""
        self.stop()

    # -- what the person does -----------------------------------------------------------------

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self.stop()
        try:
            self.rolling.type(text)
        except FormulaError as error:
            self._complain(str(error))
            return
        self._complain("")
        self.mark_dirty()

    def _complain(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
        if bool(self.line.property("wrong")) != bool(sentence):
            self.line.setProperty("wrong", bool(sentence))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)

    @Slot(int)
    def _on_hill(self, number: int) -> None:
        self.stop()
        hill = LANDSCAPES[number]
        self.rolling.choose(hill)
        self.line.setText(hill.text)
        self.rate.set_value(hill.rate)
        self.momentum.set_value(hill.momentum)
        self._complain("")
        self.mark_dirty()

    def _on_turned(self, rate: float | None = None, momentum: float | None = None) -> None:
        self.rolling.turn(rate, momentum)
        self.mark_dirty()

    @Slot(float)
    def _on_start(self, x: float) -> None:
        self.rolling.start_at(x)
        self.mark_dirty()

    @Slot(float, float)
    def _on_stretch(self, low: float, high: float) -> None:
        self.rolling.see(low, high)
        self.mark_dirty()

    @Slot()
    def _on_all(self) -> None:
        self._on_stretch(self.rolling.hill.low, self.rolling.hill.high)

    @Slot(str, bool)
    def _on_chosen(self, key: str, on: bool) -> None:
        self.rolling.show(key, on)
        self.mark_dirty()

    @Slot(int)
    def step(self, by: int) -> bool:
        """Steps on, or back; False at the end."""
        moved = self.rolling.go(by)
        self.mark_dirty()
        return moved

    @Slot()
    def reset(self) -> None:
        """All balls back to the start."""
        self.stop()
        self.rolling.go(-MOST_STEPS)
        self.mark_dirty()

    @Slot()
    def toggle_play(self) -> None:
        """Step by itself until all balls rest, from the start where they do; or stop."""
        if self._beat.isActive():
            self.stop()
            return
        if self.rolling.resting or self.rolling.step == MOST_STEPS:
            self.rolling.go(-MOST_STEPS)
        self._beat.start()
        self.play.setText(tr("Stop"))
        self._on_beat()

    @Slot()
    def _on_beat(self) -> None:
        if not self.isVisible() or not self.step(1) or self.rolling.resting:
            self.stop()

    def stop(self) -> None:
        """Stop."""
        self._beat.stop()
        self.play.setText(tr("Play"))

    # -- what is shown ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the balls where they are."""
        self.view.show_descent(self.rolling)
        self.back.setEnabled(self.rolling.step > 0)
        self.again.setEnabled(self.rolling.step > 0)
        self.on.setEnabled(self.rolling.step < MOST_STEPS)

    def numbers(self) -> NumberTable | None:
        """Where each ball was after each step."""
        rolling = self.rolling
        xs = rolling.descent.xs[: rolling.step + 1]
        seen = [(way, x) for way, x in zip(rolling.descent.ways, xs.T, strict=True)]
        shown = [(way.title, x) for way, x in seen if way.key in rolling.shown]
        header = ("step", *(f"x, {title}" for title, _ in shown))
        return NumberTable(header, [np.arange(len(xs)), *(x for _, x in shown)])
