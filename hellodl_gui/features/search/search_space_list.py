"""List of the knobs a search varies, each with its range."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from core.knobs import Knob
from core.translation import tr
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet

Ranges = tuple[tuple[str, str], ...]


class SearchSpaceList(QWidget):
    """Signals: `typed(key, text)` another range, `removed(key)`."""

    typed = Signal(str, str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, QLineEdit] = {}
        self._grid = QGridLayout(self)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._empty = quiet(QLabel(tr("No setting varies yet.")))
        self._grid.addWidget(self._empty, 0, 0, 1, 3)
        self._rows: list[QWidget] = []

    def show_ranges(self, ranges: Ranges, knobs: Mapping[str, Knob], wrong: Sequence[str]) -> None:
        """Show these; the knobs named in `wrong` have a range that cannot be."""
        if list(self.fields) != [key for key, _ in ranges]:
            self._build(ranges, knobs)
        for key, text in ranges:
            field = self.fields[key]
            if field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)  # of a long list its beginning
            field.setProperty("wrong", "true" if key in wrong else "false")
            field.style().unpolish(field)
            field.style().polish(field)

    def _build(self, ranges: Ranges, knobs: Mapping[str, Knob]) -> None:
        for row in self._rows:
            self._grid.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows.clear()
        self.fields = {}
        self._empty.setVisible(not ranges)
        for place, (key, _) in enumerate(ranges, 1):
            self._add(place, knobs[key])

    def _add(self, place: int, knob: Knob) -> None:
        name = ElidedLabel()
        name.say(tr(knob.label))
        name.setToolTip(f"{tr(knob.label)}\n{tr(knob.help)}" if knob.help else tr(knob.label))
        field = QLineEdit()
        field.setAccessibleName(tr("Range of {knob}").format(knob=tr(knob.label)))
        field.setToolTip(self._tip(knob))
        field.editingFinished.connect(partial(self._on_typed, knob.key, field))
        remove = tool_button(
            "×", tr("Do not vary this setting"), lambda: self.removed.emit(knob.key)
        )
        remove.setProperty("tight", "true")
        remove.setAccessibleName(tr("Do not vary {knob}").format(knob=tr(knob.label)))
        self._grid.addWidget(name, place, 0)
        self._grid.addWidget(field, place, 1)
        self._grid.addWidget(remove, place, 2, Qt.AlignmentFlag.AlignRight)
        self._rows += [name, field, remove]
        self.fields[knob.key] = field

    def _tip(self, knob: Knob) -> str:
        if knob.choices:
            words = tr("Names separated by commas, from: {names}")
            return words.format(names=", ".join(knob.choices))
        words = tr("LOW..HIGH ({scale}), or values separated by commas; from {low} to {high}")
        scale = tr("logarithmic") if knob.scale == "log" else tr("evenly")
        unit = f" {tr(knob.unit)}" if knob.unit else ""
        return words.format(scale=scale, low=knob.text(knob.low), high=knob.text(knob.high)) + unit

    def _on_typed(self, key: str, field: QLineEdit) -> None:
        self.typed.emit(key, " ".join(field.text().split()))
