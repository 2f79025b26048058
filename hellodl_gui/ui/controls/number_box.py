"""Spin box that reads and writes numbers like the rest of the lab."""

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

from core.formatting import format_number, parse_number
from hellodl_gui.ui.controls.inputs import Spin

_DIGITS = 9


class NumberBox(Spin, QDoubleSpinBox):
    """Takes what `parse_number` takes: a decimal comma, a true minus, 2·10⁻⁵."""

    def textFromValue(self, value: float) -> str:
        """The number without zeros at its end."""
        return format_number(value, _DIGITS)

    def valueFromText(self, text: str) -> float:
        """What was typed; the value in force where that is no number."""
        try:
            return parse_number(self._bare(text), self.minimum(), self.maximum())
        except ValueError:
            return self.value()

    def validate(self, text: str, place: int) -> object:
        """Whatever may become a number may be typed."""
        try:
            value = parse_number(self._bare(text), self.minimum(), self.maximum())
        except ValueError:
            return QValidator.State.Intermediate, text, place
        inside = self.minimum() <= value <= self.maximum()
        state = QValidator.State.Acceptable if inside else QValidator.State.Intermediate
        return state, text, place

    def _bare(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix())
