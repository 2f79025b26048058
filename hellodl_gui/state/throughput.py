"""Throughput of training, samples a second, from the curve."""

import math
from collections.abc import Sequence

import numpy as np

from core.runtime.compute import ComputeSettings
from core.runtime.protocol import ComputeChanged
from core.training.series import ColumnStore

_SECONDS = 3.0


def round_to_two_digits(speed: float) -> float:
    """Round to two significant digits, so that a shown speed does not flicker."""
    if not 1 <= speed < math.inf:
        return speed
    return float(round(speed, 2 - len(str(int(speed)))))


def samples_per_second(steps: ColumnStore, shifts: Sequence[ComputeChanged]) -> float:
    """Speed over the last seconds with the current compute settings, 0 if unknown."""
    return _speed_between(steps, shifts[-1].step if shifts else 0, None)


def speeds(steps: ColumnStore, shifts: Sequence[ComputeChanged]) -> dict[ComputeSettings, float]:
    """Samples a second by compute settings that the run has used."""
    found = {}
    ends = [*(shift.step for shift in shifts), None][1:]
    for shift, end in zip(shifts, ends, strict=True):
        if speed := _speed_between(steps, shift.step, end):
            one_core = shift.computing.engine == "reference"  # numpy uses no more
            found[ComputeSettings("reference") if one_core else shift.computing] = speed
    return found


def _speed_between(steps: ColumnStore, first: int, end: int | None) -> float:
    """Speed over the last seconds of the mini-batches from `first` to before `end`."""
    numbers = steps.column("step")
    begin = int(np.searchsorted(numbers, first))
    stop = len(numbers) if end is None else int(np.searchsorted(numbers, end))
    if stop - begin < 2:
        return 0.0
    seconds = steps.column("seconds")[begin:stop]
    samples = steps.column("samples")[begin:stop]
    from_row = min(int(np.searchsorted(seconds, seconds[-1] - _SECONDS)), len(seconds) - 2)
    took = seconds[-1] - seconds[from_row]
    return float((samples[-1] - samples[from_row]) / took) if took > 0 else 0.0
