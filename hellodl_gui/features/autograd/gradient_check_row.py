"""Gradient check of one weight: choose the parameter and index, run the check, read the verdict."""

import time
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from core.formatting import format_fixed, tr_format
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox, vbox_widget

Shape = tuple[int, ...]


class GradientCheckRow(QWidget):
    """Choose a number of a parameter, ask, read.

    Attributes: `found`, the check that is told; `waiting`, whether one is under way.
    Signals: `wanted(str, object)` a parameter is to be checked at an index, a tuple, or None for
    where the gradient is largest; `dropped` what was found, or asked, is of no use any more.
    """

    wanted = Signal(str, object)
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.found: WeightGradientCheck | None = None
        self.waiting = False
        self._since = 0.0
        self._shapes: dict[str, Shape] = {}
        self.parameter = combo_box(
            tr("Parameter to check"),
            tr("Parameter whose gradient is checked: click a box to select it"),
            changed=self._on_parameter,
            least=9,
            elided=True,
        )
        self.index = QLineEdit()
        self.index.setAccessibleName(tr("Index"))
        self.index.setPlaceholderText(tr("largest gradient"))
        self.index.setClearButtonEnabled(True)
        self.index.textEdited.connect(self._on_index)
        self.index.returnPressed.connect(self.check)
        self.button = push_button(
            tr("Check"),
            tr(
                "Nudge this number up and down in float64: does the loss change as the "
                "gradient says? (C)"
            ),
            self.check,
        )
        self._verdict = QLabel()
        self._details = ElidedLabel()
        self._numbers = ElidedLabel()
        self._how = quiet(ElidedLabel())
        first = hbox(self._verdict, (self._details, 1), spacing=10)
        self._told = vbox_widget(first, self._numbers, self._how, spacing=2)
        bar = hbox(
            label_of(tr("Gradient of"), self.parameter),
            (self.parameter, 3),
            label_of(tr("at"), self.index),
            (self.index, 3),
            self.button,
        )
        vbox(bar, self._told, spacing=6, on=self)
        self._told.hide()

    @property
    def words(self) -> str:
        """The verdict and its details."""
        parts = (self._verdict, self._details, self._numbers, self._how)
        return " ".join(part.text() for part in parts if part.text())

    # -- what can be checked ------------------------------------------------------------------

    def offer(self, parameters: Sequence[tuple[str, Shape]]) -> None:
        """These there are, by name and shape; the one that is chosen stays if it is among them."""
        if dict(parameters) == self._shapes:
            return
        chosen = self.parameter.currentText()
        self._shapes = dict(parameters)
        names = list(self._shapes)
        replace_items(self.parameter, names, names.index(chosen) if chosen in names else 0)
        self.setEnabled(bool(self._shapes))
        self._on_parameter()

    def choose(self, parameter: str) -> None:
        """Have this parameter ready to be checked."""
        self.parameter.setCurrentIndex(self.parameter.findText(parameter))

    def _on_parameter(self, *_: object) -> None:
        self.index.clear()
        shape = self._shapes.get(self.parameter.currentText(), ())
        self.index.setToolTip(
            tr_format(
                "Index into {shape}, counted from 0 on every axis, such as “{example}”. "
                "Leave empty for the largest gradient.",
                shape=" × ".join(map(str, shape)),
                example=", ".join("0" * len(shape)),
            )
        )
        self._on_index()

    def _on_index(self, *_: object) -> None:
        self._mark(False)
        self.forget()

    def _mark(self, wrong: bool) -> None:
        if bool(self.index.property("wrong")) != wrong:
            self.index.setProperty("wrong", wrong)
            self.index.style().polish(self.index)

    def _place(self) -> tuple[int, ...] | None:
        """The index that is typed, None where none is. Raises ValueError with what is wrong."""
        shape = self._shapes[self.parameter.currentText()]
        words = self.index.text().strip("[]() ").replace(",", " ").split()
        if not words:
            return None
        if not all(word.isdecimal() for word in words) or len(words) != len(shape):
            raise ValueError(
                tr("Type {count} whole numbers, such as “{example}”, or leave it empty.").format(
                    count=len(shape), example=", ".join("0" * len(shape))
                )
            )
        place = tuple(map(int, words))
        for axis, (i, length) in enumerate(zip(place, shape, strict=True)):
            if i >= length:
                raise ValueError(
                    tr("Axis {axis} of “{name}” goes from 0 to {last}; {i} is outside.").format(
                        axis=axis, name=self.parameter.currentText(), last=length - 1, i=i
                    )
                )
        return place

    # -- asking and telling -------------------------------------------------------------------

    @Slot()
    def check(self) -> None:
        """Ask for what is chosen."""
        if self.waiting or not self._shapes:
            return
        try:
            place = self._place()
        except ValueError as wrong:
            self._mark(True)
            self.forget()
            self._say("wrong", "", str(wrong))
            return
        self.forget()
        self.waiting = True
        self._since = time.perf_counter()
        self.button.setEnabled(False)
        self.tell_time()
        self.wanted.emit(self.parameter.currentText(), place)

    def tell_time(self) -> None:
        """Show how long the check has been running."""
        words = "the loss in float64, a little below and above… {seconds} s"
        seconds = format_fixed(time.perf_counter() - self._since, 1)
        self._say("quiet", tr("Checking"), tr_format(words, seconds=seconds))

    def forget(self) -> None:
        """Show nothing; drop an answer that is still pending."""
        self.found = None
        self._end()
        self._say("", "", "")
        self._told.hide()
        self.dropped.emit()

    def give_up(self, why: str) -> None:
        """Show why there is no answer."""
        self._end()
        self._say("doubt", tr("Not checked"), why)

    def _end(self) -> None:
        self.waiting = False
        self.button.setEnabled(True)

    def show_found(self, found: WeightGradientCheck) -> None:
        """Show both numbers and the verdict."""
        self._end()
        self.found = found
        details = "{parameter}[{place}], relative difference {error:2}"
        if found.gradient == found.quotient:
            details = "{parameter}[{place}], both the same"
        details = tr_format(details, found, place=", ".join(map(str, found.index)))
        numbers = tr_format("backward {gradient:8} · numeric {quotient:8}", found)
        how = tr_format(
            "step ±{eps:1} around {value:4}, float64, mean loss of {samples} training pictures, "
            "mini-batch {step:,}",
            found,
        )
        role, verdict = "good", tr("✓ They agree")
        if not found.agrees:
            role, verdict = "doubt", tr("✗ They differ")
            details += tr("; a kink within the step?")
        self._say(role, verdict, details, numbers, how)

    def _say(self, role: str, verdict: str, details: str, numbers: str = "", how: str = "") -> None:
        for label, wanted in (
            (self._verdict, role),
            (self._details, role if role in ("quiet", "wrong") else ""),
        ):
            if label.property("role") != wanted:
                label.setProperty("role", wanted)
                label.style().polish(label)
        self._verdict.setVisible(bool(verdict))
        self._verdict.setText(verdict)
        for row, text in ((self._details, details), (self._numbers, numbers), (self._how, how)):
            row.say(text)
        for row in (self._numbers, self._how):
            row.setVisible(bool(row.text()))
        self._told.show()
        self.setAccessibleDescription(self.words)
