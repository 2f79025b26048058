"""Every parameter of a network is found, saved and moved; what is not moved is told."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import LabError, LabWarning
from core.nn import Linear, Module
from core.nn.arena import Arena
from core.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

X = Tensor(np.ones((1, 2), np.float32))


def _linear(seed: int = 0) -> Linear:
    return Linear(2, 2, rng=np.random.default_rng(seed))


def _moves(model: Linear, optimizer: Optimizer) -> bool:
    before = model.weight.data.copy()
    F.sum(model(X)).backward()
    optimizer.step(0.1)
    return not np.array_equal(before, model.weight.data)


def _no_gradient(model: Linear) -> None:
    model.weight.grad = None


def _other_gradient(model: Linear) -> None:
    model.weight.grad = np.zeros((2, 2), np.float32)


def _other_numbers(model: Linear) -> None:
    model.weight.data = np.ones((2, 2), np.float32)


def _replaced(model: Linear) -> None:
    model.weight = Tensor(np.ones((2, 2), np.float32), requires_grad=True)


def _adopted_again(model: Linear) -> None:
    Arena.adopt(model)


HABITS = [_no_gradient, _other_gradient, _other_numbers, _replaced, _adopted_again]


@pytest.mark.parametrize("make", [SGD, Adam, AdamW, RMSprop, Adagrad])
@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("late", [False, True], ids=["before the first step", "after it"])
def test_weights_move_whatever_habit_cut_them_off(
    habit: Callable[[Linear], None], make: Any, late: bool
) -> None:
    """With the step that a healthy loop takes."""
    model, twin = _linear(), _linear()
    optimizer, other = make(Arena.adopt(model)), make(Arena.adopt(twin))
    for _ in range(3 if late else 0):
        optimizer.zero_grad()
        other.zero_grad()
        assert _moves(model, optimizer) and _moves(twin, other)
    optimizer.zero_grad()
    habit(model)
    other.zero_grad()
    twin.weight.data[...] = model.weight.data
    assert _moves(model, optimizer) and _moves(twin, other)
    np.testing.assert_array_equal(model.weight.data, twin.weight.data)


def test_two_optimisers_of_one_network_both_move_it() -> None:
    model = _linear()
    first, second = SGD(Arena.adopt(model)), SGD(Arena.adopt(model))
    for optimizer in (first, second, first, second):
        first.zero_grad()
        second.zero_grad()
        assert _moves(model, optimizer)


@pytest.mark.parametrize("late", [False, True])
def test_a_parameter_that_came_or_went_is_told_at_the_next_step(late: bool) -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.part = _linear()

        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return self.part(x)

    net = Net()
    optimizer = SGD(Arena.adopt(net))
    if late:
        F.sum(net(X)).backward()
        optimizer.step(0.1)
    net.more = _linear()  # type: ignore[attr-defined]
    with pytest.raises(LabError, match=r"other parameters.*more\.weight.*Call Arena\.adopt"):
        optimizer.step(0.1)


def test_numbers_of_another_shape_are_refused() -> None:
    model = _linear()
    optimizer = SGD(Arena.adopt(model))
    model.weight.data = np.ones((3, 2), np.float32)
    with pytest.raises(LabError, match=r"“weight” is \(3, 2\) now.*\(2, 2\)"):
        optimizer.step(0.1)


@pytest.mark.parametrize("given", [[1.0], None, "model", 3, {}, np.ones(3), [], [None], [{}]])
@pytest.mark.parametrize("make", [SGD, Adam, AdamW, RMSprop, Adagrad])
def test_an_optimiser_says_what_it_takes(make: Any, given: Any) -> None:
    words = r"model\.parameters\(\)|a module, its parameters|no parameters|a mapping with “params”"
    with pytest.raises(LabError, match=words):
        make(given)


def test_only_a_module_is_adopted() -> None:
    with pytest.raises(LabError, match="takes a module"):
        Arena.adopt([_linear()])  # type: ignore[arg-type]


class _Nested(Module):
    """Parameters and parts wherever Python keeps things, and a part that knows its owner."""

    def __init__(self) -> None:
        self.table = {"a": _linear(1), "deep": {"b": [_linear(2)]}}
        self.rows = [[_linear(3)], (_linear(4),)]
        self.weights = [Tensor(np.ones(2, np.float32), requires_grad=True)]
        self.scales = {"x": Tensor(np.ones(2, np.float32), requires_grad=True)}
        self.parent = self
        self.table["a"].owner = self  # type: ignore[attr-defined]

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        for part in (self.table["a"], self.table["deep"]["b"][0], self.rows[0][0], self.rows[1][0]):  # type: ignore[index]
            x = part(x)  # type: ignore[operator]
        return x * self.weights[0] * self.scales["x"]


def test_parameters_are_found_in_lists_tuples_and_dicts_and_round_a_cycle() -> None:
    names = [name for name, _ in _Nested().named_parameters()]
    parts = ("table.a", "table.deep.b.0", "rows.0.0", "rows.1.0")
    expected = {f"{part}.{name}" for part in parts for name in ("weight", "bias")}
    assert set(names) == expected | {"weights.0", "scales.x"}
    assert len(names) == len(set(names))


def test_all_of_them_are_moved_saved_and_loaded() -> None:
    net, other = _Nested(), _Nested()
    optimizer = SGD(Arena.adopt(net))
    before = {name: array.copy() for name, array in net.state_dict().items()}
    F.sum(F.square(net(X))).backward()
    optimizer.step(0.01)
    for name, array in net.state_dict().items():
        assert not np.array_equal(before[name], array), name
    other.load_state_dict(net.state_dict())
    assert np.array_equal(other(X).data, net(X).data)
    assert repr(net)


def test_a_weight_with_two_names_is_one_parameter() -> None:
    class Tied(Module):
        def __init__(self) -> None:
            self.one, self.two = _linear(), _linear(1)
            self.two.weight = self.one.weight

        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return self.two(self.one(x))

    net = Tied()
    arena = Arena.adopt(net)
    assert [name for name, _ in net.named_parameters()] == ["one.weight", "one.bias", "two.bias"]
    assert "two.weight" in net.state_dict()  # as in torch
    F.sum(net(X)).backward()
    SGD(arena).step(0.1)
    assert np.array_equal(arena.layout.views(arena.theta)["one.weight"], net.two.weight.data)


@pytest.mark.parametrize("when", ["before adopt", "after adopt"])
@pytest.mark.parametrize("make", [SGD, Adam, AdamW, RMSprop, Adagrad])
def test_a_frozen_parameter_is_saved_and_stays(make: Any, when: str) -> None:
    model = _linear()
    if when == "before adopt":
        model.weight.requires_grad = False
    optimizer = make(Arena.adopt(model))
    model.weight.requires_grad = False
    frozen, moving = model.weight.data.copy(), model.bias.data.copy()  # type: ignore[union-attr]
    for _ in range(2):
        optimizer.zero_grad()
        F.sum(model(X)).backward()
        optimizer.step(0.1, weight_decay=0.1, l1=0.1)
    assert np.array_equal(model.weight.data, frozen)
    assert not np.array_equal(model.bias.data, moving)  # type: ignore[union-attr]
    assert list(model.state_dict()) == ["weight", "bias"]
    _linear(1).load_state_dict(model.state_dict())
    model.weight.requires_grad = True
    optimizer.zero_grad()
    assert _moves(model, optimizer)


def test_the_usual_loop_of_two_networks_is_not_warned_of() -> None:
    """A GAN: each optimiser zeroes its own gradients, and G's backward() passes through D."""
    judge, maker = Linear(2, 1, rng=np.random.default_rng(0)), _linear(1)
    first, second = SGD(Arena.adopt(judge), lr=0.1), SGD(Arena.adopt(maker), lr=0.1)
    one = np.ones((1, 1), np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            first.zero_grad()
            F.binary_cross_entropy_with_logits(judge(maker(X).detach()), 0 * one).backward()
            first.step()
            second.zero_grad()
            F.binary_cross_entropy_with_logits(judge(maker(X)), one).backward()
            second.step()


def test_the_loop_of_two_networks_that_zeroes_only_one_is_warned_of() -> None:
    judge, maker = Linear(2, 1, rng=np.random.default_rng(0)), _linear(1)
    first, second = SGD(Arena.adopt(judge), lr=0.1), SGD(Arena.adopt(maker), lr=0.1)
    one = np.ones((1, 1), np.float32)

    def round_of_both() -> None:
        F.binary_cross_entropy_with_logits(judge(maker(X).detach()), 0 * one).backward()
        first.step()
        second.zero_grad()
        F.binary_cross_entropy_with_logits(judge(maker(X)), one).backward()
        second.step()

    round_of_both()
    with pytest.warns(LabWarning, match=r"last step has used up\. Call zero_grad\(\)"):
        round_of_both()


@pytest.mark.parametrize("make", [Adam, AdamW, RMSprop, Adagrad])
def test_weights_whose_squared_gradients_overflow_are_named(make: Any) -> None:
    model = nn.Sequential(_linear(), _linear(1))
    arena = Arena.adopt(model)
    optimizer = make(arena)
    arena.layout.views(arena.grad)["1.weight"][...] = 1e25
    words = r"moves 1\.weight no more after step 1.*[Cc]lip"
    with np.errstate(all="ignore"), pytest.warns(LabWarning, match=words):
        optimizer.step(0.1)
