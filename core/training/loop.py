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
from core.training.trainer import Trainer, optimizer_name
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
        trainer.set_optimizer(optimizer_name(now))
        rate = learning_rate(trainer, now)
        own = trainer.task.train_step
        batches, norm = descend(trainer, now, rate) if own is None else _own_step(trainer, now, own)
        loss = sum(batch.loss for batch in batches) / len(batches)
        samples = sum(len(batch.indices) for batch in batches)
        check_memory(trainer, norm)
        trainer.ema.update(now.get("ema", 1.0))

        trainer.step += 1
        trainer.samples += samples
        due = trainer.step % int(now["validate_every"]) == 0 or any(batch.last for batch in batches)
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


def descend(trainer: Trainer, knobs: Knobs, rate: float) -> tuple[list[Batch], float]:
    """One step of every optimiser along the gradient of the task's loss.

    Returns its mini-batches and the norm of the gradient. Raises AnomalyError for NaN.
    """
    trainer.arena.zero_grad()
    batches = [train_batch(trainer, knobs) for _ in range(int(knobs.get("accumulate", 1)))]
    norm = mean_gradient(trainer.arena.grad, len(batches))
    if not math.isfinite(norm + sum(batch.loss for batch in batches)):
        diagnose_nan(trainer, batches, knobs)
        check_gradient_finite(trainer)
    clip_gradient(trainer.arena.grad, norm, knobs)
    for optimizer in trainer.optimizers.values():
        optimizer.step(rate, **optimizer_arguments(knobs, optimizer.uses_momentum))
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
    optimizer = trainer.optimizers[name]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if limit := knobs.get("clip_norm", 0.0):
        clip_grad_norm_(parameters, limit)
    if limit := knobs.get("clip_value", 0.0):
        clip_grad_value_(parameters, limit)
    arguments = optimizer_arguments(knobs, optimizer.uses_momentum)
    optimizer.step(learning_rate(trainer, knobs), **arguments)


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


def train_batch(trainer: Trainer, knobs: Knobs) -> Batch:
    """Forward and backward on the next mini-batch; adds its gradient to the arena's."""
    task = trainer.task
    if task.before_batch is not None:
        task.before_batch(trainer.model, knobs)
    indices = trainer.sampler.next_batch(int(knobs["batch_size"]))
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


def clip_gradient(grad: NDArray[np.floating], norm: float, knobs: Knobs) -> None:
    """Clip the gradient (P,) in place, first by its norm, then by value; a limit of 0 is off."""
    if limit := knobs.get("clip_norm", 0.0):
        clip_grad_norm_(grad, limit, norm)
    if limit := knobs.get("clip_value", 0.0):
        clip_grad_value_(grad, limit)


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


def learning_rate(trainer: Trainer, knobs: Knobs) -> float:
    """The learning rate at the trainer's step; the knob's own where a chapter has no schedule.

    Progress is counted in epochs, so that a change of the batch size neither rewinds nor ends a
    schedule; a warm-up that is over stays over.
    """
    if "schedule" not in knobs:
        return knobs["lr"]
    per_step = knobs["batch_size"] * knobs.get("accumulate", 1)
    per_epoch = math.ceil(len(trainer.data.train) / per_step)
    warmup = knobs["warmup"]
    schedule = Schedule(
        knobs.name_of("schedule"),
        total=knobs["schedule_epochs"] * per_epoch,
        warmup=warmup,
        end=knobs["schedule_end"],
    )
    step = max(trainer.epoch * per_epoch, min(trainer.step, warmup))
    return knobs["lr"] * schedule.factor(step, trainer.test_losses)


def optimizer_arguments(knobs: Knobs, momentum: bool = True) -> dict[str, Any]:
    """Keyword arguments of `Optimizer.step` other than the learning rate, from the knobs."""
    taken = ("momentum", "weight_decay", "l1") if momentum else ("weight_decay", "l1")
    found = {key: knobs[key] for key in taken if key in knobs}
    return {**found, "decoupled": bool(knobs.get("decoupled", 0))}
