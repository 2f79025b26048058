"""Quantization controls: bits, kind of bins, codebooks, share pruned."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.inspect.weights.quantization import (
    EQUAL,
    FULL_BITS,
    MAX_BITS,
    UNIFORM,
    QuantizationSettings,
)
from core.translation import tr
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.inputs import slider
from hellodl_gui.ui.layout.boxes import hbox

_MOST_PRUNED = 99  # percent


class QuantizationControls(QWidget):
    """Two choices and two sliders; to the right weights become fewer bits, and fewer weights.

    Signals: `changed(object)`, the Squeeze wanted.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._method = combo_box(
            tr("Bins"),
            tr("Equal counts: the same number of weights in each bin, replaced by their "
                "mean. Equal widths: even steps from the smallest weight to the largest."),
            [(tr("equal counts"), EQUAL), (tr("equal widths"), UNIFORM)],
            activated=self._on_changed, least=8,
        )  # fmt: skip
        self._scope = combo_box(
            tr("Codebook"),
            tr("One set of bins per layer, or one for the whole network; the weights to "
                "prune are chosen the same way."),
            [(tr("one per layer"), True), (tr("whole network"), False)],
            activated=self._on_changed, least=8,
        )  # fmt: skip
        self._bits = slider(
            tr("Bits"),
            tr("Bits per weight, from 32 as trained down to 1; biases and normalisation "
                "keep 32"),
            (0, MAX_BITS), self._on_changed,
        )  # fmt: skip
        tip = tr("Percentage of weights set to zero, smallest first")
        self._pruned = slider(tr("Pruned"), tip, (0, _MOST_PRUNED), self._on_changed)
        tip = tr("Unchanged weights: both sliders to the left")
        self._relaxing = tool_button("↺", tip, self.relax)
        self._relaxing.setAccessibleName(tr("As trained"))
        self._bits.setPageStep(4)
        self._pruned.setPageStep(10)
        self._bits_text, self._pruned_text = QLabel(), QLabel()
        for text in (self._bits_text, self._pruned_text):
            text.setMinimumWidth(self.fontMetrics().horizontalAdvance("99 % pruned "))
        choices = hbox((self._method, 1), (self._scope, 1), self._relaxing, spacing=6)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.addLayout(choices, 0, 0, 1, 2)
        grid.addWidget(self._bits, 1, 0)
        grid.addWidget(self._bits_text, 1, 1)
        grid.addWidget(self._pruned, 2, 0)
        grid.addWidget(self._pruned_text, 2, 1)
        grid.setColumnStretch(0, 1)
        self._say()

    @property
    def how(self) -> QuantizationSettings:
        """What is set."""
        place = self._bits.value()
        return QuantizationSettings(
            bits=MAX_BITS + 1 - place if place else FULL_BITS,
            method=str(self._method.currentData()),
            apart=bool(self._scope.currentData()),
            pruned=self._pruned.value() / 100,
        )

    @Slot()
    def relax(self) -> None:
        """Both sliders back to weights as they are."""
        with QSignalBlocker(self._bits), QSignalBlocker(self._pruned):
            self._bits.setValue(0)
            self._pruned.setValue(0)
        self._on_changed()

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self._say()
        self.changed.emit(self.how)

    def _say(self) -> None:
        bits, share = self.how.bits, self._pruned.value()
        word = tr("1 bit") if bits == 1 else tr("{bits} bits").format(bits=bits)
        self._relaxing.setEnabled(not self.how.idle)
        self._bits_text.setText(word)
        self._pruned_text.setText(tr("{share} % pruned").format(share=share))
        self._bits.setAccessibleDescription(word)
        self._pruned.setAccessibleDescription(self._pruned_text.text())
