"""Task: train and test data, network, loss, encoding, and what its outputs are measured by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.data.dataset import Dataset
from core.data.encodings import Encoding, Normalize
from core.knobs import Knobs
from core.nn import Module
from core.optim import Optimizer, ParameterGroup
from core.training.evaluator import Classification, Evaluator
from core.training.metrics import Metric, MetricSet

if TYPE_CHECKING:
    from core.training.loop import Batch
    from core.training.trainer import Trainer

_BYTES = Normalize()
_CLASSES = Classification()

Augment = Callable[[NDArray[np.uint8], np.random.Generator, Knobs], NDArray[np.uint8]]


class Split(NamedTuple):
    """Training set and test set."""

    train: Dataset
    test: Dataset


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (…, C) → probabilities (…, C); the row maximum is subtracted first."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def binary_probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (N, 1) of the second class → probabilities (N, 2), by the logistic function."""
    second = 1 / (1 + np.exp(-np.clip(scores, -60, 60)))
    return np.concatenate([1 - second, second], axis=1)


@dataclass(frozen=True)
class Task:
    """A learning task; its knobs supply the hyperparameters.

    `loss(outputs, targets, knobs)` gives a scalar Tensor; of a task with classes `probabilities`
    maps outputs (N, S) to (N, C). `encoding` maps stored samples to the network's input, and
    `evaluator` says what the outputs are measured by. With `shuffled` false the samples keep the
    order of the file; `sample_weights(data, knobs)` (N,) draws them by weight instead. Before each
    mini-batch `before_batch(model, knobs)` may apply knobs to the model, and
    `augment(inputs, rng, knobs)` may augment its inputs.

    `groups(model)` are parameter groups with options of their own, such as
    `param_groups_weight_decay`; what they say holds against the knobs. `optimizers(model, name)`
    are several optimisers by name, each of a part of the model, `name` the one that the knobs
    choose. With `train_step(trainer, knobs)` a step is the task's own, from `zero_grad()` to
    `step()` of its optimisers, as for two networks that play against each other.
    """

    data: Callable[[Knobs], Split]
    model: Callable[[Knobs, np.random.Generator], Module]
    loss: Callable[[Tensor, Any, Knobs], Tensor]
    probabilities: Callable[[NDArray[np.float32]], NDArray[np.float32]] = softmax
    encoding: Encoding = _BYTES
    evaluator: Evaluator = _CLASSES
    shuffled: bool = True
    sample_weights: Callable[[Dataset, Knobs], NDArray[np.floating]] | None = None
    before_batch: Callable[[Module, Knobs], None] | None = None
    augment: Augment | None = None
    groups: Callable[[Module], Sequence[ParameterGroup]] | None = None
    optimizers: Callable[[Module, str], Mapping[str, Optimizer]] | None = None
    train_step: "Callable[[Trainer, Knobs], Batch] | None" = None

    @property
    def descends_plainly(self) -> bool:
        """Whether one optimiser moves all parameters alike, along the gradient of `loss`."""
        return self.groups is None and self.optimizers is None and self.train_step is None

    def fitted(self, train: Dataset) -> Self:
        """The same task with an encoding that knows the training set."""
        encoding = self.encoding.fitted(train.inputs)
        return self if encoding is self.encoding else replace(self, encoding=encoding)

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """What an evaluation on such data measures; the first is the one that goals are about.

        Without `data` all that an evaluation may measure.
        """
        return self.evaluator.metrics(data)

    def measured_by(self, data: Dataset | None = None) -> MetricSet:
        """What mini-batches, and looks at a test set like `data`, are or may be measured by."""
        return MetricSet(tuple(self.evaluator.batch_metrics), self.metrics(data))

    def encode(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """What the network takes for stored samples (N, …)."""
        return self.encoding(inputs)

    def forward(self, model: Module, inputs: NDArray[Any]) -> Tensor:
        """Outputs (N, …) of `model` for stored samples (N, …)."""
        encoded = self.encoding(inputs)
        return model(encoded if encoded.dtype.kind in "iu" else Tensor(encoded))

    def predict_proba(self, model: Module, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities (N, C) for stored samples (N, …), in eval mode and without a graph."""
        training = model.training
        model.eval()
        try:
            with no_grad():
                return self.probabilities(self.forward(model, inputs).data)
        finally:
            model.train(training)
