"""The training loop: a generator of steps. Whoever iterates it decides when and how fast."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd.anomaly import detect_anomaly
from core.errors import AnomalyError
from core.optim import clip_grad_norm_, clip_grad_value_
from core.optim.clip_grad import grad_norm
from core.training.knobs import Knobs
from core.training.lr import learning_rate
from core.training.metrics import StepMetrics
from core.training.trainer import Trainer, optimizer_name

_SQUARABLE = 1e18
"""The square of a longer gradient may be no float32."""

KnobSource = Callable[[], Knobs]


def fit(run: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
    """Train without end, one mini-batch a step; `knobs()` is asked once before each.

    With the knob `accumulate` a step follows the mean gradient of several mini-batches.
    """
    while True:
        now = knobs()
        run.set_optimizer(optimizer_name(now))
        run.arena.zero_grad()
        batches = [train_batch(run, now) for _ in range(int(now.get("accumulate", 1)))]
        loss = sum(batch.loss for batch in batches) / len(batches)
        samples = sum(len(batch.numbers) for batch in batches)
        norm = mean_gradient(run.arena.grad, len(batches))
        if not math.isfinite(norm + loss):
            diagnose_nan(run, batches, now)
            check_gradient_finite(run)
        clip_gradient(run.arena.grad, norm, now)
        rate = learning_rate(run, now)
        run.optimizer.step(rate, **optimizer_arguments(now, run.optimizer.uses_momentum))
        if norm > _SQUARABLE and (sick := run.optimizer.overflowed()):
            raise AnomalyError(
                f"Training ran away: {sick} Clip the gradient or choose a smaller learning rate, "
                "and start again."
            )
        run.ema.update(now.get("ema", 1.0))

        run.step += 1
        run.samples += samples
        due = run.step % int(now["validate_every"]) == 0 or any(batch.last for batch in batches)
        evaluation, finished = run.validate(now) if due else (None, False)
        yield StepMetrics(
            number=run.step,
            epoch=run.epoch,
            samples=run.samples,
            loss=loss,
            accuracy=sum(batch.right for batch in batches) / samples,
            lr=rate,
            gradient=norm,
            evaluation=evaluation,
            finished=finished,
        )


class Batch(NamedTuple):
    """A mini-batch as it was met: its samples, its loss, how many were read `right`.

    `images` are those that the network saw; `last` says that an epoch ended with it.
    """

    numbers: NDArray[np.intp]
    images: NDArray[np.uint8]
    loss: float
    right: int
    last: bool


def train_batch(run: Trainer, knobs: Knobs) -> Batch:
    """Forward and backward on the next mini-batch; its gradient is added to the arena's."""
    task = run.task
    if task.before_batch is not None:
        task.before_batch(run.model, knobs)
    numbers = run.sampler.next_batch(int(knobs["batch_size"]))
    labels = run.data.train.labels[numbers]
    images = run.data.train.images[numbers]
    if task.augment is not None:
        images = task.augment(images, run.augmentation_rng, knobs)
    scores = task.logits(run.model, images)
    loss = task.loss(scores, labels, knobs)
    loss.backward()
    guesses = task.probabilities(scores.data).argmax(axis=1)
    right = int(np.count_nonzero(guesses == labels))
    return Batch(numbers, images, loss.item(), right, run.sampler.epoch_ended)


def mean_gradient(grad: NDArray[np.floating], count: int) -> float:
    """Make the sum of `count` gradients (P,) their mean, in place; returns its Euclidean norm."""
    if count > 1:
        grad *= grad.dtype.type(1 / count)
    return grad_norm(grad)


def clip_gradient(grad: NDArray[np.floating], norm: float, knobs: Knobs) -> None:
    """Cut the gradient (P,) of this norm down in place as the knobs say: its length, then values.

    A limit of zero is none.
    """
    if limit := knobs.get("clip_norm", 0.0):
        clip_grad_norm_(grad, limit, norm)
    if limit := knobs.get("clip_value", 0.0):
        clip_grad_value_(grad, limit)


def diagnose_nan(run: Trainer, batches: list[Batch], knobs: Knobs) -> None:
    """Compute mini-batches again, looking at every step. Raises AnomalyError at the first NaN."""
    labels = run.data.train.labels
    try:
        with detect_anomaly(run.step + 1):
            for batch in batches:
                scores = run.task.logits(run.model, batch.images)
                run.task.loss(scores, labels[batch.numbers], knobs).backward()
    except AnomalyError as error:
        raise AnomalyError(
            f"Training ran away: {error} Choose a smaller learning rate and start again."
        ) from error


def check_gradient_finite(run: Trainer) -> None:
    """Raise AnomalyError naming the parameters whose gradient holds NaN or infinity, if any does.

    For what only the sum of several mini-batches, or of several uses of a weight, makes.
    """
    sick = {
        name: view.size - int(np.count_nonzero(np.isfinite(view)))
        for name, view in run.arena.layout.views(run.arena.grad).items()
    }
    named = [f"{name} ({count} of its numbers)" for name, count in sick.items() if count]
    if named:
        raise AnomalyError(
            f"Training ran away: at mini-batch {run.step + 1} the gradient of {', '.join(named)} "
            "is NaN or infinite. Choose a smaller learning rate and start again."
        )


def optimizer_arguments(knobs: Knobs, momentum: bool = True) -> dict[str, Any]:
    """Those knobs besides the learning rate that an optimiser takes at each step."""
    taken = ("momentum", "weight_decay", "l1") if momentum else ("weight_decay", "l1")
    found = {key: knobs[key] for key in taken if key in knobs}
    return {**found, "decoupled": bool(knobs.get("decoupled", 0))}
