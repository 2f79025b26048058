"""Compute settings: engine and number of cores, with the samples per second measured."""

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from core.formatting import format_fixed
from core.kernels.threads import HALVES
from core.runtime.compute import ENGINES, ComputeSettings
from core.translation import tr
from hellodl_gui.state.throughput import round_to_two_digits
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

_LEGIBLE = 5  # characters of each choice where the panel is as narrow as may be


class ComputeControl(QWidget):
    """Two choices and, below them, the samples a second that each was seen to reach.

    Signals: `chosen(object)`, the Computing a person picked.
    """

    chosen = Signal(object)

    def __init__(self, computing: ComputeSettings) -> None:
        super().__init__()
        self._engines = list(ENGINES)
        names = {"fast": tr("Compiled code"), "reference": tr("Readable numpy")}
        self._engine = combo_box(
            tr("Compute with"), "", [names[engine] for engine in self._engines], elided=True
        )
        self._engine.setObjectName("engine")
        cores = [tr("1 core"), *(tr("{n} cores").format(n=n) for n in range(2, HALVES + 1))]
        self._threads = combo_box(tr("Cores"), "", cores, elided=True)
        self._threads.setObjectName("threads")
        for combo in (self._engine, self._threads):
            combo.setMinimumContentsLength(_LEGIBLE)
        tip = tr(
            "<b>Compute with</b><br>Compiled code is fast; readable numpy is written as "
            "in a textbook. Both learn the same, only the speed differs: switch during "
            "training and compare the samples per second.<br>Takes effect at the next "
            "mini-batch."
        )
        self.setToolTip(tip)
        self._engine.setAccessibleDescription(tip)
        self._threads.setAccessibleDescription(tr("How many CPU cores share a mini-batch"))
        self._speeds = quiet(QLabel())
        self._speeds.setObjectName("speeds")
        self._speeds.setWordWrap(True)
        vbox(
            label_of(tr("Compute with"), self._engine),
            hbox((self._engine, 1), self._threads, spacing=6),
            self._speeds,
            margins=(0, 6, 6, 6), spacing=4, on=self,
        )  # fmt: skip
        self.set_computing(computing)
        self.show_speeds({})
        self._engine.currentIndexChanged.connect(self._on_choice)
        self._threads.currentIndexChanged.connect(self._on_choice)

    def set_computing(self, computing: ComputeSettings) -> None:
        """Show another choice without saying so."""
        with QSignalBlocker(self._engine), QSignalBlocker(self._threads):
            self._engine.setCurrentIndex(self._engines.index(computing.engine))
            self._threads.setCurrentIndex(computing.threads - 1)
        self._threads.setEnabled(computing.engine == "fast")

    def show_speeds(self, speeds: Mapping[ComputeSettings, float]) -> None:
        """Samples a second by engine and cores, and how many times the slowest that is."""
        lines = [
            f"{self._words(computing)}: {format_fixed(round_to_two_digits(speed), 0)}"
            + (f" ({format_fixed(speed / min(speeds.values()), 1)}×)" if len(speeds) > 1 else "")
            for computing, speed in speeds.items()
        ]
        heading = tr("Samples per second") if lines else tr("Press Play to measure the speed.")
        text = "\n".join([heading, *lines])
        if self._speeds.text() != text:
            self._speeds.setText(text)

    def _words(self, computing: ComputeSettings) -> str:
        engine = self._engine.itemText(self._engines.index(computing.engine))
        if computing.engine == "reference" or computing.threads == 1:
            return engine
        return f"{engine}, {self._threads.itemText(computing.threads - 1)}"

    @Slot(int)
    def _on_choice(self, _: int) -> None:
        engine = self._engines[self._engine.currentIndex()]
        computing = ComputeSettings(engine, self._threads.currentIndex() + 1)
        self._threads.setEnabled(engine == "fast")
        self.chosen.emit(computing)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _made() -> QWidget:
        control = ComputeControl(ComputeSettings())
        control.show_speeds({ComputeSettings(): 182_000.0, ComputeSettings("reference"): 43_000.0})
        return control

    show(_made)
