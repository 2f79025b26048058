"""Training with gradients near the end of float32: clipped it goes on, or says who broke where."""

from dataclasses import replace

import numpy as np
import pytest

from core.autograd import functional as F
from core.data.dataset import Dataset
from core.errors import AnomalyError
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, ReLU, Sequential
from core.optim.clip_grad import row_norms
from core.record.layer_stats import _norm
from core.training.loop import fit
from core.training.task import Split, Task
from core.training.trainer import Trainer

OPTIMISERS = ("sgd", "momentum", "adagrad", "rmsprop", "adam")
KNOBS = Knobs((
    Knob("lr", "Learning rate", 0.01, 0.0, 1e9),
    Knob("batch_size", "Mini-batch", 4, 1, 100, integer=True),
    Knob("validate_every", "Validate every", 1000, 1, 1000, integer=True),
    Knob("seed", "Seed", 1, 0, 99, integer=True),
    Knob("clip_norm", "Clip length", 0.0, 0.0, 10.0),
    Knob("accumulate", "Accumulate", 1, 1, 8, integer=True),
    Knob.choice("optimizer", "Optimiser", OPTIMISERS, "sgd", help=""),
))  # fmt: skip


def _data(count: int) -> Dataset:
    rng = np.random.default_rng(count)
    labels = (np.arange(count) % 2).astype(np.uint8)
    return Dataset.from_images(
        "noise", rng.integers(0, 255, (count, 4, 4), np.uint8), labels, ("a", "b")
    )


def _task(factor: float) -> Task:
    return Task(
        data=lambda knobs: Split(_data(16), _data(8)),
        model=lambda knobs, rng: Sequential(
            Flatten(), Linear(16, 3, rng=rng), ReLU(), Linear(3, 2, rng=rng)
        ),
        loss=lambda scores, labels, knobs: F.cross_entropy(scores, labels) * factor,
    )


@pytest.mark.parametrize("optimizer", OPTIMISERS)
@pytest.mark.parametrize("factor", [1e20, 1e30, 1e36])
def test_a_clipped_gradient_of_any_size_moves_the_weights(optimizer: str, factor: float) -> None:
    """As the same gradient does at its usual size."""
    knobs = KNOBS.with_values(clip_norm=1e-3, optimizer=OPTIMISERS.index(optimizer))
    runs = [Trainer(_task(scale), knobs) for scale in (1.0, factor)]
    before = runs[0].arena.theta.copy()
    for run in runs:
        steps = fit(run, lambda: knobs)
        norms = [next(steps).gradient for _ in range(5)]
        assert np.isfinite(norms).all() and min(norms) > 0
    usual, huge = (run.arena.theta - before for run in runs)
    assert np.abs(usual).max() > 0
    np.testing.assert_allclose(huge, usual, 1e-2, 1e-3 * np.abs(usual).max())


@pytest.mark.filterwarnings("ignore::core.errors.LabWarning")
@pytest.mark.parametrize("optimizer", ["adagrad", "rmsprop", "adam"])
def test_weights_that_would_stand_still_for_ever_are_named(optimizer: str) -> None:
    knobs = KNOBS.with_values(optimizer=OPTIMISERS.index(optimizer))
    steps = fit(Trainer(_task(1e28), knobs), lambda: knobs)
    with (
        np.errstate(all="ignore"),
        pytest.raises(AnomalyError, match=r"3\.weight.*step 1.*[Cc]lip"),
    ):
        next(steps)


def test_a_gradient_that_only_a_sum_makes_infinite_is_named_with_layer_and_step() -> None:
    knobs = KNOBS.with_values(accumulate=8)
    task = _task(1.0)
    run = Trainer(task, knobs)
    steps = fit(run, lambda: knobs)
    next(steps)
    run.task = replace(
        task, loss=lambda scores, labels, knobs: (scores * np.float32(3e37)).sum() * 1.0
    )
    with (
        np.errstate(all="ignore"),
        pytest.raises(AnomalyError, match=r"mini-batch 2 .*\.(weight|bias)"),
    ):
        next(steps)


def test_the_measured_length_of_a_layer_does_not_overflow() -> None:
    assert _norm(np.full(4, 1e20, np.float32)) == pytest.approx(2e20)
    assert _norm(np.full(4, 1e-30, np.float32)) == pytest.approx(2e-30)
    assert _norm(np.array([np.inf], np.float32)) is None


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_lengths_of_rows_hold_whatever_float32_holds(size: float) -> None:
    rows = np.array([[3, 4], [5, 12]], np.float32) * np.float32(size)
    np.testing.assert_allclose(row_norms(rows), [5 * size, 13 * size], rtol=1e-6)
