"""Readout: the large numbers under the panels, for the moment that is shown."""

from dataclasses import dataclass

import numpy as np

from core.training.metrics import Metric
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.throughput import round_to_two_digits, samples_per_second


@dataclass(frozen=True)
class Readout:
    """Mini-batch `step` is shown of a run that is at `last`; `past`, whether that is a look back.

    `epoch` at that step, `value` of the `metric` that goals are about, found by the last look at
    the test set until then, after mini-batch `tested`, None before there is one; `rate` in samples
    a second, 0 while nothing trains.
    """

    step: int
    last: int
    epoch: float
    rate: float
    metric: Metric
    value: float | None
    past: bool
    tested: int | None = None


def readout(state: LabState) -> Readout:
    """As things are shown now."""
    moment = state.timeline.moment
    step = state.timeline.step if moment is None else moment
    row = int(np.searchsorted(state.timeline.steps.column("step"), step, side="right")) - 1
    epoch = float(state.timeline.steps.column("epoch")[row]) if row >= 0 else 0.0
    playing = state.training.status is Status.PLAYING
    rate = (
        round_to_two_digits(
            samples_per_second(state.timeline.steps, state.timeline.compute_changes)
        )
        if playing
        else 0.0
    )
    seen = state.timeline.evaluation
    metric = state.timeline.metrics.goal
    value = seen.value(metric) if seen is not None else None
    return Readout(
        step, state.timeline.step, epoch, rate, metric, value, moment is not None,
        seen.step if seen is not None else None,
    )  # fmt: skip
