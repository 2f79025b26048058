"""Network health: dead units now and at the start, and losses in train and eval mode compared."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import no_grad
from core.inspect.health.dead_units import DeadUnits, dead_units
from core.inspect.measure import metric_sums
from core.inspect.subset import evenly_spaced_with_last
from core.knobs import Knobs
from core.nn import Dropout, Module
from core.training.checkpoint import extra_state, load_extra_state
from core.training.evaluator import ACCURACY
from core.training.metrics import LOSS
from core.training.trainer import Trainer

_SAMPLED = 256  # pictures on which losses are compared


@dataclass(frozen=True)
class LossComparison:
    """Mean losses of the same training pictures: `plain`, as when the network is used; with
    `dropout` and whatever else differs in training; with pictures `redrawn` by augmentation.

    `accuracy` is the share of them read right in use, NaN where nothing is read. Of test samples:
    `averaged`, as the test set is read, and `newest`, with the newest weights where others are
    averaged. `dropped` is the share that dropout leaves out, the largest of all layers.
    """

    plain: float
    dropout: float
    redrawn: float
    accuracy: float
    newest: float
    averaged: float
    dropped: float = 0.0


@dataclass(frozen=True)
class NetworkHealth:
    """`dead_units` of every activation now and `dead_units_at_start`, empty where unknown.

    `losses` are compared on the weights as they are.
    """

    dead_units: tuple[DeadUnits, ...]
    dead_units_at_start: tuple[DeadUnits, ...]
    losses: LossComparison


def network_health(
    run: Trainer, knobs: Knobs, start: NDArray[np.float32] | None = None
) -> NetworkHealth:
    """Look at a run without changing it; `start` (P,) are the initial weights, if known."""
    dead_units_at_start: tuple[DeadUnits, ...] = ()
    with np.errstate(all="ignore"), _untouched(run):
        if start is not None and np.isfinite(start).all():
            with run.with_weights(start):
                dead_units_at_start = dead_units(run)
        return NetworkHealth(dead_units(run), dead_units_at_start, _losses(run, knobs))


@contextmanager
def _untouched(run: Trainer) -> Iterator[None]:
    """Whatever layers keep aside, and the chance of dropout, is as before after a `with` block."""
    before = extra_state(run.model)
    theta = run.arena.theta.copy()  # with the buffers of batch normalisation
    try:
        yield
    finally:
        run.arena.theta[:] = theta
        load_extra_state(run.model, before)
        run.model.train()


def _share_dropped(part: Module) -> float:
    """What share a layer leaves out in training, between its layers or of its attention too."""
    share = getattr(part, "p" if isinstance(part, Dropout) else "dropout", 0.0)
    drops = isinstance(share, float | int) and getattr(part, "differs_in_training", False)
    return float(share) if drops else 0.0


def _losses(run: Trainer, knobs: Knobs) -> LossComparison:
    train, test = run.data
    numbers, seen = (evenly_spaced_with_last(len(data), _SAMPLED) for data in (train, test))
    first, last = train.take(numbers), test.take(seen)
    images, labels = first.inputs, first.targets
    task = run.task

    def loss(some: NDArray[Any], known: Any) -> tuple[float, float]:
        with no_grad():
            outputs = task.forward(run.model, some).data
        sums, count = metric_sums(task, outputs, known, knobs), max(len(some), 1)
        return sums[LOSS.key] / count, sums.get(ACCURACY.key, math.nan) / count

    run.model.eval()
    plain, accuracy = loss(images, labels)
    redrawn = plain
    if task.augment is not None:
        redrawn, _ = loss(task.augment(images, np.random.default_rng(0), knobs), labels)
    newest, _ = loss(last.inputs, last.targets)
    averaged = newest
    if not run.ema.empty:
        with run.ema.in_place():
            averaged, _ = loss(last.inputs, last.targets)
    dropout = math.nan
    if task.before_batch is not None:
        task.before_batch(run.model, knobs)
    dropped = max((_share_dropped(part) for _, part in run.model.named_modules()), default=0.0)
    if dropped:
        run.model.train()
        # With a graph: in training that is as it should be.
        scores = task.forward(run.model, images)
        dropout = float(task.loss(scores, labels, knobs).item())
    return LossComparison(plain, plain if math.isnan(dropout) else dropout, redrawn, accuracy,
                  newest, averaged, dropped)  # fmt: skip
