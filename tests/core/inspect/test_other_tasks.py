"""Networks that write and networks that predict numbers are asked the same questions."""

from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import PointSpec, TokenSpec
from core.inspect.ablation import UnitScale, evaluate_edits
from core.inspect.capture import capture
from core.inspect.health.network_health import network_health
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.inspect.probes import run_probe
from core.inspect.weights.quantization import QuantizationSettings
from core.nn import GRU, Embedding, Linear, Module
from core.training.evaluator import LanguageModel, Regression
from core.training.task import Split, Task
from core.training.trainer import Trainer
from tests.core.inspect.networks import KNOBS


def ask(run: Trainer, name: str, **arguments: Any) -> Any:
    return run_probe(name, ProbeContext(run), KNOBS, arguments)


def captured(run: Trainer, inputs: np.ndarray, **more: Any) -> Any:
    copy = ModelCopy(run.task, run.model)
    return capture(copy.model, copy.encode(inputs), **more)


class Writer(Module):
    """Scores (N, T, V) of the token after each."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embedding = Embedding(4, 5, rng=rng)
        self.gru = GRU(5, 6, batch_first=True, rng=rng)
        self.head = Linear(6, 4, rng=rng)

    def forward(self, x: Any) -> Tensor:
        return self.head(self.gru(self.embedding(x))[0])


def run_without_classes(model: Any, data: Dataset, loss: Any, evaluator: Any) -> Trainer:
    task = Task(lambda knobs: Split(data, data), lambda knobs, rng: model(rng), loss,
                encoding=Identity(), evaluator=evaluator)  # fmt: skip
    return Trainer(task, KNOBS)


def test_a_network_that_writes_is_asked_about_its_last_place() -> None:
    rng = np.random.default_rng(8)
    tokens = rng.integers(0, 4, (12, 7))
    data = Dataset(tokens[:, :6], tokens[:, 1:], TokenSpec(tuple("acgt"), 6), "text")

    def loss(scores: Tensor, targets: Any, knobs: Any) -> Tensor:
        return F.cross_entropy(F.reshape(scores, (-1, 4)), np.asarray(targets).reshape(-1))

    run = run_without_classes(Writer, data, loss, LanguageModel())
    copy = ProbeContext(run).network()
    probs = copy.probs(data.inputs[:2])
    scores = copy.outputs(data.inputs[:2])[:, -1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probs, powers / powers.sum(axis=1, keepdims=True), rtol=1e-5)
    found = ask(run, "saliency", picture=data.inputs[0], target=2)
    known = captured(run, data.inputs[:1], gradients=True, target=lambda out: out[:, -1, 2].sum())
    lengths = np.linalg.norm(known["embedding"].gradient[0], axis=1)
    np.testing.assert_allclose(found.gradient, lengths, rtol=1e-4)
    seen = ask(run, "forward_backward", picture=data.inputs[0], label=data.targets[0])
    run.model.eval()
    exact = loss(run.task.forward(run.model, data.inputs[:1]), data.targets[:1], KNOBS).item()
    assert seen.loss == pytest.approx(exact, rel=1e-5) and seen.label == -1
    effect = evaluate_edits(ProbeContext(run), KNOBS, [UnitScale("gru", 0)])
    whole = loss(run.task.forward(run.model, data.inputs), data.targets, KNOBS).item()
    assert effect.metric.key == "bits" and effect.before == pytest.approx(whole / np.log(2))
    assert effect.before != effect.after and not effect.lost.size
    probs = copy.probs(data.inputs)
    seen = ask(run, "projection")
    np.testing.assert_array_equal(seen.guesses, probs.argmax(axis=1)[seen.numbers])
    np.testing.assert_allclose(seen.confidence, probs.max(axis=1)[seen.numbers], rtol=1e-5)
    near = ask(run, "nearest_neighbors", picture=data.inputs[0])
    np.testing.assert_allclose(near.probs, probs[0], rtol=1e-5)
    whole = run.task.predict_proba(run.model, data.inputs)
    np.testing.assert_allclose(whole.sum(axis=-1), 1, rtol=1e-5)


def test_dropout_between_recurrent_layers_is_compared_too() -> None:
    class Dropping(Writer):
        def __init__(self, rng: np.random.Generator) -> None:
            super().__init__(rng)
            self.gru = GRU(5, 6, 2, batch_first=True, dropout=0.5, rng=rng)

    tokens = np.random.default_rng(8).integers(0, 4, (12, 7))
    data = Dataset(tokens[:, :6], tokens[:, 1:], TokenSpec(tuple("acgt"), 6), "text")

    def loss(scores: Tensor, targets: Any, knobs: Any) -> Tensor:
        return F.cross_entropy(F.reshape(scores, (-1, 4)), np.asarray(targets).reshape(-1))

    losses = network_health(
        run_without_classes(Dropping, data, loss, LanguageModel()), KNOBS
    ).losses
    assert losses.dropped == 0.5 and losses.dropout != losses.plain


def test_a_regression_is_asked_about_its_numbers() -> None:
    rng = np.random.default_rng(9)
    rows = rng.normal(size=(12, 3)).astype(np.float32)
    targets = rows @ rng.normal(size=(3, 1)).astype(np.float32)
    data = Dataset(rows, targets, PointSpec(("x", "y", "z")))

    def loss(outputs: Tensor, targets: Any, knobs: Any) -> Tensor:
        return F.mse_loss(outputs, targets)

    run = run_without_classes(lambda rng: Linear(3, 1, rng=rng), data, loss, Regression())
    weight = next(run.model.parameters()).data
    found = ask(run, "saliency", picture=rows[0])
    np.testing.assert_allclose(found.gradient, weight[0], rtol=1e-5)
    np.testing.assert_allclose(found.probs, ProbeContext(run).network().outputs(rows[:1])[0])
    covered = ask(run, "occlusion", picture=rows[0])
    assert covered.loss.shape == (3,) and covered.loss.any()
    effect = evaluate_edits(ProbeContext(run), KNOBS, [UnitScale("", 0)])
    assert effect.metric.key == "mae" and effect.after == pytest.approx(np.abs(data.targets).mean())
    seen = ask(run, "forward_backward", picture=rows[0], label=data.targets[0])
    assert seen.stages[0].op == "linear" and seen.loss > 0
    small = ask(run, "quantization", how=QuantizationSettings())
    assert small.mean == pytest.approx(effect.before, rel=1e-5)
