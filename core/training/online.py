"""Online SGD: mini-batches of one, without building a graph for each."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalyError
from core.kernels.engine import kernel
from core.nn import Flatten, LogSoftmax, Module, Sequential
from core.nn.fusion import is_plain, linear_layers
from core.optim.clip_grad import grad_norm
from core.training.evaluator import ACCURACY, Classification
from core.training.loop import KnobSource, fit, learning_rate
from core.training.metrics import StepMetrics
from core.training.settings import TrainingSettings
from core.training.trainer import Trainer
from core.translation import tr

Loss = Literal["squared_error", "cross_entropy"]
_SAMPLES = 100
"""Samples between two reads of the knobs: a few milliseconds."""


class MLPArrays(NamedTuple):
    """The arrays of a multilayer perceptron: weights, biases and activation names by layer."""

    weights: list[NDArray[np.float32]]
    biases: list[NDArray[np.float32]]
    activations: list[str | None]


def mlp_arrays(model: Module, loss: Loss) -> MLPArrays | None:
    """The layers of `model` if it is a plain MLP; None otherwise.

    A Flatten in front is allowed; with cross-entropy, so is a LogSoftmax at the end.
    """
    if not isinstance(model, Sequential):
        return None
    waiting = [module for module in reversed(model.modules) if not is_plain(module, Flatten)]
    layers = linear_layers(waiting)
    if waiting and not (loss == "cross_entropy" and is_plain(waiting.pop(), LogSoftmax)):
        return None
    if waiting or not layers or (loss == "cross_entropy" and layers[-1][1]):
        return None
    return MLPArrays(
        [layer.weight.data for layer, _ in layers],
        [layer.bias.data for layer, _ in layers if layer.bias is not None],
        [name for _, name in layers],
    )


def online_sgd(loss: Loss) -> Callable[[Trainer, KnobSource], Iterator[StepMetrics]]:
    """A training loop with a fused kernel for plain SGD on mini-batches of one; else `fit`.

    The weights are those of `fit` up to rounding. One item covers up to 100 samples, each of which
    updated the weights at the same point of the schedule; its gradient norm is that of their mean.
    With momentum, decay, clipping, EMA or accumulated gradients it is `fit` that trains.
    """

    def steps(trainer: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
        plain = trainer.task.descends_plainly and isinstance(trainer.task.evaluator, Classification)
        layers = mlp_arrays(trainer.model, loss) if plain else None
        slow_path = fit(trainer, knobs)
        while True:
            now = knobs()
            settings = TrainingSettings.of(now)
            if layers is None or settings.batch_size > 1 or not settings.plain:
                yield next(slow_path)
                continue
            due, rate = settings.validate_every, learning_rate(trainer, settings)
            batch = trainer.sampler.next_batch(min(_SAMPLES, due - trainer.step % due))
            inputs, labels = trainer.train_samples(batch)
            x = trainer.task.encode(inputs).reshape(len(batch), -1)
            classes = len(layers.biases[-1])
            targets = one_hot(labels, classes)
            before = trainer.arena.theta.copy()
            losses, outputs = kernel("online_descent")(*layers, x, targets, rate, loss)
            trainer.step += len(batch)
            trainer.samples += len(batch)
            before -= trainer.arena.theta
            norm = grad_norm(before) / (rate * len(batch)) if rate else 0.0
            if not math.isfinite(norm + float(losses.sum())):
                first = int(np.argmin(np.isfinite(losses))) if not np.isfinite(losses).all() else 0
                raise AnomalyError(
                    tr(
                        "Training ran away: the loss became NaN or infinite at step {step:,}. "
                        "Choose a smaller learning rate and start again."
                    ).format(step=trainer.step - len(batch) + first + 1)
                )
            evaluate = trainer.step % due == 0 or trainer.sampler.epoch_ended
            evaluation, finished = trainer.validate(now) if evaluate else (None, False)
            yield StepMetrics(
                number=trainer.step,
                epoch=trainer.epoch,
                samples=trainer.samples,
                loss=float(losses.mean()),
                metrics={ACCURACY.key: float(np.mean(outputs.argmax(axis=1) == labels))},
                lr=rate,
                gradient=norm,
                evaluation=evaluation,
                finished=finished,
            )

    return steps


def one_hot(labels: NDArray[np.integer], classes: int) -> NDArray[Any]:
    """One-hot encoding: class indices (N,) → (N, classes) float32."""
    return np.eye(classes, dtype=np.float32)[labels]
