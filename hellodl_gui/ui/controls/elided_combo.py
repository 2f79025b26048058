"""Combo box whose text ends in “…” where it has no room."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox

from hellodl_gui.ui.controls.inputs import ComboBox

_AIR = 4  # pixels between the words and what stands beside them


class ElidedCombo(ComboBox):
    """Qt cuts the words off in the middle of a letter."""

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """What the style paints."""
        super().initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, field.width() - _AIR
        )
