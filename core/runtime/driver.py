"""Steps a run: play, pause, one mini-batch, one epoch, speed. Knows no processes, no windows."""

import time
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import numpy as np

from core.knobs import Knobs
from core.training.metrics import Evaluation, StepMetrics
from core.training.settings import TrainingSettings
from core.training.trainer import Trainer

_MAX_SLEEP = 0.01


class TrainingCallbacks(Protocol):
    """Callbacks of training; those inherited do nothing."""

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained, `seconds` of training time into the run."""
        return

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        return

    def on_knob(self, step: int, key: str, value: float) -> None:
        """Mini-batch `step` is the first with this value."""
        return

    def on_paused(self, finished: bool) -> None:
        """Training stands still."""
        return


class Driver:
    """Pulls steps out of a chapter's generator for as long as it may."""

    def __init__(
        self,
        run: Trainer,
        steps: Callable[[Trainer, Callable[[], Knobs]], Iterator[StepMetrics]],
        knobs: Callable[[], Knobs],
        callbacks: TrainingCallbacks,
    ) -> None:
        self.run = run
        self.playing = False
        self.speed: float | None = None
        self._read_knobs = knobs
        self._callbacks = callbacks
        self._knobs = knobs()
        self._settings = TrainingSettings.of(self._knobs)
        self._steps = steps(run, self._next_knobs)
        self._goal: Literal["batch", "epoch", "end"] = "end"
        self._parent_of = self._met = False
        self._since = 0.0  # the epoch from which the epochs of the goal count
        self._seconds = 0.0
        self._due = 0.0

    def play(self) -> None:
        """Train until paused, or until the chapter's goal. Once that is reached, for as many epochs
        more as the goal had, or without end where it had none.
        """
        if self._parent_of:
            self._parent_of, self._met = False, True
            self._since = self.run.epoch
        self._go("end")

    def advance_by(self, goal: Literal["batch", "epoch"]) -> None:
        """Train one mini-batch, or to the end of the epoch."""
        self._go(goal)

    def pause(self) -> None:
        """Pause after the current mini-batch."""
        if self.playing:
            self.playing = False
            self._callbacks.on_paused(False)

    def set_speed(self, steps_per_second: float | None) -> None:
        """Hold back to so many mini-batches a second; None for full speed."""
        self.speed = steps_per_second
        self._due = 0.0

    def evaluate(self) -> None:
        """Look at the test set as things stand."""
        self._callbacks.on_evaluation(self.run.evaluate(self._read_knobs()))

    def advance(self, budget: float) -> None:
        """Train for about `budget` seconds, or sleep where the speed or a pause asks for it."""
        end = time.perf_counter() + budget
        while self.playing and (now := time.perf_counter()) < end:
            if self.speed is not None and now < self._due:
                time.sleep(min(self._due - now, _MAX_SLEEP))
                return
            self._one(now)

    def _go(self, goal: Literal["batch", "epoch", "end"]) -> None:
        self._goal = goal
        self.playing = True
        self._due = 0.0

    def _one(self, began: float) -> None:
        before = self.run.epoch
        with np.errstate(
            all="ignore"
        ):  # what leaves the numbers is found and explained by the loop
            step = next(self._steps)
        ended = time.perf_counter()
        self._seconds += ended - began
        if self.speed is not None:
            self._due = max(self._due + 1 / self.speed, began)
        self._callbacks.on_step(step, self._seconds)
        if step.evaluation is not None:
            self._callbacks.on_evaluation(step.evaluation)
        if self._reached(step, before):
            self.playing = False
            self._callbacks.on_paused(self._parent_of and self._goal == "end")

    def _reached(self, step: StepMetrics, before: float) -> bool:
        epochs = self._since + self._settings.epochs
        # A goal that was met stays met: only the number of epochs ends training once more.
        over = (step.finished and not self._met) or (before < epochs <= step.epoch)
        self._parent_of = self._parent_of or over
        match self._goal:
            case "batch":
                return True
            case "epoch":
                return int(step.epoch) > int(before)
            case "end":
                return over

    def _next_knobs(self) -> Knobs:
        now = self._read_knobs()
        if now is self._knobs:
            return now
        for key, value in now.items():
            if value != self._knobs[key]:
                self._callbacks.on_knob(self.run.step + 1, key, value)
        self._knobs = now
        self._settings = TrainingSettings.of(now)
        return now
