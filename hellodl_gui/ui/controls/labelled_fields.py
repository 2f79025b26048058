"""Row of small fields with their names above."""

from PySide6.QtWidgets import QSizePolicy, QWidget

from hellodl_gui.ui.controls.inputs import SpinBox
from hellodl_gui.ui.controls.labels import label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

Field = tuple[str, QWidget, str] | tuple[str, QWidget, str, int]
"""Name, widget, tool tip, and how wide it grows (1)."""


class LabelledFields(QWidget):
    """A row of fields; Alt and the letter after & in a name goes to its field."""

    def __init__(self, *fields: Field) -> None:
        super().__init__()
        self._row = hbox(spacing=8, on=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for field in fields:
            self.add(*field)

    def add(self, name: str, field: QWidget, tip: str, stretch: int = 1) -> None:
        """Another field on the right."""
        label = quiet(label_of(name, field))
        for part in (label, field):
            part.setToolTip(tip)
        field.setAccessibleName(name.replace("&", ""))
        field.setAccessibleDescription(tip)
        self._row.addLayout(vbox(label, field, spacing=1), stretch)


def number_field(low: int, high: int, value: int, step: int = 1) -> SpinBox:
    """A whole number; the wheel leaves it alone until it has the focus."""
    field = SpinBox()
    field.setRange(low, high)
    field.setValue(value)
    field.setSingleStep(step)
    field.setGroupSeparatorShown(True)
    field.setMinimumSize(54, field.fontMetrics().height() + 12)
    return field
