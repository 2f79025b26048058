"""Evaluators: what a task's outputs are measured by, batch by batch and on the test set."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.data.dataset import Dataset
from core.errors import DataError, LabError
from core.nn import Module
from core.training.metrics import Metric
from core.training.reports import (
    MOST_CONFUSED,
    ClassificationReport,
    RegressionReport,
    Report,
    SurfaceReport,
    TextReport,
)
from core.translation import tr

ACCURACY = Metric("accuracy", "Accuracy", "%")
TOP2 = Metric("top2", "Top 2", "%")
R2 = Metric("r2", "R²")
MAE = Metric("mae", "Mean absolute error", better="down")
BITS = Metric("bits", "Bits per character", "bits", better="down")

SURFACE_SIDE = 48
"""Rows and columns of a decision surface."""


class ForwardTask(Protocol):
    """The part of a Task that evaluators use."""

    @property
    def probabilities(self) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Outputs (N, S) → probabilities (N, C)."""

    def forward(self, model: Module, inputs: NDArray[Any]) -> Tensor:
        """Outputs for stored samples (N, …)."""


class EvaluationPass(Protocol):
    """One pass over the test set, chunk by chunk."""

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        """Take in the outputs for the samples `part`, whose mean loss is `loss`."""

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        """Metrics by key, and reports."""


class Evaluator(Protocol):
    """What a task's outputs are measured by.

    `batch_metrics` are those that every mini-batch has; they are means over its samples.
    """

    @property
    def report_kinds(self) -> tuple[type[Report], ...]:
        """What kinds of report an evaluation has."""

    @property
    def batch_metrics(self) -> tuple[Metric, ...]:
        """What a mini-batch is measured by."""

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """All metrics of an evaluation on such data; the first is the one that goals are about.

        Without `data` all that an evaluation may have.
        """

    def check(self, data: Dataset) -> None:
        """Raise DataError for data that cannot be measured so."""

    def batch_sums(
        self, task: ForwardTask, outputs: NDArray[np.float32], targets: Any, loss: float
    ) -> dict[str, float]:
        """Sum over a mini-batch's samples of each of the `batch_metrics`, by key."""

    def start(self, task: ForwardTask, model: Module, data: Dataset) -> EvaluationPass:
        """Begin a pass over `data`; the model is in eval mode and nothing is taped."""


@dataclass(frozen=True)
class Classification:
    """Measures scores of classes: accuracy, the best two, confusion.

    With `surface` also the probability of each class over the plane, for points (N, 2).
    """

    surface: bool = False
    batch_metrics = (ACCURACY,)

    @property
    def report_kinds(self) -> tuple[type[Report], ...]:
        """Predictions, and the surface."""
        return (ClassificationReport, SurfaceReport) if self.surface else (ClassificationReport,)

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """Accuracy; with more than two classes also the share of the best two."""
        return (ACCURACY, TOP2) if data is None or len(data.classes) > 2 else (ACCURACY,)

    def check(self, data: Dataset) -> None:
        """Raise DataError for data without classes or labels, and for a surface over no plane."""
        if data.targets is None or not data.classes:
            what = tr("labels") if data.targets is None else tr("classes")
            raise DataError(_nothing_to_measure(data, what))
        _check_plane(data, self.surface)

    def batch_sums(
        self, task: ForwardTask, outputs: NDArray[np.float32], targets: Any, loss: float
    ) -> dict[str, float]:
        """How many are right."""
        predicted = task.probabilities(outputs).argmax(axis=1)
        return {ACCURACY.key: int(np.count_nonzero(predicted == targets))}

    def start(self, task: ForwardTask, model: Module, data: Dataset) -> "ClassificationPass":
        """Begin a pass over `data`."""
        return ClassificationPass(self, task, model, data)


class ClassificationPass:
    """One pass over a test set with classes."""

    def __init__(
        self, evaluator: Classification, task: ForwardTask, model: Module, data: Dataset
    ) -> None:
        self._evaluator, self._task, self._model, self._data = evaluator, task, model, data
        self._predictions = np.empty(len(data), np.int64)
        self._confidence = np.empty(len(data), np.float32)
        self._margins: list[NDArray[np.float32]] = []
        self._among_two = 0

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        """Take in scores (M, C), or (M, 1) of the second of two classes.

        Raises LabError for those of other classes than the data has.
        """
        labels = self._data.labels[part]
        probabilities = self._task.probabilities(outputs)
        if probabilities.shape[1:] != (len(self._data.classes),):
            raise LabError(
                tr(
                    "The network tells {found:,} classes apart, “{name}” has {known:,}. Give its "
                    "last layer as many outputs."
                ).format(
                    found=probabilities.shape[-1],
                    name=self._data.name,
                    known=len(self._data.classes),
                )
            )
        self._predictions[part] = probabilities.argmax(axis=1)
        self._confidence[part] = probabilities.max(axis=1)
        true = np.take_along_axis(probabilities, labels[:, None], axis=1)
        self._among_two += int(np.count_nonzero((probabilities > true).sum(axis=1) < 2))
        if outputs.shape[1] == 1:
            self._margins.append(outputs[:, 0])

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        """Accuracy, the best two, and a ClassificationReport.

        Of more than `MOST_CONFUSED` classes no confusion is counted.
        """
        data, predictions = self._data, self._predictions
        classes = len(data.classes)
        metrics = {ACCURACY.key: float(np.mean(predictions == data.labels))}
        if classes > 2:
            metrics[TOP2.key] = self._among_two / len(data)
        counted = classes if classes <= MOST_CONFUSED else 0
        pairs = data.labels * classes + predictions if counted else np.empty(0, np.int64)
        report = ClassificationReport(
            predictions=predictions,
            confidence=self._confidence,
            confusion=np.bincount(pairs, minlength=counted**2).reshape(counted, counted),
            margin=np.concatenate(self._margins) if self._margins else np.empty(0, np.float32),
            bias=_last_bias(self._model) if self._margins else 0.0,
        )
        if not self._evaluator.surface:
            return metrics, (report,)
        surface = surface_over(self._task, self._model, data, self._task.probabilities)
        return metrics, (report, surface)


def _last_bias(model: Module) -> float:
    """What a network with a single score adds to it last; 0 where it adds nothing."""
    last = list(model.parameters())[-1:]
    return next((float(p.data[0]) for p in last if p.shape == (1,)), 0.0)


@dataclass(frozen=True)
class Regression:
    """Measures predicted numbers: R² and the mean absolute error, in the targets' `unit`."""

    unit: str = ""
    surface: bool = False

    @property
    def report_kinds(self) -> tuple[type[Report], ...]:
        """Predictions, and the surface."""
        return (RegressionReport, SurfaceReport) if self.surface else (RegressionReport,)

    @property
    def batch_metrics(self) -> tuple[Metric, ...]:
        """The mean absolute error."""
        return (self._mae,)

    @property
    def _mae(self) -> Metric:
        return Metric(MAE.key, MAE.label, self.unit, MAE.better)

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """R², the mean absolute error."""
        return R2, self._mae

    def check(self, data: Dataset) -> None:
        """Raise DataError for data without targets, and for a surface over no plane."""
        if data.targets is None:
            raise DataError(_nothing_to_measure(data, tr("targets")))
        _check_plane(data, self.surface)

    def batch_sums(
        self, task: ForwardTask, outputs: NDArray[np.float32], targets: Any, loss: float
    ) -> dict[str, float]:
        """Sum over the samples of their mean absolute error."""
        predictions, wanted = _rows(outputs, targets)
        apart = np.abs(predictions - wanted)
        return {MAE.key: float(apart.mean(axis=1, dtype=np.float64).sum())}

    def start(self, task: ForwardTask, model: Module, data: Dataset) -> "RegressionPass":
        """Begin a pass over `data`."""
        return RegressionPass(self, task, model, data)


class RegressionPass:
    """One pass over a test set with numbers as targets."""

    def __init__(
        self, evaluator: Regression, task: ForwardTask, model: Module, data: Dataset
    ) -> None:
        self._evaluator, self._task, self._model, self._data = evaluator, task, model, data
        self._outputs: list[NDArray[np.float32]] = []

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        """Take in predictions (M, …)."""
        self._outputs.append(outputs.reshape(len(outputs), -1).copy())

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        """R², mean absolute error, and a RegressionReport."""
        predictions, targets = _rows(np.concatenate(self._outputs), self._data.targets)
        apart = targets.astype(np.float64) - predictions
        spread = ((targets - targets.mean(axis=0, dtype=np.float64)) ** 2).sum()
        r2 = 1 - float((apart**2).sum() / spread) if spread > 0 else math.nan
        metrics = {R2.key: r2, MAE.key: float(np.abs(apart).mean())}
        report = RegressionReport(predictions, targets.astype(np.float32, copy=False))
        if not self._evaluator.surface:
            return metrics, (report,)
        return metrics, (report, surface_over(self._task, self._model, self._data, None))


def _rows(outputs: NDArray[np.float32], targets: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Predictions and targets, both (N, K). Raises LabError where they are not as many."""
    predictions, wanted = (a.reshape(len(a), -1) for a in (outputs, np.asarray(targets)))
    if predictions.shape != wanted.shape:
        raise LabError(
            tr(
                "The network gives {found:,} numbers a sample, its targets have {wanted:,}. Give "
                "its last layer as many outputs."
            ).format(found=predictions.shape[1], wanted=wanted.shape[1])
        )
    return predictions, wanted


@dataclass(frozen=True)
class LanguageModel:
    """Measures the next token's scores (N, T, V): bits per token and accuracy, and writes on.

    `write(model, data)` gives a TextReport; None where nothing shall be written. The loss has to
    be the mean cross-entropy in nats.
    """

    write: Callable[[Module, Dataset], TextReport] | None = None
    batch_metrics = (BITS, ACCURACY)

    @property
    def report_kinds(self) -> tuple[type[Report], ...]:
        """What it writes, if it shall."""
        return () if self.write is None else (TextReport,)

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """Bits per token, and how often the likeliest token is the right one."""
        return self.batch_metrics

    def check(self, data: Dataset) -> None:
        """Raise DataError for data without the tokens that come next."""
        if data.targets is None:
            raise DataError(_nothing_to_measure(data, tr("targets")))

    def batch_sums(
        self, task: ForwardTask, outputs: NDArray[np.float32], targets: Any, loss: float
    ) -> dict[str, float]:
        """Bits and accuracy, times the number of sequences."""
        n = len(outputs)
        return {BITS.key: n * loss / math.log(2), ACCURACY.key: n * _share_right(outputs, targets)}

    def start(self, task: ForwardTask, model: Module, data: Dataset) -> "LanguageModelPass":
        """Begin a pass over `data`."""
        return LanguageModelPass(self, model, data)


class LanguageModelPass:
    """One pass over test sequences."""

    def __init__(self, evaluator: LanguageModel, model: Module, data: Dataset) -> None:
        self._evaluator, self._model, self._data = evaluator, model, data
        self._nats = self._right = 0.0

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        """Take in scores (M, T, V)."""
        self._nats += loss * len(outputs)
        self._right += _share_right(outputs, self._data.labels[part]) * len(outputs)

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        """Bits per token, accuracy, and what the network writes."""
        n = max(len(self._data), 1)
        metrics = {BITS.key: self._nats / n / math.log(2), ACCURACY.key: self._right / n}
        write = self._evaluator.write
        return metrics, () if write is None else (write(self._model, self._data),)


def _share_right(outputs: NDArray[np.float32], targets: NDArray[np.integer]) -> float:
    """How many tokens are right of those that count; negative ones are ignored by the loss."""
    known = targets >= 0
    right = (outputs.argmax(axis=-1) == targets) & known
    return float(right.sum() / max(np.count_nonzero(known), 1))


def _nothing_to_measure(data: Dataset, what: str) -> str:
    return tr(
        "“{name}” has no {what} to measure a network by. Choose data with {what}, or another "
        "evaluator."
    ).format(name=data.name, what=what)


def _check_plane(data: Dataset, surface: bool) -> None:
    if surface and data.inputs.shape[1:] != (2,):
        raise DataError(
            tr(
                "“{name}” has samples of shape {shape}, not two coordinates: there is no surface "
                "over them. Choose points in the plane, or an evaluator without a surface."
            ).format(name=data.name, shape=data.inputs.shape[1:])
        )


def surface_over(
    task: ForwardTask,
    model: Module,
    data: Dataset,
    of: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None,
) -> SurfaceReport:
    """A network's output, or `of` it, over the rectangle around points (N, 2), a margin more."""
    points = data.inputs
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1.0)
    low, high = low - margin, high + margin
    axes = [np.linspace(a, b, SURFACE_SIDE) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(np.float32)
    outputs = task.forward(model, grid).data
    values = outputs.reshape(len(grid), -1) if of is None else of(outputs)
    shaped = np.ascontiguousarray(values.T).reshape(-1, SURFACE_SIDE, SURFACE_SIDE)
    corner: list[tuple[float, float]] = [(float(c[0]), float(c[1])) for c in (low, high)]
    return SurfaceReport(shaped.astype(np.float32, copy=False), corner[0], corner[1])
