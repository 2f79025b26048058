"""Metrics of one training step and of one evaluation on the test set."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from core.formatting import format_number, format_percent
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

    @property
    def name(self) -> str:
        """The label as it stands within a sentence: “accuracy”, but “R²”."""
        return self.label[:1].lower() + self.label[1:] if self.label[1:2].islower() else self.label

    @property
    def percent(self) -> bool:
        """Whether values are shares that are shown in percent."""
        return self.unit == "%"

    def is_better(self, value: float, than: float) -> bool:
        """Whether `value` is better than another; any number is better than NaN."""
        if math.isnan(value) or math.isnan(than):
            return math.isnan(than) and not math.isnan(value)
        return value > than if self.better == "up" else value < than

    def text(self, value: float, digits: int = 4) -> str:
        """`value` with its unit, for display; a dash for NaN."""
        if math.isnan(value):
            return "–"
        if self.percent:
            return format_percent(value)
        return f"{format_number(value, digits)} {tr(self.unit)}".rstrip()


LOSS = Metric("loss", "Loss", better="down")
"""What training minimises; every task has it."""


def step_columns(metrics: Iterable[str]) -> tuple[str, ...]:
    """Columns of a table of mini-batches that are measured by metrics of these keys."""
    return ("step", "epoch", "samples", "loss", *metrics, "lr", "gradient", "seconds")


def validation_columns(metrics: Iterable[str]) -> tuple[str, ...]:
    """Columns of a table of looks at the test set with metrics of these keys."""
    return ("step", "epoch", "loss", *metrics)


@dataclass(frozen=True)
class MetricSet:
    """What a run is measured by: each mini-batch (`batch`), and each look at the test set.

    The first of `tested` is the one that goals are about.
    """

    batch: tuple[Metric, ...] = ()
    tested: tuple[Metric, ...] = ()

    @property
    def goal(self) -> Metric:
        """The one that goals are about; the loss where there is no other."""
        return next(iter(self.tested), LOSS)

    @property
    def all(self) -> tuple[Metric, ...]:
        """Each metric once, in the order in which they are shown; the loss is not among them."""
        known = {metric.key: metric for metric in (*self.tested, *self.batch)}
        return tuple(known.values())

    @property
    def plots(self) -> tuple[tuple[Metric, ...], ...]:
        """Which metrics share a plot: shares of the test set go with the metric before them."""
        trained = {metric.key for metric in self.batch}
        groups: list[list[Metric]] = []
        for metric in self.all:
            alike = groups and (groups[-1][0].unit, groups[-1][0].better) == ("%", metric.better)
            if alike and metric.unit == "%" and metric.key not in trained:
                groups[-1].append(metric)
            else:
                groups.append([metric])
        return tuple(map(tuple, groups))

    @property
    def step_columns(self) -> tuple[str, ...]:
        """Columns of a table of mini-batches."""
        return step_columns(metric.key for metric in self.batch)

    @property
    def validation_columns(self) -> tuple[str, ...]:
        """Columns of a table of looks at the test set."""
        return validation_columns(metric.key for metric in self.tested)

    def metric(self, key: str) -> Metric:
        """The metric of this key, or the loss. Raises KeyError for others."""
        return {metric.key: metric for metric in (LOSS, *self.all)}[key]


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

    def value(self, metric: Metric) -> float:
        """The value of a metric, or the loss; NaN where it was not measured."""
        return self.loss if metric.key == LOSS.key else self.metrics.get(metric.key, math.nan)


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
