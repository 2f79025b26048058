"""Unit attribution (gradient × activation): the units that favour one class over another."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.formatting import format_fixed
from core.inspect.attribution.unit_attribution import UnitAttribution
from core.translation import tr
from hellodl_gui.ui.controls.combo_utils import chosen_class, combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_LOW, _HIGH = 62, 92  # pixels of the row of units
_UNIT_WIDE = 54  # pixels that a unit with its caption needs
_MOST = 24


class AttributionRow(QWidget):
    """Attributes: `units`, the number of each unit that is shown; `strip`, their pictures.

    Signals: `changed()` other classes were chosen; `picked(int)` a unit was; `hovered(str)`.
    """

    changed = Signal()
    picked = Signal(int)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.units: list[int] = []
        self._target = combo_box(
            tr("Class"), tr("Class whose score is explained"), changed=self.changed
        )
        self._runner_up = combo_box(
            tr("Rival"),
            tr("Compared with: the true class by default, otherwise the second-best prediction"),
            changed=self.changed,
        )
        self._said = quiet(ElidedLabel())
        head = hbox(
            label_of(tr("Why"), self._target), self._target,
            label_of(tr("over"), self._runner_up), self._runner_up,
            (self._said, 1), spacing=6,
        )  # fmt: skip
        self.strip = Mosaic(enlarges=False)
        self.strip.setAccessibleName(tr("Units by contribution"))
        self.strip.setToolTip(
            tr(
                "Activation × gradient of the score difference, summed over each map: "
                "orange supports the class, blue the runner-up. Click to enlarge."
            )
        )
        self.strip.setMinimumHeight(_LOW)
        self.strip.setMaximumHeight(_HIGH)
        self.strip.picked.connect(self._on_picked)
        self.strip.pointed.connect(self._on_pointed)
        vbox(head, (self.strip, 1), spacing=2, on=self)
        self._attribution_row: UnitAttribution | None = None

    def set_classes(self, classes: tuple[str, ...]) -> None:
        """Another network: ask about its guess."""
        for combo, first in ((self._target, tr("guess")), (self._runner_up, tr("next"))):
            replace_items(combo, [first, *classes])

    @property
    def target(self) -> int | None:
        """The class that was chosen, None for the guess."""
        return chosen_class(self._target)

    @property
    def runner_up(self) -> int | None:
        """The runner-up that was chosen; None for the default."""
        return chosen_class(self._runner_up)

    def say(self, text: str) -> None:
        """A sentence in place of units."""
        self._attribution_row = None
        self.units = []
        self._said.say(text)
        self.strip.set_tiles(np.zeros((0, 1, 1), np.float32))

    def show_attribution(self, found: UnitAttribution, classes: tuple[str, ...]) -> None:
        """The units, as many as there is room for."""
        self._attribution_row = found
        most = int(np.clip(self.width() // _UNIT_WIDE, 3, _MOST))
        self.units = [int(unit) for unit in np.argsort(-found.shares, kind="stable")[:most]]
        words = tr("“{target}” leads “{runner_up}” by {lead}")
        self._said.say(
            words.format(
                target=classes[found.target],
                runner_up=classes[found.runner_up],
                lead=format_fixed(found.difference, 2, signed=True),
            )
        )
        largest = max((abs(float(found.shares[unit])) for unit in self.units), default=0.0)
        digits = 1 if largest >= 1 else 2
        shares = [format_fixed(found.shares[u], digits, signed=True) for u in self.units]
        captions = [(f"{u} {share}", None) for u, share in zip(self.units, shares, strict=True)]
        self.strip.forget_level()
        tiles = np.ascontiguousarray(found.maps[self.units])
        self.strip.set_tiles(tiles, columns=len(self.units), captions=[*captions])

    def _on_picked(self, tile: int) -> None:
        if tile < len(self.units):
            self.picked.emit(self.units[tile])

    def _on_pointed(self, tile: int, row: int, column: int) -> None:
        found = self._attribution_row
        if found is None or not 0 <= tile < len(self.units):
            self.hovered.emit("")
            return
        unit = self.units[tile]
        words = tr("unit {unit} adds {share} to the lead, {here} of it in row {row}, {column}")
        self.hovered.emit(
            words.format(
                unit=unit, share=format_fixed(found.shares[unit], 3, signed=True),
                here=format_fixed(found.maps[unit, row, column], 3, signed=True),
                row=row, column=column,
            )
        )  # fmt: skip
