"""Hints over runs without classes: rules judge by the loss, and none of them fails."""

import math
from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import PointSpec, TokenSpec
from core.diagnosis.diagnose import RULES, diagnose
from core.diagnosis.evidence import Evidence, class_counts
from core.diagnosis.hint import Fix
from core.diagnosis.run_summary import Trend
from core.diagnosis.treatment import treated_task
from core.errors import AnomalyError
from core.inspect.data.dataset_report import dataset_report
from core.inspect.health.network_health import network_health
from core.kernels.engine import use_engine
from core.knobs import Knobs
from core.nn import Embedding, Linear, Sequential
from core.record.models import LayerStats
from core.training.evaluator import LanguageModel, Regression
from core.training.loop import fit
from core.training.metrics import StepMetrics
from core.training.task import Split, Task
from core.training.trainer import Trainer

DIGITS = chapter("digits")


def points(knobs: Knobs) -> Split:
    x = np.linspace(-1, 1, 400, dtype=np.float32)[:, None]
    whole = Dataset(x, 3 * x + 1, PointSpec(("x",)), "Points")
    return Split(whole.take(slice(0, None, 2)), whole.take(slice(1, None, 2)))


def texts(knobs: Knobs) -> Split:
    tokens = np.arange(64 * 9).reshape(64, 9) % 5
    whole = Dataset(tokens[:, :-1], tokens[:, 1:], TokenSpec(tuple("abcde"), 8), "Text")
    return Split(whole.take(slice(48)), whole.take(slice(48, None)))


REGRESSION = Task(
    points,
    lambda knobs, rng: Sequential(Linear(1, 8, rng=rng), Linear(8, 1, rng=rng)),
    lambda outputs, targets, knobs: F.squared_error(outputs, targets) / max(len(targets), 1),
    encoding=Identity(),
    evaluator=Regression("cm"),
)
TOKENS = Task(
    texts,
    lambda knobs, rng: Sequential(Embedding(5, 8, rng=rng), Linear(8, 5, rng=rng)),
    lambda outputs, targets, knobs: F.cross_entropy(outputs.reshape(-1, 5), targets.reshape(-1)),
    encoding=Identity(),
    evaluator=LanguageModel(),
)
TASKS = {"regression": REGRESSION, "tokens": TOKENS}


def trained(task: Task, steps: int = 90, **texts: object) -> Evidence:
    """What is to be known of a run of so many mini-batches, with the knobs of “digits”."""
    given = {"batch_size": "16", "validate_every": "30", **{k: str(v) for k, v in texts.items()}}
    knobs = DIGITS.parsed(given)
    with use_engine("reference"), np.errstate(all="ignore"):
        run = Trainer(task, knobs)
        looks = [run.evaluate(knobs)]
        rows: list[StepMetrics] = []
        failure = ""
        try:
            for step in islice(fit(run, lambda: knobs), steps):
                rows.append(step)
                looks += [step.evaluation] if step.evaluation is not None else []
        except AnomalyError as error:
            failure = str(error)
        condition, data = network_health(run, knobs), dataset_report(run, knobs)
    curves = {name: np.array([getattr(row, field) for row in rows]) for name, field in FIELDS}
    curves |= {key: np.array([row.metrics[key] for row in rows]) for key in rows[0].metrics}
    tested = {name: np.array([getattr(look, name) for look in looks]) for name in ("step", "loss")}
    tested |= {key: np.array([look.metrics[key] for look in looks]) for key in looks[0].metrics}
    none = np.empty((0, 0))
    edges = np.empty((0, 0, 2))
    bins = np.empty((0, 0, 48), np.float32)
    layers = LayerStats(
        np.empty(0, np.int64), (), none, none, none, edges, edges, bins, bins
    )  # fmt: skip
    return Evidence(
        knobs, 0, curves, tested, layers, run.arena.layout, (), class_counts(run.data.train), None,
        condition=condition, data=data, failure=failure, metric=task.metrics(run.data.test)[0],
    )  # fmt: skip


FIELDS = [("step", "number"), *((f, f) for f in ("epoch", "samples", "loss", "lr", "gradient"))]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("rate", [1e-6, 0.05, 2.0])
def test_no_rule_fails_and_none_speaks_of_what_there_is_not(task: Task, rate: float) -> None:
    evidence = trained(task, lr=rate)
    trend = Trend(evidence)
    assert math.isnan(trend.right) and not trend.at_chance
    for rule in RULES:
        rule(evidence, trend)
    for hint in diagnose(evidence):
        said = " ".join([hint.sentence, *(fact.text for fact in hint.facts)])
        assert "NaN" not in said and "read right" not in said and "class" not in said


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_rate_that_is_too_low_is_named_by_the_loss(task: Task) -> None:
    hints = diagnose(trained(task, steps=300, lr=1e-6))
    assert "rate-low" in [hint.key for hint in hints]


@pytest.mark.parametrize(
    ("task", "loss"),
    [(REGRESSION, lambda y: float(y.var())), (TOKENS, lambda _: math.log(5))],
    ids=TASKS,
)
def test_a_guess_without_looking_is_the_mean_or_all_tokens_alike(
    task: Task, loss: Callable[[np.ndarray], float]
) -> None:
    data = trained(task, steps=1).data
    assert data is not None and data.blank == 0 and math.isnan(data.agreement)
    train = task.data(DIGITS.defaults()).train
    assert data.guess_loss == pytest.approx(loss(np.asarray(train.targets)), rel=1e-4)


def test_inputs_out_of_scale_are_named_and_standardised() -> None:
    def far(knobs: Knobs) -> Split:
        near = points(knobs)
        return Split(*(
            Dataset(20 + 8 * part.inputs, part.targets, part.spec, part.name) for part in near
        ))  # fmt: skip

    task = Task(far, REGRESSION.model, REGRESSION.loss, encoding=Identity(),
                evaluator=REGRESSION.evaluator)  # fmt: skip
    evidence = trained(task, steps=60, lr=1e-6)
    assert diagnose(evidence)[0].key == "inputs-scale"
    knobs = DIGITS.defaults()
    healed = Trainer(treated_task(task, Fix({}, restart=True, normalise=True), knobs), knobs)
    seen = healed.task.encode(healed.data.train.inputs)
    assert abs(seen.mean()) < 1e-4 and seen.std() == pytest.approx(1, abs=1e-3)
    assert isinstance(healed.task.forward(healed.model, healed.data.train.inputs), Tensor)
