"""Writes what the person wants to keep."""

from pathlib import Path

from core.train.weights import save_weights
from hellodl_gui.state.lab import LabState


def save_run_weights(state: LabState, path: Path) -> None:
    """The weights on show as safetensors; says how it went."""
    weights = state.weights
    if weights is None:
        state.say("warning", "There are no weights yet: wait until training is ready.")
        return
    card: dict[str, str | float] = {
        "data": state.data.train.name,
        "mini-batches": weights.step,
        **state.computing.card(),
        **{key: state.knobs.knobs[key].text(value) for key, value in state.knobs.items()},
    }
    if state.evaluation is not None:
        card["accuracy"] = state.evaluation.accuracy
    try:
        save_weights(
            path,
            weights.layout,
            weights.theta,
            state.chapter.key,
            state.chapter.task.pixels,
            state.test.classes,
            card,
        )
    except OSError as error:
        state.say("error", f"The weights could not be written to {path}: {error.strerror}.")
        return
    state.say("info", f"Weights of mini-batch {weights.step:,} saved to {path}.")
