"""Training without a window: the same driver, stepped until the chapter's goal."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.runtime.computing import Computing
from core.runtime.driver import Driver
from core.train.knobs import Knobs
from core.train.run import Run
from core.train.step import Evaluation, Step
from core.train.weights import save_weights


class Listener(Protocol):
    """Hears how far training is; `validated` when the numbers are the test set's."""

    def __call__(self, epoch: float, loss: float, accuracy: float, validated: bool) -> None:
        """Hear it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    chapter: Chapter
    knobs: Knobs
    run: Run
    evaluation: Evaluation
    seconds: float
    computing: Computing

    def summary(self) -> dict[str, Any]:
        """Plain numbers: accuracies as fractions, time in seconds."""
        return {
            "chapter": self.chapter.key,
            "test_accuracy": self.evaluation.accuracy,
            **({} if math.isnan(self.evaluation.top2) else {"test_top2": self.evaluation.top2}),
            "loss": self.evaluation.loss,
            "seconds": round(self.seconds, 3),
            "samples_per_second": round(self.run.samples / max(self.seconds, 1e-9), 1),
            "steps": self.run.step,
            "epochs": self.run.epoch,
            **self.computing.card(),
            "knobs": {k.key: k.text(self.knobs[k.key]) for k in self.chapter.knobs},
            **self.chapter.remarks(self.run, self.evaluation),
        }

    def save(self, path: Path) -> None:
        """Write the weights with their training card. Raises LabError where the disk refuses."""
        card: dict[str, str | float] = {
            "data": self.run.data.train.name,
            "accuracy": self.evaluation.accuracy,
            "epochs": self.run.epoch,
            **self.computing.card(),
            **{k.key: k.text(self.knobs[k.key]) for k in self.chapter.knobs},
        }
        try:
            save_weights(
                path,
                self.run.arena.layout,
                self.run.arena.theta,
                self.chapter.key,
                self.chapter.task.pixels,
                self.run.data.test.classes,
                card,
            )
        except OSError as error:
            raise LabError(
                f"The weights could not be written to {path}: {error.strerror}."
            ) from error


class _Watch:
    """Keeps the last evaluation and whether training stands still."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.evaluation: Evaluation | None = None

    def on_step(self, step: Step, seconds: float) -> None:
        self._listener(step.epoch, step.loss, step.accuracy, False)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self._listener(evaluation.epoch, evaluation.loss, evaluation.accuracy, True)

    def on_knob(self, step: int, key: str, value: float) -> None:
        """Nobody turns knobs here."""

    def on_paused(self, finished: bool) -> None:
        """The driver says so itself."""


def train_headless(
    chapter: Chapter,
    knobs: Knobs,
    progress: Listener,
    computing: Computing | None = None,
    begin: NDArray[np.float32] | None = None,
) -> Outcome:
    """Train `chapter` to its goal, with the compiled kernels on one core unless told otherwise.

    `begin`: weights (P,) to begin with in place of those of the seed. Raises LabError, also when
    the loss leaves the numbers.
    """
    computing = computing or Computing()
    computing.apply()
    run = Run(chapter.task, knobs)
    run.begin_at(begin)
    watch = _Watch(progress)
    driver = Driver(run, chapter.steps, lambda: knobs, watch)
    began = time.perf_counter()
    driver.play()
    while driver.playing:
        driver.advance(1.0)
    seconds = time.perf_counter() - began
    if watch.evaluation is None or watch.evaluation.step != run.step:
        driver.evaluate()
    assert watch.evaluation is not None
    return Outcome(chapter, knobs, run, watch.evaluation, seconds, computing)
