"""Describes a run's data and metrics for its record."""

from typing import NamedTuple

from core.data.dataset import Dataset
from core.data.specs import PointSpec, TableSpec, TokenSpec
from core.record.models import RecordedSpec
from core.record.schema import RESERVED
from core.training.metrics import Metric
from core.training.trainer import Trainer


class RunDescription(NamedTuple):
    """What a record says of data and metrics, as `RunInfo` has it."""

    spec: RecordedSpec
    metrics: tuple[Metric, ...]
    batch_metrics: tuple[str, ...]


def describe_run(run: Trainer) -> RunDescription:
    """What a run is measured by, and what data it is tested on."""
    test = run.data.test
    measured = run.task.measured_by(test)
    metrics = tuple(metric for metric in measured.all if metric.key not in RESERVED)
    keys = tuple(metric.key for metric in measured.batch if metric in metrics)
    return RunDescription(describe_data(test), metrics, keys)


def describe_data(data: Dataset) -> RecordedSpec:
    """What one sample of a dataset is."""
    spec, targets = data.spec, data.targets
    numbers = spec if isinstance(spec, PointSpec | TableSpec) else None
    return RecordedSpec(
        kind=spec.kind,
        shape=spec.shape,
        names=() if numbers is None else numbers.names,
        units=() if numbers is None else numbers.units,
        vocabulary=len(spec.vocabulary) if isinstance(spec, TokenSpec) else 0,
        targets="" if targets is None else str(targets.dtype),
        target_shape=() if targets is None else targets.shape[1:],
    )
