"""A NaN is found where it arises: operation, layer, step and what went in are named."""

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.anomaly import detect_anomaly, statistics
from core.chapters.registry import chapter
from core.errors import AnomalyError
from core.nn import Linear, Module, ReLU, Sequential, Tanh
from core.training.loop import fit
from core.training.trainer import Trainer


def test_the_first_operation_that_leaves_the_numbers_is_named() -> None:
    x = Tensor(np.array([1.0, 0.0, -1.0]), requires_grad=True)
    with np.errstate(all="ignore"), detect_anomaly(7), pytest.raises(AnomalyError) as caught:
        F.sqrt(F.log(F.exp(x) - 1.0))
    assert str(caught.value).startswith("log at mini-batch 7 made")
    assert "NaN" in str(caught.value) and "(3,)" in str(caught.value)


def test_the_layer_is_named_by_its_path() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(Linear(3, 4, rng=rng), ReLU(), Linear(4, 2, rng=rng))
    net.modules[2].weight.data[1, 1] = np.inf  # type: ignore[attr-defined]
    with (
        np.errstate(all="ignore"),
        detect_anomaly(),
        pytest.raises(AnomalyError, match="linear in 2"),
    ):
        net(Tensor(np.ones((2, 3), np.float32)))


def test_a_sick_gradient_is_named_though_the_values_are_finite() -> None:
    x = Tensor(np.zeros(2), requires_grad=True)
    y = F.sum(F.sqrt(x))
    with (
        np.errstate(all="ignore"),
        detect_anomaly(),
        pytest.raises(AnomalyError, match="gradient of sqrt"),
    ):
        y.backward()


class _Root(Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.sqrt(F.relu(x))


class _Net(Module):
    def __init__(self) -> None:
        self.encoder = Sequential(Tanh(), _Root(), Tanh())

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


def test_a_sick_gradient_is_placed_by_layer_and_step() -> None:
    x = Tensor(np.array([-1.0, 4.0]), requires_grad=True)
    with np.errstate(all="ignore"), detect_anomaly(12), pytest.raises(AnomalyError) as caught:
        _Net()(x).sum().backward()
    assert str(caught.value) == (
        "the gradient of sqrt in encoder.1 at mini-batch 12 made 1 × infinity among 2 numbers. "
        "It was given (2,) from 0.42 to 1, mean 0.71."
    )


def test_infinities_are_found_on_the_way_forward() -> None:
    x = Tensor(np.array([1000.0, 1.0]))
    with np.errstate(all="ignore"), detect_anomaly(), pytest.raises(AnomalyError) as caught:
        Sequential(Tanh(), _Big())(x)
    assert str(caught.value).startswith("exp in 1 made 1 × infinity among 2 numbers")


class _Big(Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.exp(x * np.array([1000.0, 1.0]))


def test_outside_the_block_nothing_is_checked() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(F.log(Tensor(np.array([-1.0]))).item())


def test_statistics_of_arrays_without_numbers() -> None:
    assert "without one finite number" in statistics(np.full(3, np.nan))
    assert statistics(np.zeros((0, 2))) == "float64 (0, 2)"


def test_a_run_that_runs_away_says_where_and_what_to_do() -> None:
    learning = chapter("learning")
    knobs = learning.defaults()
    run = Trainer(learning.task, knobs)
    run.arena.theta[5] = np.nan
    with pytest.raises(AnomalyError, match=r"mini-batch 1 made .* Choose a smaller learning rate"):
        next(fit(run, lambda: knobs))
