"""Weights from files into the chapter that is open, and back into files."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.chapters.reader import trained_weights
from core.errors import LabError
from core.train.weights import load_weights
from hellodl_gui.services.exporter import save_run_weights
from hellodl_gui.state.lab import LabState

_KIND = "safetensors (*.safetensors)"


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("WeightsFiles", text)


class WeightsFiles:
    """`window` is the parent of the questions that are asked."""

    def __init__(self, window: QWidget, state: LabState) -> None:
        self._window = window
        self._state = state

    def load_trained(self) -> None:
        """Start from the weights that come with the chapter, once it is open."""
        self._state.when_open(self._load_trained)

    def _load_trained(self) -> None:
        state = self._state
        try:
            theta = trained_weights(state.chapter, state.knobs)
        except LabError as error:
            state.say("warning", str(error))
            return
        state.restart(theta)
        self._say_loaded(state.chapter.trained or "")

    def load_file(self) -> None:
        """Ask for weights, and start from them."""
        state = self._state
        if not state.may_act():
            return
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Load weights"), "", _KIND)
        if not name:
            return
        try:
            theta = load_weights(Path(name), state.layout, state.chapter.task.pixels)
        except LabError as error:
            state.say("error", str(error))
            return
        state.restart(theta)
        self._say_loaded(Path(name).name)

    def _say_loaded(self, name: str) -> None:
        loaded = tr("Weights of “{title}” loaded: {name}. Play trains on from them.")
        self._state.say("info", loaded.format(title=self._state.chapter.title, name=name))

    def save(self) -> None:
        """Ask where the weights are to be kept, and write them."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save weights"), f"{self._state.chapter.key}.safetensors", _KIND
        )
        if name:
            save_run_weights(self._state, Path(name))
