"""Gradient check of one weight: choose the parameter and index, run the check, read the verdict."""

import time
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.formatting import format_fixed, format_number
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.translation import tr
from hellodl_gui.ui.controls.combo_utils import replace_items
from hellodl_gui.ui.controls.elided_combo import ElidedCombo
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet

Shape = tuple[int, ...]


def number(value: float, digits: int = 8) -> str:
    """The number with at most `digits` digits."""
    return format_number(value, digits)


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
        self.parameter = ElidedCombo()
        self.parameter.setAccessibleName(tr("Parameter to check"))
        self.parameter.setToolTip(
            tr("Parameter whose gradient is checked: click a box to select it")
        )
        self.parameter.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.parameter.setMinimumContentsLength(9)
        self.parameter.currentIndexChanged.connect(self._on_parameter)
        self.index = QLineEdit()
        self.index.setAccessibleName(tr("Index"))
        self.index.setPlaceholderText(tr("largest gradient"))
        self.index.setClearButtonEnabled(True)
        self.index.textEdited.connect(self._on_index)
        self.index.returnPressed.connect(self.check)
        self.button = QPushButton(tr("Check"))
        self.button.setToolTip(
            tr(
                "Nudge this number up and down in float64: does the loss change as the "
                "gradient says? (C)"
            )
        )
        self.button.clicked.connect(self.check)
        self._verdict = QLabel()
        self._details = ElidedLabel()
        self._numbers = ElidedLabel()
        self._how = quiet(ElidedLabel())
        bar = self._make_bar()
        self._told = QWidget()
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(self._verdict)
        first.addWidget(self._details, 1)
        told = QVBoxLayout(self._told)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(2)
        told.addLayout(first)
        told.addWidget(self._numbers)
        told.addWidget(self._how)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(bar)
        column.addWidget(self._told)
        self._told.hide()

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        label = QLabel(tr("Gradient of"))
        label.setBuddy(self.parameter)
        bar.addWidget(label)
        bar.addWidget(self.parameter, 3)
        at = QLabel(tr("at"))
        at.setBuddy(self.index)
        bar.addWidget(at)
        bar.addWidget(self.index, 3)
        bar.addWidget(self.button)
        return bar

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
            tr(
                "Index into {shape}, counted from 0 on every axis, such as “{example}”. "
                "Leave empty for the largest gradient."
            ).format(shape=" × ".join(map(str, shape)), example=", ".join("0" * len(shape)))
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
        words = tr("the loss in float64, a little below and above… {seconds} s")
        passed = time.perf_counter() - self._since
        self._say("quiet", tr("Checking"), words.format(seconds=format_fixed(passed, 1)))

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
        same = found.gradient == found.quotient
        details = (
            tr("{name}[{index}], both the same")
            if same
            else tr("{name}[{index}], relative difference {error}")
        )
        details = details.format(
            name=found.parameter,
            index=", ".join(map(str, found.index)),
            error=number(found.error, 2),
        )
        numbers = tr("backward {gradient} · numeric {quotient}").format(
            gradient=number(found.gradient), quotient=number(found.quotient)
        )
        how = tr(
            "step ±{eps} around {value}, float64, mean loss of {samples} training pictures, "
            "mini-batch {step}"
        ).format(
            eps=number(found.eps, 1),
            value=number(found.value, 4),
            samples=found.samples,
            step=f"{found.step:,}",
        )
        if found.agrees:
            self._say("good", tr("✓ They agree"), details, numbers, how)
        else:
            details += tr("; a kink within the step?")
            self._say("doubt", tr("✗ They differ"), details, numbers, how)

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
