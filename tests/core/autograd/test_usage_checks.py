"""Slips are told once a place, with the fix; a healthy loop hears nothing and pays nothing."""

import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from core.autograd import Tensor, no_grad, usage_checks
from core.autograd import functional as F
from core.errors import LabWarning
from core.nn import Linear, Module, ReLU, Sequential
from core.nn.arena import Arena
from core.optim import make_optimizer


class _Noise(Module):
    """Doubles while it learns."""

    differs_in_training = True

    def forward(self, x: Tensor) -> Tensor:
        return x * 2.0 if self.training else x * 1.0


class _Lab:
    """A network, its optimiser, and a mini-batch."""

    def __init__(self, optimizer: str = "sgd", *parts: Module) -> None:
        rng = np.random.default_rng(0)
        self.net = Sequential(Linear(4, 5, rng=rng), ReLU(), *parts, Linear(5, 2, rng=rng))
        self.arena = Arena.adopt(self.net)
        self.optimizer = make_optimizer(optimizer, self.arena)
        self.x = Tensor(rng.standard_normal((3, 4)).astype(np.float32))

    def loss(self) -> Tensor:
        return F.cross_entropy(self.net(self.x), np.array([0, 1, 0]))

    def step(self) -> None:
        self.optimizer.step(lr=0.1)

    def learn(self) -> None:
        self.net.train()
        self.arena.zero_grad()
        self.loss().backward()
        self.step()


@pytest.fixture
def lab() -> _Lab:
    return _Lab()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_healthy_loop_hears_nothing(optimizer: str) -> None:
    lab = _Lab(optimizer, _Noise())
    for _ in range(3):
        lab.arena.zero_grad()
        lab.loss().backward()
        lab.step()
        lab.net.eval()
        with no_grad():
            lab.loss()
        lab.net.train()


def test_several_backward_before_one_step_are_meant(lab: _Lab) -> None:
    for _ in range(3):
        for _ in range(4):
            lab.loss().backward()
        lab.step()
        lab.net.zero_grad()


def test_gradients_written_by_hand_are_meant(lab: _Lab) -> None:
    lab.loss().backward()
    other = Arena.adopt(_Lab().net)
    other.grad[:] = 1
    optimizer = make_optimizer("sgd", other)
    for _ in range(3):
        optimizer.step(lr=0.1)


def test_two_models_take_turns() -> None:
    first, second = _Lab(), _Lab("adam")
    for _ in range(2):
        first.loss().backward()
        first.step()
        second.loss().backward()
        second.step()
        for lab in (first, second):
            lab.arena.zero_grad()


def _twice_from_one_loss(lab: _Lab) -> None:
    loss = lab.loss()
    loss.backward()
    loss.backward()


def _without_a_new_forward(lab: _Lab) -> None:
    loss = lab.loss()
    for _ in range(2):
        lab.arena.zero_grad()
        loss.backward()
        lab.step()


def _from_before_the_step(lab: _Lab) -> None:
    early = lab.loss()
    lab.loss().backward()
    lab.step()
    lab.arena.zero_grad()
    early.backward()


def _never_zeroed(lab: _Lab) -> None:
    for _ in range(2):
        lab.loss().backward()
        lab.step()


def _step_without_backward(lab: _Lab) -> None:
    lab.loss().backward()
    lab.step()
    lab.step()


_SLIPS: dict[str, tuple[Callable[[_Lab], None], str]] = {
    "twice": (_twice_from_one_loss, r"second time .*cross_entropy.*Compute the loss again"),
    "no forward": (_without_a_new_forward, r"older than the weights.*Compute the loss again"),
    "too early": (_from_before_the_step, r"older than the weights"),
    "not zeroed": (_never_zeroed, r"last step has used up\. Call zero_grad\(\)"),
    "no backward": (_step_without_backward, r"no backward\(\) ran since .* call backward\(\)"),
}


@pytest.mark.parametrize("slip", _SLIPS)
def test_a_slip_is_told_where_it_happens_with_its_fix(slip: str, lab: _Lab) -> None:
    make, words = _SLIPS[slip]
    with pytest.warns(LabWarning, match=words) as told:
        make(lab)
    assert len(told) == 1
    assert told[0].filename == __file__


def test_the_same_place_is_told_once(lab: _Lab) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(5):
            lab.loss().backward()
            lab.step()
    assert len(told) == 1


def test_a_graph_kept_on_purpose_may_be_walked_again() -> None:
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    y = F.square(x)
    for row in np.eye(2):
        y.backward(row, retain_graph=True)
    assert x.grad is not None
    assert x.grad.tolist() == [2, 4]


def test_use_in_training_mode_is_told() -> None:
    lab = _Lab("sgd", _Noise())
    with no_grad(), pytest.warns(LabWarning, match=r"_Noise .*no_grad\(\).*model\.eval\(\)"):
        lab.loss()


def test_learning_in_eval_mode_is_told_when_weights_move() -> None:
    lab = _Lab("sgd", _Noise())
    lab.net.eval()
    lab.loss().backward()
    with pytest.warns(LabWarning, match=r"eval mode: _Noise .*model\.train\(\)"):
        lab.step()
    lab.learn()


def test_what_a_trained_network_looks_at_may_be_derived_in_eval_mode() -> None:
    lab = _Lab("sgd", _Noise())
    lab.net.eval()
    picture = Tensor(np.ones((3, 4), np.float32), requires_grad=True)
    lab.net(picture).sum().backward()
    assert picture.grad is not None
    lab.learn()


def test_a_single_frozen_layer_is_meant() -> None:
    lab = _Lab("sgd", _Noise())
    lab.net.modules[2].eval()
    for _ in range(2):
        lab.arena.zero_grad()
        lab.loss().backward()
        lab.step()


def test_care_costs_less_than_a_microsecond_an_operation() -> None:
    """All of it, for a net of six operations, in the best of many steps."""
    lab = _Lab()
    loss = lab.loss()
    loss.backward()
    assert loss.node is not None
    index = loss.node.index
    best = np.inf
    for _ in range(300):
        began = time.perf_counter()
        usage_checks.check_backward_start(loss, False)
        usage_checks.check_backward_end(index - 5, index, lab.net.modules[0].weight, None)  # type: ignore[attr-defined]
        best = min(best, time.perf_counter() - began)
    assert best < 6e-6
