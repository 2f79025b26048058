"""The training loop, as a generator of optimizer steps. The caller drives it."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd.anomaly import detect_anomaly
from core.errors import AnomalyError
from core.knobs import Knobs
from core.optim import Schedule, clip_grad_norm_, clip_grad_value_
from core.optim.clip_grad import grad_norm
from core.training.metrics import StepMetrics
from core.training.settings import TrainingSettings
from core.training.trainer import Trainer
from core.translation import tr

_SQUARABLE = 1e18
"""The square of a larger gradient norm may overflow float32."""

KnobSource = Callable[[], Knobs]


def fit(trainer: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
    """Train without end; each item is one optimizer step. `knobs()` is read once before each.

    With the knob `accumulate` a step uses the mean gradient of several mini-batches.
    """
    while True:
        now = knobs()
        settings = TrainingSettings.of(now)
        trainer.set_optimizer(settings.optimizer)
        rate = learning_rate(trainer, settings)
        own = trainer.task.train_step
        batches, norm = (
            descend(trainer, now, settings, rate) if own is None else _own_step(trainer, now, own)
        )
        loss = sum(batch.loss for batch in batches) / len(batches)
        samples = sum(len(batch.indices) for batch in batches)
        check_memory(trainer, norm)
        trainer.ema.update(settings.ema)

        trainer.step += 1
        trainer.samples += samples
        due = trainer.step % settings.validate_every == 0 or any(batch.last for batch in batches)
        evaluation, finished = trainer.validate(now) if due else (None, False)
        yield StepMetrics(
            number=trainer.step,
            epoch=trainer.epoch,
            samples=trainer.samples,
            loss=loss,
            metrics=mean_metrics(batches, samples),
            lr=rate,
            gradient=norm,
            evaluation=evaluation,
            finished=finished,
        )


class Batch(NamedTuple):
    """A trained mini-batch: sample indices (N,), loss, and its metrics, summed over the samples.

    `inputs` are the (augmented) samples; `last` marks the end of an epoch.
    """

    indices: NDArray[np.intp]
    inputs: NDArray[Any]
    loss: float
    sums: dict[str, float]
    last: bool


def descend(
    trainer: Trainer, knobs: Knobs, settings: TrainingSettings, rate: float
) -> tuple[list[Batch], float]:
    """One step of every optimiser along the gradient of the task's loss.

    Returns its mini-batches and the norm of the gradient. Raises AnomalyError for NaN.
    """
    trainer.arena.zero_grad()
    size = settings.batch_size
    batches = [train_batch(trainer, knobs, size) for _ in range(settings.accumulate)]
    norm = mean_gradient(trainer.arena.grad, len(batches))
    if not math.isfinite(norm + sum(batch.loss for batch in batches)):
        diagnose_nan(trainer, batches, knobs)
        check_gradient_finite(trainer)
    clip_gradient(trainer.arena.grad, norm, settings)
    for optimizer in trainer.optimizers.values():
        optimizer.step(rate, **settings.optimizer_arguments(optimizer.uses_momentum))
    return batches, norm


def _own_step(
    trainer: Trainer, knobs: Knobs, train_step: Callable[[Trainer, Knobs], Batch]
) -> tuple[list[Batch], float]:
    batch = train_step(trainer, knobs)
    norm = grad_norm(trainer.arena.grad)
    if not math.isfinite(norm + batch.loss):
        check_gradient_finite(trainer)
        raise AnomalyError(
            tr(
                "Training ran away: the loss became NaN or infinite at mini-batch {step}. Choose "
                "a smaller learning rate and start again."
            ).format(step=trainer.step + 1)
        )
    return [batch], norm


def step_optimizer(trainer: Trainer, name: str, knobs: Knobs) -> None:
    """One step of the optimiser of this name, for a task's own step.

    Its gradients are clipped and its rate scheduled as the knobs say.
    """
    optimizer, settings = trainer.optimizers[name], TrainingSettings.of(knobs)
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if settings.clip_norm:
        clip_grad_norm_(parameters, settings.clip_norm)
    if settings.clip_value:
        clip_grad_value_(parameters, settings.clip_value)
    arguments = settings.optimizer_arguments(optimizer.uses_momentum)
    optimizer.step(learning_rate(trainer, settings), **arguments)


def check_memory(trainer: Trainer, norm: float) -> None:
    """Raise AnomalyError where gradients of this norm were too large for an optimiser's memory."""
    if norm <= _SQUARABLE:
        return
    for optimizer in trainer.optimizers.values():
        if which := optimizer.overflowed():
            raise AnomalyError(
                tr(
                    "Training ran away: {which} Clip the gradient or choose a smaller "
                    "learning rate, and start again."
                ).format(which=which)
            )


def train_batch(trainer: Trainer, knobs: Knobs, size: int) -> Batch:
    """Forward and backward on the next `size` samples; adds their gradient to the arena's."""
    task = trainer.task
    if task.before_batch is not None:
        task.before_batch(trainer.model, knobs)
    indices = trainer.sampler.next_batch(size)
    inputs, targets = trainer.train_samples(indices)
    if task.augment is not None:
        inputs = task.augment(inputs, trainer.augmentation_rng, knobs)
    outputs = task.forward(trainer.model, inputs)
    loss = task.loss(outputs, targets, knobs)
    loss.backward()
    value = loss.item()
    sums = task.evaluator.batch_sums(task, outputs.data, targets, value)
    return Batch(indices, inputs, value, sums, trainer.sampler.epoch_ended)


def mean_metrics(batches: list[Batch], samples: int) -> dict[str, float]:
    """The metrics of so many samples in all, by key."""
    return {key: sum(batch.sums[key] for batch in batches) / samples for key in batches[0].sums}


def mean_gradient(grad: NDArray[np.floating], count: int) -> float:
    """Divide the sum of `count` gradients (P,) by `count`, in place; return the Euclidean norm."""
    if count > 1:
        grad *= grad.dtype.type(1 / count)
    return grad_norm(grad)


def clip_gradient(grad: NDArray[np.floating], norm: float, settings: TrainingSettings) -> None:
    """Clip the gradient (P,) in place, first by its norm, then by value; a limit of 0 is off."""
    if settings.clip_norm:
        clip_grad_norm_(grad, settings.clip_norm, norm)
    if settings.clip_value:
        clip_grad_value_(grad, settings.clip_value)


def diagnose_nan(trainer: Trainer, batches: list[Batch], knobs: Knobs) -> None:
    """Recompute mini-batches with every op checked. Raises AnomalyError at the first NaN."""
    try:
        with detect_anomaly(trainer.step + 1):
            for batch in batches:
                _, targets = trainer.train_samples(batch.indices)
                outputs = trainer.task.forward(trainer.model, batch.inputs)
                trainer.task.loss(outputs, targets, knobs).backward()
    except AnomalyError as error:
        raise AnomalyError(
            tr("Training ran away: {error} Choose a smaller learning rate and start again.").format(
                error=error
            ),
            error.place,
        ) from error


def check_gradient_finite(trainer: Trainer) -> None:
    """Raise AnomalyError naming the parameters whose gradient contains NaN or infinity, if any.

    Finds what only the sum of several mini-batches, or of several uses of a weight, produces.
    """
    bad = {
        name: view.size - int(np.count_nonzero(np.isfinite(view)))
        for name, view in trainer.arena.layout.views(trainer.arena.grad).items()
    }
    named = [f"{name} ({count} of its numbers)" for name, count in bad.items() if count]
    if named:
        raise AnomalyError(
            tr(
                "Training ran away: at mini-batch {step} the gradient of {named} is NaN or "
                "infinite. Choose a smaller learning rate and start again."
            ).format(step=trainer.step + 1, named=", ".join(named))
        )


def learning_rate(trainer: Trainer, settings: TrainingSettings) -> float:
    """The learning rate at the trainer's step; `lr` itself where there is no schedule.

    Progress is counted in epochs, so that a change of the batch size neither rewinds nor ends a
    schedule; a warm-up that is over stays over.
    """
    if settings.schedule is None:
        return settings.lr
    per_epoch = math.ceil(len(trainer.data.train) / (settings.batch_size * settings.accumulate))
    schedule = Schedule(
        settings.schedule,
        total=settings.schedule_epochs * per_epoch,
        warmup=settings.warmup,
        end=settings.schedule_end,
    )
    step = max(trainer.epoch * per_epoch, min(trainer.step, settings.warmup))
    return settings.lr * schedule.factor(step, trainer.test_losses)
