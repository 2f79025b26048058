"""Modules: names, modes, states; and the one-pass Linear with ReLU."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd.anomaly import use_op_hook
from core.errors import WeightsError
from core.nn import (
    Conv2d,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Tanh,
)


def _rng() -> np.random.Generator:
    return np.random.default_rng(5)


class _Block(Module):
    def __init__(self) -> None:
        self.first = Linear(4, 3, rng=_rng())
        self.scale = Tensor(np.ones(3, np.float32), requires_grad=True)
        self.constant = Tensor(np.ones(3, np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) * self.scale + self.constant


def _net() -> Sequential:
    return Sequential(_Block(), ReLU(), Linear(3, 2, rng=_rng()))


def test_names_are_paths_and_constants_are_no_parameters() -> None:
    assert list(_net().state_dict()) == [
        "0.scale", "0.first.weight", "0.first.bias", "2.weight", "2.bias",
    ]  # fmt: skip


def test_shapes_are_torchs() -> None:
    state = Sequential(Linear(4, 3, rng=_rng()), Conv2d(2, 5, 3, rng=_rng())).state_dict()
    assert {name: array.shape for name, array in state.items()} == {
        "0.weight": (3, 4), "0.bias": (3,), "1.weight": (5, 2, 3, 3), "1.bias": (5,),
    }  # fmt: skip
    assert all(array.dtype == np.float32 for array in state.values())


def test_modes_reach_every_part() -> None:
    net = _net()
    modules = [module for _, module in net.named_modules()]
    assert len(modules) == 5
    assert net.eval() is net
    assert not any(module.training for module in modules)
    net.train()
    assert all(module.training for module in modules)


def test_zero_grad_keeps_the_buffers() -> None:
    net = _net()
    net(Tensor(np.ones((2, 4), np.float32))).sum().backward()
    buffers = [parameter.grad for parameter in net.parameters()]
    assert any(buffer is not None and buffer.any() for buffer in buffers)
    net.zero_grad()
    for parameter, buffer in zip(net.parameters(), buffers, strict=True):
        assert parameter.grad is buffer
        assert buffer is not None
        assert not buffer.any()


def test_a_state_is_copied_in() -> None:
    first, second = _net(), _net()
    state = {name: array + 1 for name, array in first.state_dict().items()}
    second.load_state_dict(state)
    for name, array in second.state_dict().items():
        assert np.array_equal(array, state[name])
        assert not np.shares_memory(array, state[name])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("2.bias"), r"lack 2\.bias"),
        (lambda state: state.update(more=np.ones(1)), "have more, which"),
        (lambda state: state.update({"2.bias": np.ones(7)}), r"“2\.bias” is \(7,\).*\(2,\)"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(
    change: Callable[[dict[str, np.ndarray]], object], words: str
) -> None:
    net = _net()
    before = {name: array.copy() for name, array in net.state_dict().items()}
    state = {name: array + 1 for name, array in before.items()}
    change(state)
    with pytest.raises(WeightsError, match=words):
        net.load_state_dict(state)
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


def test_a_module_without_a_formula_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Module does not say"):
        Module()(Tensor(np.ones(1)))


def test_linear_with_relu_in_one_pass_is_both_in_two() -> None:
    linear, relu = Linear(5, 7, rng=_rng()), ReLU()
    x = _rng().standard_normal((4, 5)).astype(np.float32)
    upstream = _rng().standard_normal((4, 7)).astype(np.float32)
    results = []
    for net in (Sequential(linear, relu), lambda t: relu(linear(t))):
        linear.zero_grad()
        leaf = Tensor(x, requires_grad=True)
        y = net(leaf)
        y.backward(upstream)
        results.append((y.data, leaf.grad, *(p.grad.copy() for p in linear.parameters())))  # type: ignore[union-attr]
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_relu_and_max_pool_exchanged_are_the_same_to_the_last_bit(ceil_mode: bool) -> None:
    relu, pool = ReLU(), MaxPool2d(2, ceil_mode=ceil_mode)
    x = _rng().integers(-3, 3, (2, 3, 5, 7)).astype(np.float32)  # many equal and many below zero
    upstream = _rng().standard_normal(pool(Tensor(x)).shape).astype(np.float32)
    results = []
    for net in (Sequential(relu, pool), lambda t: pool(relu(t))):
        leaf = Tensor(x, requires_grad=True)
        y = net(leaf)
        y.backward(upstream)
        results.append((y.data, leaf.grad))
    for one, two in zip(*results, strict=True):
        assert np.array_equal(one, two)


def test_a_relu_waits_until_after_every_pool() -> None:
    made: list[str] = []
    with use_op_hook(lambda what, _, __: made.append(what.split()[0])):
        Sequential(ReLU(), MaxPool2d(2), MaxPool2d(2), Tanh())(Tensor(np.ones((1, 1, 4, 4))))
    assert made == ["max_pool2d", "max_pool2d", "relu", "tanh"]


def test_the_same_generator_gives_the_same_layer() -> None:
    first, second = (Conv2d(2, 3, 3, rng=_rng()).state_dict() for _ in range(2))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


@pytest.mark.parametrize("padding", [1, (0, 2), "same", "full"])
def test_a_padded_convolution_and_its_pool_are_what_they_are_one_by_one(padding: Any) -> None:
    rng = np.random.default_rng(3)
    net = Sequential(Conv2d(2, 4, 3, padding=padding, rng=rng), MaxPool2d(2))
    conv, pool = net.modules
    x = Tensor(rng.standard_normal((3, 2, 7, 6)), requires_grad=True)
    np.testing.assert_allclose(net(x).numpy(), pool(conv(x)).numpy(), atol=1e-12)
