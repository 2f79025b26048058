"""Gallery of a unit: its weights, kept visualizations, and the effect of ablating it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from core.inspect.ablation import AblationResult
from core.translation import tr
from hellodl_gui.theming.render_mode import TOOL
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.controls.number_box import NumberBox
from hellodl_gui.ui.layout.boxes import flow, hbox, vbox
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.number_grid import NumberGrid

_HIGH = 84  # pixels of the weights and of what was kept


class UnitGallery(QWidget):
    """Signals: `number_wanted(int, int, float)` a weight was typed over; `refused(str)` what was
    typed is none; `over_kept(int)` the dream under the pointer, -1 for none; `try_wanted(float)`
    the unit shall count so often; `undo_wanted()`; `apply_wanted()`.
    """

    number_wanted = Signal(int, int, float)
    refused = Signal(str)
    over_kept = Signal(int)
    try_wanted = Signal(float)
    undo_wanted = Signal()
    apply_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty(TOOL, True)
        self.numbers = NumberGrid(tr("Weights of the kernel"), editable=True)
        self.numbers.setToolTip(
            tr("Type over a number, or double-click it, to test the network with it")
        )
        self.numbers.edited.connect(self.number_wanted)
        self.numbers.refused.connect(self.refused)
        self.numbers.setFixedSize(120, _HIGH)
        self._kept = ImageMosaic()
        self._kept.setAccessibleName(tr("Kept dreams"))
        self._kept.over.connect(self.over_kept)
        self._kept.setFixedHeight(_HIGH)
        self.worth = quiet(ElidedLabel())
        self._factor = NumberBox(minimum=-2, maximum=5, value=0, singleStep=0.5, decimals=1)
        self._factor.setSuffix(tr(" ×"))
        self._factor.setAccessibleName(tr("Strength of the unit"))
        self._factor.setToolTip(
            tr(
                "Multiplies its output: 0 switches the unit off, 1 leaves it unchanged, 2 "
                "doubles it"
            )
        )
        self.trying = push_button(
            tr("Test"),
            tr("Test a copy of the network with this change; the run is not affected"),
            lambda: self.try_wanted.emit(self._factor.value()),
        )
        self.undoing = push_button(tr("Undo"), tr("Undo the last change"), self.undo_wanted)
        self.applying = push_button(
            tr("Train on with this"),
            tr("Start a new run from the changed weights"),
            self.apply_wanted,
        )
        foot = flow(
            (tr("Strength"), self._factor, 0), self.trying, self.undoing, self.applying,
            (self.worth, 1),
        )  # fmt: skip
        vbox(hbox(self.numbers, (self._kept, 1)), foot, spacing=4, on=self)

    def show_kernel(self, kernel: NDArray[np.float32] | None) -> None:
        """The unit's weights (kh, kw), None where they are more than one grid."""
        self.numbers.setVisible(kernel is not None)
        typing = any(box.isVisible() for box in self.numbers.findChildren(QLineEdit))
        if kernel is not None and not typing:
            self.numbers.set_numbers(kernel)

    def show_kept(self, dreams: Sequence[NDArray[np.float32]]) -> None:
        """Dreams (H, W) of ink from 0 to 1, or (3, H, W) of colours."""
        self._kept.setVisible(bool(dreams))
        if dreams:
            self._kept.set_pictures((255 * np.stack(dreams)).astype(np.uint8), [])

    def show_worth(self, edits: int, effect: AblationResult | None, answers: bool) -> None:
        """What so many changes did; `answers`: more can be tried."""
        self.trying.setEnabled(answers)
        self.undoing.setEnabled(edits > 0)
        self.applying.setEnabled(edits > 0)
        if not edits:
            self.worth.say(tr("See how the network does without this unit."))
        elif effect is None:
            self.worth.say(tr("Testing …"))
        else:
            words = tr("{edits} changed: {name} {before} → {after} on {n} test samples")
            self.worth.say(
                words.format(
                    edits=edits,
                    name=tr(effect.metric.label),
                    before=effect.metric.text(effect.before),
                    after=effect.metric.text(effect.after),
                    n=f"{effect.samples:,}",
                )
            )
