"""Training state: model, optimizer, data order and random streams of one task."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import no_grad
from core.data.rng import RngStreams
from core.data.sampler import BatchSampler
from core.data.specs import DataSpec, TokenSpec
from core.errors import DataError, LabError, WeightsError
from core.knobs import Knobs
from core.nn.arena import Arena
from core.optim import Optimizer
from core.training.checkpoint import (
    State,
    add_prefix,
    copy_into,
    extra_state,
    load_extra_state,
    rng_state,
    set_rng_state,
    strip_prefix,
)
from core.training.early_stopping import EarlyStopping
from core.training.ema import ExponentialMovingAverage
from core.training.metrics import Evaluation
from core.training.optimizers import load_optimizers_state, make_optimizers, optimizers_state
from core.training.settings import TrainingSettings
from core.training.task import Split, Task
from core.translation import tr

_CHUNK = 500
_MOST_NUMBERS = 2**24
"""Numbers that are looked at at once; of tokens a score for each of the vocabulary."""


def samples_at_once(spec: DataSpec) -> int:
    """How many samples an evaluation takes at once: 500, or fewer large ones."""
    scores = len(spec.vocabulary) if isinstance(spec, TokenSpec) else 1
    return min(_CHUNK, max(1, _MOST_NUMBERS // max(math.prod(spec.shape) * scores, 1)))


def _check_data(task: Task, data: Split) -> None:
    for part in data:
        if not len(part):
            raise DataError(
                tr(
                    "“{name}” has no samples; training and testing need at least one. Choose "
                    "other data, or more of it."
                ).format(name=part.name)
            )
    task.evaluator.check(data.test)


class Trainer:
    """Training state of a task: model, optimizer, sample order, random streams and progress.

    The same knobs and seed give the same numbers. `test_losses` holds the test loss of every
    validation so far, `optimizers` are by name: “optimizer” where there is but one. `on_idle` is
    called between the chunks of long work, so that a driver can answer in the meantime.
    """

    def __init__(self, task: Task, knobs: Knobs) -> None:
        self.data = task.data(knobs)
        _check_data(task, self.data)
        self.task = task = task.fitted(self.data.train)
        settings = TrainingSettings.of(knobs)
        streams = RngStreams(settings.seed)
        self.model = task.model(knobs, streams("weights"))
        self.arena = Arena.adopt(self.model)
        self.ema = ExponentialMovingAverage(self.arena)
        self.early_stopping = EarlyStopping(self.arena)
        self.test_losses: tuple[float, ...] = ()
        self._optimizer_name = settings.optimizer
        self.optimizers = self._new_optimizers()
        weights = task.sample_weights
        self.sampler = BatchSampler(
            len(self.data.train),
            streams("batches") if task.shuffled or weights is not None else None,
            None if weights is None else weights(self.data.train, knobs),
        )
        self.augmentation_rng = streams("augmentation")
        self.step = 0
        self.samples = 0
        self.on_idle: Callable[[], object] = lambda: None

    @property
    def epoch(self) -> float:
        """Passes through the training set so far."""
        return self.samples / len(self.data.train)

    def train_samples(self, indices: NDArray[np.integer]) -> tuple[NDArray[Any], Any]:
        """Inputs (N, …) and targets of these training samples; targets may be None."""
        train = self.data.train
        targets = train.targets
        return train.inputs[indices], None if targets is None else targets[indices]

    def set_optimizer(self, name: str) -> None:
        """Switch to this optimizer; a new one starts with empty state."""
        if name != self._optimizer_name:
            self._optimizer_name = name
            self.optimizers = self._new_optimizers()

    def _new_optimizers(self) -> dict[str, Optimizer]:
        return make_optimizers(self.task, self.model, self.arena, self._optimizer_name)

    @property
    def optimizer(self) -> Optimizer:
        """The only optimiser, or the first of several."""
        return next(iter(self.optimizers.values()))

    def reset_optimizers(self) -> None:
        """Let every optimiser forget what it remembers."""
        for optimizer in self.optimizers.values():
            optimizer.reset()

    @contextmanager
    def with_weights(self, theta: NDArray[np.float32] | None) -> Iterator[None]:
        """Let the network have the weights (P,) inside a `with` block; None for its own.

        Raises WeightsError when they are another network's.
        """
        if theta is None:
            yield
            return
        own, ema = self.arena.theta.copy(), self.ema
        self._set_theta(theta)
        self.ema = ExponentialMovingAverage(self.arena)  # empty: only these weights count
        try:
            yield
        finally:
            self.arena.theta[:], self.ema = own, ema

    def begin_at(self, theta: NDArray[np.float32] | None, step: int = 0, samples: int = 0) -> None:
        """Start from weights (P,) at this step and sample count. Raises WeightsError."""
        if theta is not None:
            self._set_theta(theta)
        self.step = step
        self.samples = samples

    def _set_theta(self, theta: NDArray[np.float32]) -> None:
        if theta.shape != self.arena.theta.shape:
            raise WeightsError(
                tr(
                    "These weights are {size:,} numbers, the network has {theta_size:,}. "
                    "Choose the chapter they were trained in."
                ).format(size=theta.size, theta_size=self.arena.theta.size)
            )
        self.arena.theta[:] = theta

    def state_dict(self) -> State:
        """Everything needed to resume bit for bit in another process: arrays and plain numbers.

        Copies. Task and knobs are not included; the loading trainer must have the same.
        """
        return {
            "step": self.step,
            "samples": self.samples,
            "losses": np.array(self.test_losses, np.float64),
            "descends_by": self._optimizer_name,
            "theta": self.arena.theta.copy(),
            "augmentation": rng_state(self.augmentation_rng),
            **optimizers_state(self.optimizers),
            **({} if self.ema.empty else add_prefix("average", self.ema.state_dict())),
            **add_prefix("early_stop", self.early_stopping.state_dict()),
            **add_prefix("order", self.sampler.state_dict()),
            **add_prefix("model", extra_state(self.model)),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume from a `state_dict()`, in a trainer with the same task and seed.

        Raises LabError when it belongs to another network or other data, or is damaged; this
        trainer must not be used afterwards.
        """
        try:
            copy_into(self.arena.theta, state["theta"], "theta")
            self._optimizer_name = str(state["descends_by"])
            self.optimizers = self._new_optimizers()
            load_optimizers_state(self.optimizers, state)
            self.ema.reset()
            if average := strip_prefix("average", state):
                self.ema.load_state_dict(average)
            self.early_stopping.load_state_dict(strip_prefix("early_stop", state))
            self.sampler.load_state_dict(strip_prefix("order", state))
            set_rng_state(self.augmentation_rng, state["augmentation"])
            load_extra_state(self.model, strip_prefix("model", state))
            self.test_losses = tuple(map(float, state["losses"]))
            self.step, self.samples = int(state["step"]), int(state["samples"])
        except LabError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise WeightsError(
                tr(
                    "The run cannot be continued from this state: {kind} {error}. It is "
                    "damaged or was saved by another version."
                ).format(kind=type(error).__name__, error=error)
            ) from error

    def validate(self, knobs: Knobs) -> tuple[Evaluation, bool]:
        """Evaluate during training; also whether the goal is reached or early stopping applies.

        Early stopping restores the best weights and returns their evaluation.
        """
        settings = TrainingSettings.of(knobs)
        found = self.evaluate(knobs)
        self.test_losses += (found.loss,)
        with self.ema.in_place():
            stops = self.early_stopping.update(found.loss, self.step, settings.patience)
        if stops:
            self.early_stopping.restore()
            self.reset_optimizers()
            self.ema.reset()
            found = self.evaluate(knobs)
        metric = self.task.measured_by(self.data.test).goal
        wanted = not math.isnan(settings.stop_at)
        reached = wanted and metric.is_better(found.value(metric), settings.stop_at)
        return found, stops or reached

    def evaluate(self, knobs: Knobs) -> Evaluation:
        """Loss, metrics and reports on the whole test set, with EMA weights if any."""
        with self.ema.in_place():
            return self._evaluate(knobs)

    def _evaluate(self, knobs: Knobs) -> Evaluation:
        test, task = self.data.test, self.task
        total = 0.0
        self.model.eval()
        try:
            with no_grad():
                found = task.evaluator.start(task, self.model, test)
                chunk = samples_at_once(test.spec)
                for start in range(0, len(test), chunk):
                    part = slice(start, start + chunk)
                    inputs = test.inputs[part]
                    outputs = task.forward(self.model, inputs)
                    targets = None if test.targets is None else test.targets[part]
                    loss = task.loss(outputs, targets, knobs).item()
                    total += loss * len(inputs)
                    found.add(part, outputs.data, loss)
                    self.on_idle()
                metrics, reports = found.finish()
        finally:  # also when the evaluation is aborted
            self.model.train()
        return Evaluation(self.step, self.epoch, total / len(test), metrics, reports)
