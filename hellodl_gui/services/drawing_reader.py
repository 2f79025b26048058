"""Reads single pictures with a copy of the network that is shown, layer by layer."""

import numpy as np
from numpy.typing import NDArray

from core.chapters.shared.predictor import Predictor
from core.inspect.layer_outputs import LayerOutput
from hellodl_gui.state.lab import LabState


class PadReader:
    """Reads here, on the numpy engine and within a few milliseconds, so that what is being drawn is
    read in the same frame. Follows training and the moment that is shown.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: Predictor | None = None
        self._knobs = state.knobs
        state.restarted.connect(self._forget)

    def _forget(self) -> None:
        """Another run: its network is as the knobs were when it began."""
        self._reader, self._knobs = None, self._state.knobs

    def follow(
        self, image: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], list[LayerOutput]] | None:
        """Probabilities (C,) and layers for a picture (28, 28); None before there are weights."""
        state = self._state
        if state.weights is None or state.test.images.shape[1:] != image.shape:
            return None
        if self._reader is None:
            self._reader = Predictor(state.chapter, self._knobs, state.test.classes)
        self._reader.set_weights(state.weights.theta)
        return self._reader.follow(image)
