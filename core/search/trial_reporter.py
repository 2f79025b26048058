"""Reports the progress of a run over a pipe, and listens there for Quit."""

import math
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from core.runtime.driver import TrainingCallbacks
from core.runtime.headless import StopTraining
from core.runtime.protocol import Quit, RecordingStarted, WarningRaised
from core.search.messages import RunValidated, StepsTrained
from core.training.metrics import Evaluation, Metric, StepMetrics

_SAY_EVERY = 0.1
_LISTEN_EVERY = 0.02


class StopListener:
    """Watches a pipe for Quit; a closed pipe counts as one."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._next = 0.0
        self.stopped = False

    def listen(self) -> None:
        """To be called often. Raises Enough after a Stop."""
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + _LISTEN_EVERY
            try:
                while self._pipe.poll(0):
                    self.stopped = isinstance(self._pipe.recv(), Quit) or self.stopped
            except (EOFError, OSError):
                self.stopped = True
        if self.stopped:
            raise StopTraining


class RunReporter(TrainingCallbacks):
    """TrainingCallbacks that send events of run `number`, whose mini-batches have these metrics."""

    def __init__(
        self, number: int, metrics: Sequence[Metric], pipe: Connection, listener: StopListener
    ) -> None:
        self.number = number
        self._keys = [metric.key for metric in metrics]
        self.step = 0
        self.evaluation: Evaluation | None = None
        self.record: Path | None = None
        self._pipe = pipe
        self._stop_listener = listener
        self._rows: list[tuple[float, ...]] = []
        self._said = 0.0

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        self.step = step.number
        found = (step.metrics.get(key, math.nan) for key in self._keys)
        self._rows.append((step.number, step.loss, *found))
        if time.perf_counter() - self._said >= _SAY_EVERY:
            self.flush()
        self.on_idle()

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self.evaluation = evaluation
        self.flush()
        metrics = {key: float(value) for key, value in evaluation.metrics.items()}
        said = RunValidated(self.number, evaluation.step, float(evaluation.loss), metrics)
        self._pipe.send(said)

    def on_paused(self, finished: bool) -> None:
        """Training stands still."""
        self.flush()

    def on_idle(self) -> None:
        """Amid long work. Raises Enough when nobody wants more."""
        self._stop_listener.listen()

    def announce(self, path: Path) -> None:
        """The run is recorded there."""
        self.record = path
        self._pipe.send(RecordingStarted(self.number, str(path)))

    def warn(self, sentence: str) -> None:
        """Something a person should know."""
        self._pipe.send(WarningRaised(self.number, sentence))

    def flush(self) -> None:
        """Say what was not said yet."""
        self._said = time.perf_counter()
        if self._rows:
            self._pipe.send(StepsTrained(self.number, np.array(self._rows, np.float64)))
            self._rows.clear()
