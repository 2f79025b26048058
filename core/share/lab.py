"""A lab as it is kept in a file: a run up to where it can go on from, and how it was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chapters.registry import chapter
from core.data.rng import RngStreams
from core.errors import LabError
from core.knobs import Knobs
from core.nn.arena import Arena, ArenaLayout
from core.record.models import KnobChange, RunEvent
from core.share.weights_hash import weights_sha256
from core.training.evaluator import ACCURACY
from core.training.metrics import Evaluation, Metric
from core.translation import tr

CURVES = ("step", "samples", "loss", "lr", "gradient", "seconds")


@dataclass(frozen=True)
class Lab:
    """`run_id` and `started` (seconds since 1970) are the run's; `data` names what it learnt from.

    With `seeded` it began as its `knobs` say, so that every step can be trained again; otherwise it
    can only go on from `state`, a `Trainer.state_dict()`. `metrics` and `batch_metrics` are the
    record's. `curves` has columns `CURVES` and `batch_metrics` (N,) of every mini-batch, unless
    they are `thinned`. `looks` at the test set, which has so many `classes`, carry reports on the
    test samples `sample` (K,), unless there was no room for them. `snapshots` are weights to look
    at, by step, as `pack_weights` packs them. `moment` is the step that was shown, None for the
    live edge. With `whole` the optimiser's memory is in `state`; otherwise it is empty there.
    `window` is what the window wrote of its panels.
    """

    chapter: str
    run_id: str
    started: float
    data: str
    classes: int
    seeded: bool
    knobs: dict[str, float]
    changes: tuple[KnobChange, ...]
    events: tuple[RunEvent, ...]
    curves: dict[str, NDArray[np.float64]]
    looks: tuple[Evaluation, ...]
    sample: NDArray[np.int64]
    state: dict[str, Any]
    snapshots: dict[int, bytes]
    metrics: tuple[Metric, ...] = (ACCURACY,)
    batch_metrics: tuple[str, ...] = (ACCURACY.key,)
    moment: int | None = None
    whole: bool = True
    thinned: bool = False
    window: bytes = b""

    @property
    def step(self) -> int:
        """The mini-batch that the state was taken after."""
        return int(self.state["step"])

    @property
    def theta(self) -> NDArray[np.float32]:
        """The weights (P,) at that step, exactly."""
        theta: NDArray[np.float32] = self.state["theta"]
        return theta


def lab_knobs(key: str, values: Mapping[str, float]) -> Knobs:
    """A chapter's knobs at these values. Raises LabError when they are not its own."""
    knobs = chapter(key).defaults()
    if set(values) != set(knobs):
        unlike = ", ".join(sorted(set(values) ^ set(knobs)))
        raise LabError(
            tr("its chapter has different settings now ({unlike})").format(unlike=unlike[:200])
        )
    return knobs.with_values(**values)


def network_layout(key: str, knobs: Knobs) -> ArenaLayout:
    """Where each parameter of a chapter's network lies."""
    return Arena.adopt(chapter(key).task.model(knobs, np.random.default_rng(0))).layout


def is_seed_weights(key: str, knobs: Knobs, theta: NDArray[np.float32]) -> bool:
    """Whether weights (P,) are those that the knobs and their seed begin with, to the last bit."""
    rng = RngStreams(int(knobs.get("seed", 1)))("weights")
    model = chapter(key).task.model(knobs, rng)
    return weights_sha256(Arena.adopt(model).theta) == weights_sha256(theta)
