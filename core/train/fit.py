"""The training loop: a generator of steps. Whoever iterates it decides when and how fast."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from core.autograd.anomaly import anomaly
from core.errors import AnomalyError
from core.train.knobs import Knobs
from core.train.run import Run
from core.train.step import Step

KnobSource = Callable[[], Knobs]


def fit(run: Run, knobs: KnobSource) -> Iterator[Step]:
    """Train without end, one mini-batch a step; `knobs()` is asked once before each."""
    train = run.data.train
    while True:
        now = knobs()
        batch = run.order.take(int(now["batch_size"]))
        labels = train.labels[batch]

        run.arena.zero_grad()
        scores = run.task.score(run.model, train.images[batch])
        loss = run.task.loss(scores, labels, now)
        loss.backward()
        norm = math.sqrt(np.dot(run.arena.grad, run.arena.grad))
        if not math.isfinite(norm + loss.item()):
            explain(run, train.images[batch], labels, now)
        run.optimizer.step(lr=now["lr"], **optimizer_knobs(now))

        run.step += 1
        run.samples += len(batch)
        guesses = run.task.probabilities(scores.data).argmax(axis=1)
        due = run.step % int(now["validate_every"]) == 0 or run.order.epoch_ended
        evaluation = run.evaluate(now) if due else None
        yield Step(
            number=run.step,
            epoch=run.epoch,
            samples=run.samples,
            loss=loss.item(),
            accuracy=float(np.mean(guesses == labels)),
            lr=now["lr"],
            gradient=norm,
            evaluation=evaluation,
            finished=evaluation is not None and evaluation.accuracy > now.get("stop_at", 1.0),
        )


def explain(run: Run, images: NDArray[np.uint8], labels: NDArray[np.uint8], knobs: Knobs) -> None:
    """Compute a mini-batch again, looking at every step. Raises AnomalyError at the first NaN."""
    try:
        with anomaly(run.step + 1):
            run.task.loss(run.task.score(run.model, images), labels, knobs).backward()
    except AnomalyError as error:
        raise AnomalyError(
            f"Training ran away: {error} Choose a smaller learning rate and start again."
        ) from error


def optimizer_knobs(knobs: Knobs) -> dict[str, float]:
    """Those knobs besides the learning rate that an optimiser takes at each step."""
    return {key: knobs[key] for key in ("momentum", "weight_decay") if key in knobs}
