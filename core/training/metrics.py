"""Metrics of one training step and of one evaluation on the test set."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from core.formatting import format_number
from core.training.reports import ClassificationReport, Report
from core.translation import tr

_R = TypeVar("_R", bound=Report)


@dataclass(frozen=True)
class Metric:
    """A number by which a network is measured: its name, unit, and which way is better.

    `key` names it in records, files and JSON, `label` in the window. With the unit “%” the number
    is a fraction and is shown in percent.
    """

    key: str
    label: str
    unit: str = ""
    better: Literal["up", "down"] = "up"

    def is_better(self, value: float, than: float) -> bool:
        """Whether `value` is better than another; any number is better than NaN."""
        if math.isnan(value) or math.isnan(than):
            return math.isnan(than) and not math.isnan(value)
        return value > than if self.better == "up" else value < than

    def text(self, value: float, digits: int = 4) -> str:
        """`value` with its unit, for display; a dash for NaN."""
        if math.isnan(value):
            return "–"
        if self.unit == "%":
            return f"{value:.1%}"
        return f"{format_number(value, digits)} {tr(self.unit)}".rstrip()


LOSS = Metric("loss", "Loss", better="down")
"""What training minimises; every task has it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results on the whole test set after `step` mini-batches.

    `metrics` by key, as the task declares them; `reports` hold what does not fit in one number.
    """

    step: int
    epoch: float
    loss: float
    metrics: dict[str, float] = field(default_factory=dict)
    reports: tuple[Report, ...] = ()

    def report(self, kind: type[_R]) -> _R | None:
        """The report of this kind, if there is one."""
        return next((report for report in self.reports if isinstance(report, kind)), None)

    @property
    def classification(self) -> ClassificationReport | None:
        """Predictions and confusion of a task with classes; None for others."""
        return self.report(ClassificationReport)

    @property
    def accuracy(self) -> float:
        """For readers that do not know metrics yet."""
        return self.metrics.get("accuracy", math.nan)

    @property
    def top2(self) -> float:
        """For readers that do not know metrics yet."""
        return self.metrics.get("top2", math.nan)

    def __getattr__(self, name: str) -> Any:
        if name in ("predictions", "confidence", "confusion", "margin", "bias", "samples",
                    "numbers"):  # fmt: skip
            return getattr(self.classification, name)
        raise AttributeError(name)


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """Metrics of one optimizer step: its number (from 1), progress in epochs, loss, metrics.

    `loss` and `metrics` are means over the batch, `gradient` the Euclidean norm over all
    parameters. `finished` is set when the chapter's own goal is reached.
    """

    number: int
    epoch: float
    samples: int
    loss: float
    metrics: dict[str, float]
    lr: float
    gradient: float
    evaluation: Evaluation | None = None
    finished: bool = False

    @property
    def accuracy(self) -> float:
        """For readers that do not know metrics yet."""
        return self.metrics.get("accuracy", math.nan)
