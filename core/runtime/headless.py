"""Training without a window: the same driver, stepped until the chapter's goal."""

import math
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.knobs import Knobs
from core.record.recorder import Recorder
from core.runtime.compute import ComputeSettings
from core.runtime.driver import Driver, TrainingCallbacks
from core.training.metrics import Evaluation, StepMetrics
from core.training.trainer import Trainer
from core.training.weights_file import save_weights

_LATELY = 100  # mini-batches whose mean is told of at the end
ProgressListener = Callable[[float, float, Mapping[str, float], bool], object]
"""Called with epoch, loss, metrics by key, and whether these are the test set's."""


class StopTraining(Exception):
    """Raised by callbacks, or amid long work, when nobody wants more of this run."""


@dataclass(frozen=True)
class TrainingResult:
    """Result of a run; `record` is its file where it was recorded.

    `trained` are the loss and the metrics of the last mini-batches, up to a hundred, by key.
    """

    chapter: Chapter
    knobs: Knobs
    run: Trainer
    evaluation: Evaluation
    seconds: float
    computing: ComputeSettings
    record: Path | None = None
    trained: Mapping[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Plain numbers: shares as fractions, time in seconds; None for what is no number.

        `metrics` has those of the last mini-batches (`train`) and of the `test` set, by key.
        """
        tested = self.evaluation.metrics
        metrics = {"train": self.trained, "test": {"loss": self.evaluation.loss, **tested}}
        return {
            "chapter": self.chapter.key,
            **{f"test_{key}": value for key, value in _known(tested).items()},
            "loss": self.evaluation.loss,
            "metrics": {split: _known(found) for split, found in metrics.items()},
            "seconds": round(self.seconds, 3),
            "samples_per_second": round(self.run.samples / max(self.seconds, 1e-9), 1),
            "steps": self.run.step,
            "epochs": self.run.epoch,
            **self.computing.card(),
            "knobs": self.knobs.typed(),
            **({} if self.record is None else {"record": str(self.record)}),
            **self.chapter.remarks(self.run, self.evaluation),
        }

    def save(self, path: Path) -> None:
        """Write the weights with their training card. Raises LabError where the disk refuses."""
        card: dict[str, str | float] = {
            "data": self.run.data.train.name,
            **self.evaluation.metrics,
            "epochs": self.run.epoch,
            **self.computing.card(),
            **self.knobs.typed(),
        }
        arena, classes = self.run.arena, self.run.data.test.classes
        encoding = self.run.task.encoding
        save_weights(path, arena.layout, arena.theta, self.chapter.key, encoding, classes, card)


def _known(found: Mapping[str, float]) -> dict[str, float | None]:
    """As JSON knows them: None for what is no number."""
    return {key: value if math.isfinite(value) else None for key, value in found.items()}


def _ignore(_: object = None) -> None:
    pass


@dataclass(frozen=True)
class RecordOptions:
    """That a run is recorded: in `folder`, or where all runs are.

    `announce` hears the path of its file, `warn` a sentence when the disk refuses.
    """

    folder: Path | None = None
    announce: Callable[[Path], object] = _ignore
    warn: Callable[[str], object] = _ignore


class HeadlessTrainer(TrainingCallbacks):
    """One run without a window, recorded or not, up to its goal or `steps` mini-batches.

    `callbacks` hears everything and may raise StopTraining; so may `on_idle`, called amid long
    work. `begin`: weights (P,) to begin with in place of those of the seed.
    Attributes: `run`; `recorder`; `record`, its file; `evaluation`, the last; `lately`, the last
    mini-batches.
    """

    def __init__(
        self,
        chapter: Chapter,
        knobs: Knobs,
        callbacks: TrainingCallbacks,
        computing: ComputeSettings | None = None,
        begin: NDArray[np.float32] | None = None,
        recording: RecordOptions | None = None,
        steps: int | None = None,
        on_idle: Callable[[], object] = _ignore,
    ) -> None:
        self.computing = computing or ComputeSettings()
        self.computing.apply()
        self.record: Path | None = None
        self.evaluation: Evaluation | None = None
        self.lately: deque[StepMetrics] = deque(maxlen=_LATELY)
        self._knobs = knobs
        self._steps = steps
        self._told = 0
        self._paused = False
        self._on_idle = on_idle
        self.run = Trainer(chapter.task, knobs)
        self.run.begin_at(begin)
        self.run.on_idle = self._between
        self.recorder = self._recorder(chapter, recording) if recording is not None else None
        recorder = [] if self.recorder is None else [self.recorder]
        self._audience: list[TrainingCallbacks] = [*recorder, callbacks]
        self.driver = Driver(self.run, chapter.steps, lambda: knobs, self)

    def _recorder(self, chapter: Chapter, recording: RecordOptions) -> Recorder:
        def announce(path: Path) -> None:
            self.record = path
            recording.announce(path)

        recorder = Recorder(
            self.run, chapter.key, recording.warn, announce, folder=recording.folder
        )
        recorder.on_computing(self.computing.card())
        return recorder

    def train(self) -> bool:
        """Train to the end; False when somebody had enough before. The record is finished.

        Raises LabError, also when the loss leaves the numbers; KeyboardInterrupt leaves a valid
        record behind too.
        """
        try:
            with np.errstate(all="ignore"):  # what leaves the numbers is found by the loop
                self._train()
            return True
        except StopTraining:
            # Amid a look at the test set the newest mini-batch was not told yet: no good place
            # to go on from.
            if self.recorder is not None and self._told == self.run.step:
                self.recorder.on_paused(False)
            return False
        except LabError as error:
            if self.recorder is not None:
                self.recorder.on_failure(error)
            raise
        finally:
            if self.recorder is not None:
                self.recorder.close()

    def _train(self) -> None:
        if self.recorder is not None:  # as in the window, where the beginning is shown
            self.driver.evaluate()
            self.recorder.begin(self._knobs)
        self.driver.play()
        while self.driver.playing:
            self.driver.advance(1.0)
        if self.evaluation is None or self.evaluation.step < self.run.step:
            self.driver.evaluate()
        if not self._paused:
            self.on_paused(False)

    def _between(self) -> None:
        if self.recorder is not None:
            self.recorder.on_idle()
        self._on_idle()

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        self._told = step.number
        self.lately.append(step)
        if self._steps is not None and step.number >= self._steps:
            self.driver.playing = False
        for each in self._audience:
            each.on_step(step, seconds)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self.evaluation = evaluation
        for each in self._audience:
            each.on_evaluation(evaluation)

    def on_knob(self, step: int, key: str, value: float) -> None:
        """A knob took effect."""
        for each in self._audience:
            each.on_knob(step, key, value)

    def on_paused(self, finished: bool) -> None:
        """Training stands still."""
        self._paused = True
        for each in self._audience:
            each.on_paused(finished)


class ProgressCallbacks(TrainingCallbacks):
    """Says everything on to a listener."""

    def __init__(self, listener: ProgressListener) -> None:
        self._listener = listener

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        self._listener(step.epoch, step.loss, step.metrics, False)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self._listener(evaluation.epoch, evaluation.loss, evaluation.metrics, True)


def train_headless(
    chapter: Chapter,
    knobs: Knobs,
    progress: ProgressListener,
    computing: ComputeSettings | None = None,
    begin: NDArray[np.float32] | None = None,
    recording: RecordOptions | None = None,
    steps: int | None = None,
) -> TrainingResult:
    """Train `chapter` to its goal, with the compiled kernels on one core unless told otherwise.

    `begin`: weights (P,) to begin with in place of those of the seed. `steps`: so many mini-batches
    at most. With a `recording` the run leaves a file as one in the window does, which begins with a
    look at the test set before the first mini-batch. Raises LabError, also when the loss leaves
    the numbers.
    """
    callbacks = ProgressCallbacks(progress)
    lonely = HeadlessTrainer(chapter, knobs, callbacks, computing, begin, recording, steps)
    began = time.perf_counter()
    lonely.train()
    seconds = time.perf_counter() - began
    assert lonely.evaluation is not None
    return TrainingResult(
        chapter, knobs, lonely.run, lonely.evaluation, seconds, lonely.computing, lonely.record,
        _means(lonely.lately),
    )  # fmt: skip


def _means(steps: Collection[StepMetrics]) -> dict[str, float]:
    """Mean loss and metrics of mini-batches, by key; of none nothing is known."""
    rows = [{"loss": step.loss, **step.metrics} for step in steps]
    keys = rows[0] if rows else {}
    return {key: sum(row.get(key, math.nan) for row in rows) / len(rows) for key in keys}
