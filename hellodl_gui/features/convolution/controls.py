"""Controls of the convolution demo: image, kernel, size, stride, padding, step and play."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.inspect.teach.convolution import (
    BLUR,
    COUNTING,
    EDGE,
    KERNELS,
    NOTHING,
    NUMBER,
    OUTLINE,
    SAMPLE,
    SHARPEN,
    TEXT,
    ConvolutionExample,
)
from core.inspect.weights.weight_tiles import WeightTiles
from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import Act, tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.inputs import ComboBox, SpinBox
from hellodl_gui.ui.controls.labels import label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

LARGEST_KERNEL = 5
_LARGEST_STRIDE, _LARGEST_PADDING = 3, 4
_NARROW, _WORD = 60, 84  # pixels


class ConvolutionControls(QWidget):
    """Two lines of choices.

    Signals: `source_chosen(str)` a picture; `kernel_chosen(str)` a kernel of the core's or a
    parameter; `size_chosen(int)`; `turned(str, object)` another part of the exercise by name;
    `play_wanted()`, `step_wanted()`, `reset_wanted()`.
    """

    source_chosen = Signal(str)
    kernel_chosen = Signal(str)
    size_chosen = Signal(int)
    turned = Signal(str, object)
    play_wanted = Signal()
    step_wanted = Signal()
    reset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._playing = False
        vbox(self._make_choices(), self._make_explorer(), spacing=4, on=self)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    def _make_choices(self) -> QHBoxLayout:
        self._sources = _combo(
            tr("Picture"), tr("Input of the convolution"), self.source_chosen.emit
        )
        self._sources.addItem(tr("1 to 48, as in the text"), TEXT)
        self._sources.addItem(tr("the selected sample"), SAMPLE)
        self._kernels = _combo(
            tr("Kernel"), tr("The kernel that slides over the picture"), self.kernel_chosen.emit
        )
        self._which = _spin(
            1, 1, tr("Which of the layer's kernels"), lambda n: self.turned.emit("which", n - 1)
        )
        self._play = tool_button("", tr("Slide the kernel over the picture"), self.play_wanted)
        self._step = tool_button("", tr("One step forward"), self.step_wanted)
        self._reset = tool_button("", tr("Back to the example in the text"), self.reset_wanted)
        return hbox(
            (self._sources, 3), (self._kernels, 3), self._play, self._step, self._reset, spacing=6
        )

    def _make_explorer(self) -> QHBoxLayout:
        self._size = _spin(
            1, LARGEST_KERNEL, tr("Rows and columns of the kernel"), self.size_chosen
        )
        self._stride = _spin(
            1,
            _LARGEST_STRIDE,
            tr("How far the kernel moves each time"),
            lambda n: self.turned.emit("stride", n),
        )
        self._padding = _combo(
            tr("Padding"),
            tr("Zeros added around the picture"),
            lambda key: self.turned.emit("padding", key),
        )
        for word, tip, key in (
            (tr("valid"), tr("No zeros: the kernel stays inside the picture"), "valid"),
            (tr("same"), tr("Enough zeros to keep the size; stride 1 only"), "same"),
            (tr("full"), tr("Enough zeros for every partial overlap"), "full"),
            (tr("number"), tr("This many zeros on every side"), NUMBER),
        ):
            self._padding.addItem(word, key)
            place = self._padding.count() - 1
            self._padding.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self._padding.setMinimumWidth(_WORD)
        self._around = _spin(
            0,
            _LARGEST_PADDING,
            tr("Zeros on every side"),
            lambda n: self.turned.emit("around", n),
        )
        return hbox(
            quiet(label_of(tr("size"), self._size)), self._size,
            quiet(label_of(tr("stride"), self._stride)), self._stride,
            quiet(label_of(tr("padding"), self._padding)), self._padding,
            self._around, 1, self._which, spacing=6,
        )  # fmt: skip

    # -- what is shown ------------------------------------------------------------------------

    def offer_kernels(self, layers: Sequence[WeightTiles]) -> None:
        """The core's kernels, and those of a network."""
        names = {
            COUNTING: tr("1, 2, 3 …, as in the text"),
            EDGE: tr("edge"),
            OUTLINE: tr("outline"),
            BLUR: tr("blur"),
            SHARPEN: tr("sharpen"),
            NOTHING: tr("identity"),
        }
        self._kernels.clear()
        for key in KERNELS:
            self._kernels.addItem(names[key], key)
        for layer in layers:
            words = tr("of the network: {name}").format(name=layer.parameter)
            self._kernels.addItem(words, layer.parameter)

    def show_exercise(self, exercise: ConvolutionExample, kernels: int) -> None:
        """Every control as the exercise has it; `kernels` to choose from, 0 where there is one."""
        for spin, value in (
            (self._size, len(exercise.kernel)),
            (self._stride, exercise.stride),
            (self._around, exercise.around),
        ):
            with QSignalBlocker(spin):
                spin.setValue(value)
        with QSignalBlocker(self._which):
            self._which.setRange(1, max(kernels, 1))
            self._which.setValue(exercise.which + 1)
        self._which.setVisible(kernels > 0)
        self._around.setVisible(exercise.padding == NUMBER)
        self._sources.setCurrentIndex(self._sources.findData(exercise.source))
        self._kernels.setCurrentIndex(self._kernels.findData(exercise.name))
        self._padding.setCurrentIndex(self._padding.findData(exercise.padding))

    def set_playing(self, playing: bool) -> None:
        """Whether the kernel slides by itself."""
        self._playing = playing
        self._on_theme()

    def _on_theme(self) -> None:
        colour = themes().theme.text
        self._play.setIcon(icon("pause" if self._playing else "play", colour))
        self._step.setIcon(icon("step", colour))
        self._reset.setIcon(icon("reset", colour))


def _combo(name: str, tip: str, chosen: Callable[[Any], object]) -> ComboBox:
    combo = combo_box(name, tip, least=6, elided=True)
    combo.activated.connect(lambda _: chosen(combo.currentData()))
    combo.setMinimumWidth(_NARROW)
    combo.setPlaceholderText(tr("own numbers"))
    return combo


def _spin(low: int, high: int, tip: str, turned: Act) -> SpinBox:
    spin = SpinBox(minimum=low, maximum=high)
    spin.setToolTip(tip)
    spin.setAccessibleName(tip)
    spin.valueChanged.connect(turned)
    return spin
