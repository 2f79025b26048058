"""Trains a recorded run for a film, for a number of mini-batches or seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.knobs import Knobs
from core.runtime.compute import ComputeSettings
from core.runtime.headless import (
    HeadlessTrainer,
    ProgressCallbacks,
    ProgressListener,
    RecordOptions,
    StopTraining,
)
from core.training.metrics import StepMetrics
from core.translation import tr


@dataclass(frozen=True)
class FilmBudget:
    """At most so many mini-batches (None: up to the chapter's goal) and so many seconds."""

    steps: int | None = None
    seconds: float = 600.0


@dataclass(frozen=True)
class PageGlyphs:
    """The characters of a page as pictures (N, 28, 28), and the page's name."""

    images: NDArray[np.uint8]
    page: str


def record_film_run(
    chapter: Chapter,
    knobs: Knobs,
    budget: FilmBudget,
    folder: Path,
    progress: ProgressListener,
    glyphs: PageGlyphs | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Path:
    """Train with the compiled kernels, recorded in `folder`; the record's path.

    What the network made of `glyphs` is kept with every snapshot. Raises LabError, also where
    nothing could be recorded; KeyboardInterrupt leaves a valid record behind.
    """
    troubles: list[str] = []
    recording = RecordOptions(folder, warn=troubles.append)
    audience = _Timed(progress, clock, budget.seconds)
    run = HeadlessTrainer(
        chapter, knobs, audience, ComputeSettings(), recording=recording, steps=budget.steps
    )  # fmt: skip
    if run.recorder is not None:
        run.recorder.lift_time_budget()
        if glyphs is not None and len(glyphs.images):
            run.recorder.watch(glyphs.images, glyphs.page)
    run.train()
    if run.record is None:
        raise LabError(troubles[0] if troubles else tr("Nothing was trained that could be filmed."))
    return run.record


class _Timed(ProgressCallbacks):
    """Says everything on to a listener, and has enough when time is up."""

    def __init__(
        self, listener: ProgressListener, clock: Callable[[], float], seconds: float
    ) -> None:
        super().__init__(listener)
        self._clock = clock
        self._end = clock() + seconds

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        super().on_step(step, seconds)
        if self._clock() >= self._end:
            raise StopTraining
