"""Weights files: loads weights into the open chapter, and saves them."""

from PySide6.QtWidgets import QWidget

from core.chapters.shared.predictor import trained_weights
from core.errors import LabError
from core.training.weights_file import read_weights
from core.translation import tr
from hellodl_gui.services.weights_export import save_run_weights
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.dialogs.file_dialog import ask_open, ask_save

_KIND = "safetensors (*.safetensors)"
_KINDS = "weights (*.safetensors *.pt *.pth *.bin)"
_TOPIC = "load weights"


class WeightsFiles:
    """`window` is the parent of the questions that are asked."""

    def __init__(self, window: QWidget, state: LabState) -> None:
        self._window = window
        self._state = state

    def load_trained(self) -> None:
        """Start from the weights that come with the chapter, once it is open."""
        self._state.training.when_open(self._load_trained)

    def _load_trained(self) -> None:
        state = self._state
        try:
            theta = trained_weights(state.training.chapter, state.training.knobs)
        except LabError as error:
            state.messages.notify("warning", str(error), _TOPIC)
            return
        state.training.restart(theta)
        self._say_loaded(state.training.chapter.trained or "")

    def load_file(self) -> None:
        """Ask for weights, and start from them."""
        state = self._state
        if not state.training.may_act():
            return
        path = ask_open(self._window, tr("Load weights"), "weights", _KINDS)
        if path is None:
            return
        try:
            task = state.training.chapter.task.fitted(state.training.data.train)
            theta, said, _ = read_weights(path, state.training.layout, task.encoding)
        except LabError as error:
            state.messages.notify("error", str(error), _TOPIC)
            return
        state.training.restart(theta)
        self._say_loaded(path.name, said)

    def _say_loaded(self, name: str, more: str = "") -> None:
        loaded = tr("Weights of “{title}” loaded: {name}. Play trains on from them.")
        words = loaded.format(title=self._state.training.chapter.title, name=name)
        self._state.messages.notify("info", f"{words} {more}".strip(), _TOPIC)

    def save(self) -> None:
        """Ask where the weights are to be kept, and write them."""
        name = f"{self._state.training.chapter.key}.safetensors"
        path = ask_save(self._window, tr("Save weights"), "weights", name, _KIND)
        if path is not None:
            save_run_weights(self._state, path)
