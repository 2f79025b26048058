"""What each chapter was left with, so that coming back to it shows the trained network again."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.train.knobs import Knobs
from hellodl_gui.services.recorded import Recorded, read_run
from hellodl_gui.state.lab import LabState

_PATIENCE, _GLANCE = 10.0, 0.05  # seconds for the last mini-batches to reach the disk


@dataclass(frozen=True)
class KeptRun:
    """A run that was left: its record holds it, or it had not trained yet.

    `step` is how far it was, `moment` the step that was shown, None for the newest; `theta` (P,)
    the weights that an untrained run began with where they were loaded.
    """

    knobs: Knobs
    record: Path | None
    step: int
    moment: int | None
    theta: NDArray[np.float32] | None
    selected: int

    @property
    def trained(self) -> bool:
        """Whether there is something in it that took time or was loaded."""
        return self.step > 0 or self.theta is not None


def leave(state: LabState, given: NDArray[np.float32] | None) -> KeptRun:
    """The open run as it is left; it began with the weights `given` (P,), None for its seed."""
    film, weights = state.film, state.live_weights
    taught = weights.theta.copy() if given is not None and weights is not None else None
    return KeptRun(
        knobs=state.knobs,
        record=film.path,
        step=state.step,
        moment=film.moment,
        theta=None if state.step else taught,
        selected=state.selected,
    )


def read_kept(kept: KeptRun) -> Recorded:
    """The record of a run that was left, once it holds all of it. Raises LabError."""
    assert kept.record is not None
    if not kept.record.exists():
        raise LabError(f"its record {kept.record.name} was deleted.")
    until = time.monotonic() + _PATIENCE
    run = read_run(kept.record)
    while run.last < kept.step and time.monotonic() < until:
        time.sleep(_GLANCE)
        run = read_run(kept.record)
    return run


def knobs_of(run: Recorded, kept: KeptRun) -> Knobs:
    """The knobs as they were left; those that act on a new start only, as the run began."""
    live = {key: kept.knobs[key] for key, knob in kept.knobs.knobs.items() if knob.live}
    return run.knobs.with_values(**live)
