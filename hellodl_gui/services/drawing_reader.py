"""Drawing reader: predictions and layer outputs for one image, in the window's process."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chapters.shared.predictor import Predictor
from core.inspect.layer_outputs import LayerOutput
from hellodl_gui.state.lab import LabState


class DrawingReader:
    """Runs the network on the numpy engine within a few milliseconds, so that a drawing is read in
    the same frame. Uses the weights that are shown.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Predictor | None = None
        self._knobs = state.training.knobs
        state.training.restarted.connect(self._forget)

    def _forget(self) -> None:
        """A new run: its network is built with the knobs of its start."""
        self._reader, self._knobs = None, self._state.training.knobs

    def follow(self, sample: NDArray[Any]) -> tuple[NDArray[np.float32], list[LayerOutput]] | None:
        """Probabilities (C,) and layer outputs of one sample; None without weights."""
        state = self._state
        data = state.training.data
        if state.timeline.weights is None or data.test.inputs.shape[1:] != sample.shape:
            return None
        if self._reader is None:
            chapter = state.training.chapter
            fitted = replace(chapter, task=chapter.task.fitted(data.train))
            self._reader = Predictor(fitted, self._knobs, data.test.classes)
        self._reader.set_weights(state.timeline.weights.theta)
        return self._reader.follow(sample)
