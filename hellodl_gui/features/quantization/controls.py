"""Quantization controls: bits, kind of bins, codebooks, share pruned."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from core.inspect.weights.quantization import (
    EQUAL,
    FULL_BITS,
    MAX_BITS,
    UNIFORM,
    QuantizationSettings,
)
from core.translation import tr
from hellodl_gui.ui.controls.inputs import ComboBox, Slider

_MOST_PRUNED = 99  # percent


class QuantizationControls(QWidget):
    """Two choices and two sliders; to the right weights become fewer bits, and fewer weights.

    Signals: `changed(object)`, the Squeeze wanted.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._method = self._combo(
            tr("Bins"),
            tr("Equal counts: the same number of weights in each bin, replaced by their "
                "mean. Equal widths: even steps from the smallest weight to the largest."),
        )  # fmt: skip
        self._method.addItem(tr("equal counts"), EQUAL)
        self._method.addItem(tr("equal widths"), UNIFORM)
        self._scope = self._combo(
            tr("Codebook"),
            tr("One set of bins per layer, or one for the whole network; the weights to "
                "prune are chosen the same way."),
        )  # fmt: skip
        self._scope.addItem(tr("one per layer"), True)
        self._scope.addItem(tr("whole network"), False)
        self._bits = self._slider(
            tr("Bits"), MAX_BITS,
            tr("Bits per weight, from 32 as trained down to 1; biases and normalisation "
                "keep 32"),
        )  # fmt: skip
        self._pruned = self._slider(
            tr("Pruned"), _MOST_PRUNED,
            tr("Percentage of weights set to zero, smallest first"),
        )  # fmt: skip
        self._relaxing = QToolButton()
        self._relaxing.setText("↺")
        self._relaxing.setAccessibleName(tr("As trained"))
        self._relaxing.setToolTip(tr("Unchanged weights: both sliders to the left"))
        self._relaxing.clicked.connect(self.relax)
        self._bits.setPageStep(4)
        self._pruned.setPageStep(10)
        self._bits_text, self._pruned_text = QLabel(), QLabel()
        for text in (self._bits_text, self._pruned_text):
            text.setMinimumWidth(self.fontMetrics().horizontalAdvance("99 % pruned "))
        choices = QHBoxLayout()
        choices.setSpacing(6)
        choices.addWidget(self._method, 1)
        choices.addWidget(self._scope, 1)
        choices.addWidget(self._relaxing)
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

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = ComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        combo.activated.connect(self._on_changed)
        return combo

    def _slider(self, name: str, last: int, tip: str) -> QSlider:
        slider = Slider(Qt.Orientation.Horizontal)
        slider.setRange(0, last)
        slider.setAccessibleName(name)
        slider.setToolTip(tip)
        slider.valueChanged.connect(self._on_changed)
        return slider

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
