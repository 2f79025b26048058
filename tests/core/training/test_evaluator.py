"""Evaluators: other targets, few samples, many classes, and tasks whose parts do not fit."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import DataSpec, PointSpec, TokenSpec
from core.errors import DataError, LabError
from core.inspect.data.class_gallery import predict_samples
from core.knobs import Knob, Knobs
from core.nn import Embedding, Linear, Module
from core.training.evaluator import Classification, Evaluator, LanguageModel, Regression
from core.training.loop import fit
from core.training.metrics import Metric
from core.training.reports import (
    MOST_CONFUSED,
    ClassificationReport,
    RegressionReport,
    Report,
    SurfaceReport,
)
from core.training.task import Split, Task, binary_probabilities
from core.training.trainer import Trainer

KNOBS = Knobs([Knob("lr", "Rate", 0.1, 0.0, 1.0), Knob("batch_size", "Batch", 8, 1, 9)])
RNG = np.random.default_rng(0)


def _squares(outputs: Tensor, targets: Any, knobs: Knobs) -> Tensor:
    return F.mse_loss(outputs, targets)


def _entropy(outputs: Tensor, targets: Any, knobs: Knobs) -> Tensor:
    return F.cross_entropy(F.reshape(outputs, (-1, outputs.shape[-1])), targets.reshape(-1))


def _task(data: Dataset, model: Module, evaluator: Evaluator, **parts: Any) -> Task:
    if isinstance(evaluator, Regression):
        parts.setdefault("loss", _squares)
    return Task(
        data=lambda knobs: Split(data, parts.pop("test", data)), model=lambda knobs, rng: model,
        encoding=Identity(), evaluator=evaluator, **{"loss": _entropy, **parts},
    )  # fmt: skip


def _points(targets: NDArray[Any] | None, width: int = 2, classes: int = 0) -> Dataset:
    count = 5 if targets is None else len(targets)
    names = tuple(map(str, range(classes)))
    inputs = RNG.standard_normal((count, width)).astype(np.float32)
    return Dataset(inputs, targets, PointSpec(tuple("xyz"[:width]), classes=names), "points")


def _linear(outputs: int, width: int = 2, bias: bool = True) -> Linear:
    return Linear(width, outputs, bias, rng=np.random.default_rng(1))


def test_a_network_with_more_outputs_than_classes_is_no_confusion() -> None:
    data = _points(np.array([0, 1, 2]), classes=3)
    with pytest.raises(LabError, match=r"4 classes.*“points” has 3"):
        Trainer(_task(data, _linear(4), Classification()), KNOBS).evaluate(KNOBS)


@pytest.mark.parametrize(("targets", "classes"), [(None, 3), (np.array([0, 1]), 0)])
def test_without_classes_nothing_is_classified(
    targets: NDArray[np.int64] | None, classes: int
) -> None:
    data = _points(targets, classes=classes)
    with pytest.raises(DataError, match=r"“points” has no (labels|classes).+evaluator"):
        Trainer(_task(data, _linear(2), Classification()), KNOBS)


def test_without_targets_nothing_is_regressed() -> None:
    with pytest.raises(DataError, match=r"“points” has no targets.+evaluator"):
        Trainer(_task(_points(None), _linear(2), Regression()), KNOBS)


def test_a_surface_needs_the_plane() -> None:
    data = _points(np.array([0, 1, 0]), width=3, classes=2)
    with pytest.raises(DataError, match=r"two coordinates.+surface"):
        Trainer(_task(data, _linear(2, 3), Classification(surface=True)), KNOBS)


def test_one_point_has_a_surface_of_some_width() -> None:
    data = _points(np.array([1]), classes=2)
    run = Trainer(_task(data, _linear(2), Classification(surface=True)), KNOBS)
    found = run.evaluate(KNOBS).report(SurfaceReport)
    assert found is not None and found.low[0] < found.high[0] and found.low[1] < found.high[1]


@pytest.mark.parametrize("part", ["train", "test"])
def test_no_samples_are_refused(part: str) -> None:
    data = _points(np.array([0, 1, 0]), classes=2)
    split = Split(data, data)._replace(**{part: data.take(slice(0))})
    task = replace(_task(data, _linear(2), Classification()), data=lambda knobs: split)
    with pytest.raises(DataError, match="no samples"):
        Trainer(task, KNOBS)


def test_of_very_many_classes_no_confusion_is_counted() -> None:
    classes = 70_000
    data = _points(np.array([0, 69_999]), classes=classes)
    run = Trainer(_task(data, _linear(classes), Classification()), KNOBS)
    found = run.evaluate(KNOBS)
    report = found.report(ClassificationReport)
    assert report is not None and report.confusion.shape == (0, 0) and classes > MOST_CONFUSED
    assert set(found.metrics) == {"accuracy", "top2"}


def test_one_class_is_always_right() -> None:
    data = _points(np.zeros(4, np.int64), classes=1)
    found = Trainer(_task(data, _linear(1), Classification()), KNOBS).evaluate(KNOBS)
    assert found.metrics == {"accuracy": 1.0}


def test_a_single_score_without_a_bias_has_none() -> None:
    data = _points(np.array([0, 1]), classes=2)

    def loss(outputs: Tensor, targets: Any, knobs: Knobs) -> Tensor:
        wanted = targets[:, None].astype(np.float32)
        return F.binary_cross_entropy_with_logits(outputs, wanted)

    task = _task(data, _linear(1, bias=False), Classification(), loss=loss,
                 probabilities=binary_probabilities)  # fmt: skip
    report = Trainer(task, KNOBS).evaluate(KNOBS).classification
    assert report is not None and len(report.margin) == 2 and report.bias == 0.0


def test_flat_targets_and_several_outputs_are_measured_alike() -> None:
    flat = _points(np.array([1.0, 2.0, 4.0]))

    def column(outputs: Tensor, targets: Any, knobs: Knobs) -> Tensor:
        return F.mse_loss(outputs, targets[:, None])

    run = Trainer(_task(flat, _linear(1), Regression(), loss=column), KNOBS)
    found = run.evaluate(KNOBS)
    step = next(fit(run, lambda: KNOBS))
    report = found.report(RegressionReport)
    assert report is not None and report.targets.shape == (3, 1)
    apart = report.residuals.astype(np.float64)
    spread = np.var([1.0, 2.0, 4.0])
    assert found.metrics["r2"] == pytest.approx(1 - np.mean(apart**2) / spread)
    assert step.metrics["mae"] == pytest.approx(found.metrics["mae"], rel=1e-4)


def test_other_numbers_than_targets_are_refused() -> None:
    data = _points(RNG.standard_normal((4, 1)).astype(np.float32))
    run = Trainer(_task(data, _linear(2), Regression()), KNOBS)
    with pytest.raises(LabError, match=r"2 numbers.*targets.*1"):
        run.evaluate(KNOBS)
    with pytest.raises(LabError, match=r"2 numbers.*targets.*1"):
        next(fit(run, lambda: KNOBS))


def test_one_sample_has_no_r2() -> None:
    data = _points(np.array([[1.0, 2.0]]))
    found = Trainer(_task(data, _linear(2), Regression()), KNOBS).evaluate(KNOBS)
    assert math.isnan(found.metrics["r2"]) and found.metrics["mae"] > 0


def test_tokens_that_are_ignored_do_not_count_as_wrong() -> None:
    spec = TokenSpec(("a", "b"), 4)
    inputs = np.array([[0, 1, 0, 1], [1, 1, 0, 0]])
    targets = inputs.copy()
    targets[:, 2:] = -100
    table = Embedding(2, 2, rng=np.random.default_rng(0))
    table.weight.data[:] = 5 * np.eye(2)
    run = Trainer(_task(Dataset(inputs, targets, spec), table, LanguageModel()), KNOBS)
    assert run.evaluate(KNOBS).metrics["accuracy"] == 1.0
    assert next(fit(run, lambda: KNOBS)).metrics["accuracy"] == 1.0


def test_long_sequences_are_looked_at_few_at_a_time() -> None:
    vocabulary, length, seen = 4096, 512, list[int]()
    tokens = np.zeros((20, length), np.int64)

    class Scores(Module):
        def __init__(self) -> None:
            self.bias = Tensor(np.zeros(1, np.float32), requires_grad=True)

        def forward(self, inputs: NDArray[np.int64]) -> Tensor:
            seen.append(len(inputs))
            return self.bias * Tensor(np.zeros((*inputs.shape, 2), np.float32))

    data = Dataset(tokens, tokens, TokenSpec(tuple(map(str, range(vocabulary))), length), "long")
    found = Trainer(_task(data, Scores(), LanguageModel()), KNOBS).evaluate(KNOBS)
    assert max(seen) < 20 and sum(seen) == 20
    assert found.metrics["bits"] == pytest.approx(1.0)


@dataclass(frozen=True)
class _Nothing:
    """Measures nothing but the loss."""

    report_kinds: tuple[type[Report], ...] = ()
    batch_metrics: tuple[Metric, ...] = ()

    def check(self, data: Dataset) -> None:
        """Everything is fine."""

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        """None."""
        return ()

    def batch_sums(self, task: Any, outputs: Any, targets: Any, loss: float) -> dict[str, float]:
        """None."""
        return {}

    def start(self, task: Any, model: Module, data: Dataset) -> "_Nothing":
        """Itself."""
        return self

    def add(self, part: slice, outputs: Any, loss: float) -> None:
        """Nothing."""

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        """Nothing."""
        return {}, ()


def test_without_metrics_goals_are_about_the_loss() -> None:
    stop = Knobs([*KNOBS.knobs.values(), Knob("stop_at", "Goal", 1e9, 0.0, 1e9)])
    spec: DataSpec = PointSpec(("x", "y"))
    data = Dataset(np.zeros((4, 2), np.float32), np.ones((4, 2), np.float32), spec, "points")
    run = Trainer(_task(data, _linear(2), _Nothing(), loss=_squares), stop)
    step = next(fit(run, lambda: stop))
    assert step.finished and step.evaluation is not None and step.evaluation.metrics == {}


def test_predictions_of_more_than_256_classes_are_those_classes() -> None:
    data = _points(np.array([0, 299]), classes=300)
    model = _linear(300)
    model.bias.data[299] = 1e3  # type: ignore[union-attr]
    run = Trainer(_task(data, model, Classification()), KNOBS)
    assert predict_samples(run, False, np.arange(2)).guesses.tolist() == [299, 299]
