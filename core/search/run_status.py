"""Status of one run of a race or a study."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import numpy as np

from core.runtime.protocol import RecordingStarted
from core.search.messages import RunEnded, RunStarted, RunValidated, SearchEvent, StepsTrained
from core.training.metrics import Metric, MetricSet
from core.training.series import ColumnStore

State = Literal["waiting", "running", "done", "pruned", "stopped", "failed"]


def _curve() -> ColumnStore:
    return ColumnStore("step", "loss")


@dataclass
class RunStatus:
    """Run `number`, with setting number `setting` and the complete `values` of its knobs.

    `curve` has every mini-batch, `tested` every look at the test set: tables with the columns step,
    loss and one for each metric, by key. `record` is its file once it is recorded. `problem` is a
    sentence where it did not come to its end.
    """

    number: int
    setting: int
    values: Mapping[str, float]
    state: State = "waiting"
    record: Path | None = None
    problem: str = ""
    curve: ColumnStore = field(default_factory=_curve)
    tested: ColumnStore = field(default_factory=_curve)

    @classmethod
    def measured_by(
        cls, metrics: MetricSet, number: int, setting: int, values: Mapping[str, float]
    ) -> Self:
        """A run that waits, with empty tables for these metrics."""
        curve, tested = (
            ColumnStore("step", "loss", *(metric.key for metric in those))
            for those in (metrics.batch, metrics.tested)
        )
        return cls(number, setting, values, curve=curve, tested=tested)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state not in ("waiting", "running")

    @property
    def step(self) -> int:
        """Mini-batches trained so far."""
        steps = self.curve.column("step")
        return int(steps[-1]) if len(steps) else 0

    @property
    def loss(self) -> float:
        """Of the last look at the test set; NaN before the first."""
        return self._last("loss")

    @property
    def metrics(self) -> dict[str, float]:
        """Of the last look at the test set, by key; NaN before the first."""
        return {key: self._last(key) for key in self.tested.columns[2:]}

    def value(self, metric: Metric) -> float:
        """The value of a metric, or the loss, at the last look at the test set; else NaN."""
        return self._last(metric.key) if metric.key in self.tested.columns else math.nan

    def handle(self, event: SearchEvent) -> None:
        """Update from an event of this run."""
        match event:
            case RunStarted():
                self.state = "running"
            case RecordingStarted(path=path):
                self.record = Path(path)
            case StepsTrained(rows=rows):
                self.curve.append(rows)
            case RunValidated(step=step, loss=loss, metrics=metrics):
                found = (metrics.get(key, math.nan) for key in self.tested.columns[2:])
                self.tested.append(np.array([[step, loss, *found]]))
            case RunEnded(how=how, sentence=sentence):
                self.state, self.problem = how, sentence

    def _last(self, column: str) -> float:
        values = self.tested.column(column)
        return float(values[-1]) if len(values) else float("nan")
