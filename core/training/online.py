"""Training one sample at a time without paying for a graph at each of them."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalyError
from core.kernels.engine import kernel
from core.nn import Flatten, LogSoftmax, Module, Sequential
from core.nn.sequential import is_plain, linear_layers
from core.optim.clip_grad import grad_norm
from core.training.loop import KnobSource, fit
from core.training.metrics import StepMetrics
from core.training.trainer import Trainer, optimizer_name

Loss = Literal["squared_error", "cross_entropy"]
_SAMPLES = 100
"""How many steps are taken between two looks at the knobs: a few milliseconds."""


class MLPArrays(NamedTuple):
    """A network of linear layers only, by their arrays."""

    weights: list[NDArray[np.float32]]
    biases: list[NDArray[np.float32]]
    activations: list[str | None]


def mlp_arrays(model: Module, loss: Loss) -> MLPArrays | None:
    """The layers of `model` if there is nothing in it but linear layers and their activations.

    A Flatten in front makes no difference; a LogSoftmax behind is what the cross-entropy expects.
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
    """A training loop that takes the short way where it can: mini-batches of one, plain descent.

    Same weights as `fit`, up to rounding. A step then stands for up to a hundred samples, each of
    which moved the weights; its gradient is their mean.
    """

    def steps(run: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
        layers = mlp_arrays(run.model, loss)
        long_way = fit(run, knobs)
        while True:
            now = knobs()
            if layers is None or int(now["batch_size"]) > 1 or optimizer_name(now) != "sgd":
                yield next(long_way)
                continue
            due = int(now["validate_every"])
            batch = run.sampler.next_batch(min(_SAMPLES, due - run.step % due))
            images, labels = run.data.train.images[batch], run.data.train.labels[batch]
            x = run.task.normalize(images).reshape(len(batch), -1)
            classes = len(layers.biases[-1])
            targets = one_hot(labels, classes)
            before = run.arena.theta.copy()
            losses, outputs = kernel("online_descent")(*layers, x, targets, now["lr"], loss)
            run.step += len(batch)
            run.samples += len(batch)
            before -= run.arena.theta
            norm = grad_norm(before) / (now["lr"] * len(batch))
            if not math.isfinite(norm + float(losses.sum())):
                first = int(np.argmin(np.isfinite(losses))) if not np.isfinite(losses).all() else 0
                raise AnomalyError(
                    f"Training ran away: the loss became NaN or infinite at step "
                    f"{run.step - len(batch) + first + 1:,}. Choose a smaller learning rate and "
                    "start again."
                )
            evaluate = run.step % due == 0 or run.sampler.epoch_ended
            evaluation = run.evaluate(now) if evaluate else None
            yield StepMetrics(
                number=run.step,
                epoch=run.epoch,
                samples=run.samples,
                loss=float(losses.mean()),
                accuracy=float(np.mean(outputs.argmax(axis=1) == labels)),
                lr=now["lr"],
                gradient=norm,
                evaluation=evaluation,
                finished=evaluation is not None and evaluation.accuracy > now.get("stop_at", 1.0),
            )

    return steps


def one_hot(labels: NDArray[np.integer], classes: int) -> NDArray[Any]:
    """(N,) class numbers → (N, classes) rows of a single one."""
    return np.eye(classes, dtype=np.float32)[labels]
