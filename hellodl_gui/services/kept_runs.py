"""A run that was left, so that coming back to it shows the trained network again."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.training.knobs import Knobs
from core.training.task import Split
from hellodl_gui.services.recorded_run import Recorded, read_run

_PATIENCE, _GLANCE = 10.0, 0.05  # seconds for the last mini-batches to reach the disk


@dataclass(frozen=True)
class KeptRun:
    """Where a run was left: its record has the rest, or it had not trained yet.

    `step` is how far it was, `moment` the step that was shown, None for the newest; `theta` (P,)
    the weights that it began with where those were loaded and nothing was trained; `knobs` are
    those of then, and of its beginning where they only act on a start.
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
        """Whether there is something in it that took time, or was loaded."""
        return self.trained or self.theta is not None

    def read(self) -> tuple[Recorded, Split]:
        """Its record, once that holds all of it, and the data. Raises LabError."""
        assert self.record is not None
        until = time.monotonic() + _PATIENCE
        run = read_run(self.record)
        while run.last < self.step and time.monotonic() < until:
            time.sleep(_GLANCE)
            run = read_run(self.record)
        return run, self.chapter.task.data(run.knobs)
