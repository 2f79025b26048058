"""What a race or a study and their processes say to each other: small values that pickle."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.runtime.compute import ComputeSettings
from core.runtime.protocol import RecordingStarted, WarningRaised
from core.training.metrics import LOSS, Metric
from core.translation import tr

Ending = Literal["done", "pruned", "stopped", "failed"]


@dataclass(frozen=True)
class RunOptions:
    """Under what options runs are trained: how far, with what, and where their records go.

    `steps`: so many mini-batches at most; None: up to the chapter's own goal. `folder`: None for
    the folder of all runs.
    """

    steps: int | None = None
    record: bool = True
    folder: Path | None = None
    computing: ComputeSettings = field(default_factory=ComputeSettings)

    def __post_init__(self) -> None:
        """Raises LabError where nothing can be trained."""
        if self.steps is not None and self.steps < 1:
            words = tr("{steps} mini-batches is not a valid limit. Choose at least 1.")
            raise LabError(words.format(steps=self.steps))


@dataclass(frozen=True)
class TrainRun:
    """To a process: train a run with these knobs."""

    number: int
    chapter: str
    values: Mapping[str, float]
    options: RunOptions


@dataclass(frozen=True)
class RunStarted:
    """Run `number` is about to be trained with these values on its knobs."""

    number: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class StepsTrained:
    """Mini-batches that run `number` was trained on: rows (N, K) of step, loss and the metrics that
    mini-batches of its chapter have.
    """

    number: int
    rows: NDArray[np.float64]


@dataclass(frozen=True)
class RunValidated:
    """A look of run `number` at the whole test set after mini-batch `step`; `metrics` by key."""

    number: int
    step: int
    loss: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class RunEnded:
    """Run `number` is over. `sentence` says why where it did not come to its end."""

    number: int
    how: Ending
    sentence: str = ""


@dataclass(frozen=True)
class Trial:
    """Run `number` of a study, wherever it was trained; `values` are those of the varied knobs.

    `loss` and `metrics`, by key, are those of its last look at the test set, NaN or missing while
    unknown; of a running one only that is known which is the goal. `record` is its file on the
    `machine` that trained it.
    """

    number: int
    values: Mapping[str, float]
    state: Literal["waiting", "running", "done", "pruned", "failed"]
    loss: float = math.nan
    metrics: Mapping[str, float] = field(default_factory=dict)
    step: int = 0
    record: Path | None = None
    machine: str = ""
    problem: str = ""

    def value(self, metric: Metric) -> float:
        """The value of a metric, or the loss; NaN while unknown."""
        return self.loss if metric.key == LOSS.key else self.metrics.get(metric.key, math.nan)


@dataclass(frozen=True)
class StudyUpdated:
    """How a study stands, with what others contributed. `over`: its process found no more to do."""

    trials: tuple[Trial, ...]
    over: bool = False


@dataclass(frozen=True)
class StudyFailed:
    """A study cannot be taken part in, or no longer; the sentence says why."""

    sentence: str


@dataclass(frozen=True)
class Finished:
    """Everything is over, nothing more will be said. `sentence` where that was not as planned."""

    sentence: str = ""


SearchEvent = (
    RunStarted
    | RecordingStarted
    | StepsTrained
    | RunValidated
    | WarningRaised
    | RunEnded
    | StudyUpdated
    | Finished
)
