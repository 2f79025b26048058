"""Suspended run: what is needed to return to a run after another one was opened."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.knobs import Knobs
from core.training.task import Split
from hellodl_gui.services.recorded_run import RecordedRun, read_run

_PATIENCE, _GLANCE = 10.0, 0.05  # seconds for the last mini-batches to reach the disk


@dataclass(frozen=True)
class SuspendedRun:
    """State of a run when it was left; its record has the rest, if it had trained.

    `step`: mini-batches trained; `moment`: the step that was shown, None for the newest; `theta`
    (P,): its initial weights where those were loaded and nothing was trained; `knobs`: the values
    when it was left, or at its start for knobs that only act on a start.
    """

    chapter: Chapter
    knobs: Knobs
    record: Path | None
    step: int
    moment: int | None
    theta: NDArray[np.float32] | None
    selected: int

    @property
    def trained(self) -> bool:
        """Whether its record is needed to have it back."""
        return self.record is not None and self.step > 0

    @property
    def precious(self) -> bool:
        """Whether it was trained, or began with loaded weights."""
        return self.trained or self.theta is not None

    def read(self) -> tuple[RecordedRun, Split]:
        """Its record, once that is written to the end, and the data. Raises LabError."""
        assert self.record is not None
        until = time.monotonic() + _PATIENCE
        run = read_run(self.record)
        while run.last < self.step and time.monotonic() < until:
            time.sleep(_GLANCE)
            run = read_run(self.record)
        return run, self.chapter.task.data(run.knobs)
