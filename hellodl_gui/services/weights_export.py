"""Exports weights as safetensors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.inspect.weights.quantization import QuantizationSettings
from core.training.weights_file import save_weights
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights


def save_run_weights(state: LabState, path: Path) -> None:
    """The weights on show as safetensors; says how it went."""
    weights = state.timeline.weights
    if weights is None:
        state.messages.notify("warning", "There are no weights yet: wait until training is ready.")
        return
    seen = state.timeline.evaluation
    more = {} if seen is None else dict(seen.metrics)
    if _written(state, path, weights, weights.theta, more):
        state.messages.notify("info", f"Weights of mini-batch {weights.step:,} saved to {path}.")


def save_squeezed(
    state: LabState, path: Path, theta: NDArray[np.float32], how: QuantizationSettings
) -> None:
    """Squeezed weights θ (P,) as safetensors, 32 bits a number; says how it went."""
    weights = state.timeline.weights
    if weights is None:
        return
    scope = "of each layer" if how.apart else "of the whole network"
    squeezed: dict[str, str | float] = {
        "bits": how.bits, "bins": f"{how.method}, {scope}", "pruned": how.pruned
    }  # fmt: skip
    if _written(state, path, weights, theta, squeezed):
        state.messages.notify(
            "info", f"Weights of {how.bits} bits saved to {path}; Load weights reads them."
        )


def _written(
    state: LabState, path: Path, weights: Weights, theta: NDArray[np.float32],
    more: Mapping[str, str | float],
) -> bool:  # fmt: skip
    """Write θ with where it comes from; False, and a word about it, where the disk refuses."""
    card: dict[str, str | float] = {
        "data": state.training.data.train.name,
        "mini-batches": weights.step,
        **state.training.computing.card(),
        **state.training.knobs.typed(),
        **more,
    }
    chapter, data = state.training.chapter, state.training.data
    encoding = chapter.task.fitted(data.train).encoding
    try:
        save_weights(path, weights.layout, theta, chapter.key, encoding, data.test.classes, card)
    except LabError as error:
        state.messages.notify("error", str(error))
        return False
    return True
