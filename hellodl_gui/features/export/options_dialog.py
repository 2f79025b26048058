"""Dialog of options: what is above them, rows with names, and buttons below."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QDialog, QFormLayout, QPushButton, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.layout.boxes import Part, hbox, vbox

T = TypeVar("T")


class OptionsDialog(QDialog):
    """A subclass makes its options and gives them to `lay_out`."""

    def lay_out(
        self, rows: Iterable[tuple[str, QWidget]], go: str, above: Sequence[Part] = (),
        below: Sequence[Part] = (), others: Sequence[QPushButton] = (),
    ) -> None:  # fmt: skip
        """Options by name between other parts; the button `go` accepts, Cancel and `others` stand
        before it.
        """
        form = QFormLayout()
        for name, widget in rows:
            form.addRow(name, widget)
        accept = push_button(go, "", self.accept)
        accept.setProperty("main", True)
        accept.setDefault(True)
        buttons = hbox(1, push_button(tr("Cancel"), "", self.reject), *others, accept)
        vbox(*above, form, *below, buttons, margins=(16, 16, 16, 16), spacing=12, on=self)


def option(items: Sequence[tuple[str, T]], chosen: T, tip: str = "") -> ComboBox:
    """A choice of texts with their data, of which that with `chosen` is shown first."""
    combo = combo_box("", tip, items)
    combo.setCurrentIndex([data for _, data in items].index(chosen))
    return combo
