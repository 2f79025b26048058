"""What a task's outputs are measured by, for questions about some of its samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.knobs import Knobs
from core.training.metrics import LOSS, Metric
from core.training.task import Task


def first_metric(task: Task) -> Metric:
    """What mini-batches are measured by in the first place; the loss where there is nothing."""
    return next(iter(task.evaluator.batch_metrics), LOSS)


def metric_sums(
    task: Task, outputs: NDArray[np.float32], targets: Any, knobs: Knobs
) -> dict[str, float]:
    """Sums over samples of the loss and of every metric that mini-batches have, by key."""
    with no_grad():
        loss = float(task.loss(Tensor(outputs), targets, knobs).item())
    sums = task.evaluator.batch_sums(task, outputs, targets, loss)
    return {LOSS.key: loss * len(outputs), **sums}


def tells_classes(outputs: NDArray[np.float32], targets: Any) -> bool:
    """Whether outputs (N, S) are scores of classes, with one class (N,) to each sample."""
    classes = isinstance(targets, np.ndarray) and targets.dtype.kind in "iu"
    return classes and outputs.ndim == 2 and targets.ndim == 1
