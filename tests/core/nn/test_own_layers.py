"""Whoever extends a layer gets it called: Sequential computes for a layer only what it does."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.anomaly import use_op_hook
from core.autograd.context import module_stack
from core.kernels.engine import Engine, use_engine
from core.nn import Module, Sequential


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


class _TwiceLinear(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 2


class _CalledLinear(nn.Linear):
    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return super().__call__(*inputs, **options) + 1


class _LowRank(nn.Linear):
    """A weight that is a product, as LoRA has it."""

    def __init__(self) -> None:
        super().__init__(3, 2, rng=_rng())
        self.left = nn.module.parameter(np.ones((2, 1)))
        self.right = nn.module.parameter(np.ones((1, 3)))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight + self.left @ self.right, self.bias)


class _Negative(nn.ReLU):
    def forward(self, x: Tensor) -> Tensor:
        return -super().forward(x)


class _LowGELU(nn.GELU):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) - 1


class _Half(nn.Sigmoid):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 2


class _Ones(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * 0 + 1)


class _Min(nn.MaxPool2d):
    def forward(self, x: Tensor) -> Tensor:
        return -F.max_pool2d(-x, 2)


def _replaced(layer: Module) -> Module:
    forward = layer.forward
    layer.forward = lambda x: forward(x) * 3  # type: ignore[method-assign]
    return layer


def _linear(inputs: int = 3, outputs: int = 2) -> nn.Linear:
    return nn.Linear(inputs, outputs, rng=_rng())


def _conv() -> nn.Conv2d:
    return nn.Conv2d(1, 2, 3, rng=_rng())


NETS = {
    "linear": lambda: [_TwiceLinear(3, 2, rng=_rng())],
    "linear, called": lambda: [_CalledLinear(3, 2, rng=_rng())],
    "linear of low rank": lambda: [_LowRank(), nn.ReLU()],
    "linear between": lambda: [_linear(3, 3), nn.ReLU(), _TwiceLinear(3, 3, rng=_rng()), _linear()],
    "linear, replaced": lambda: [_linear(3, 3), _replaced(_linear())],
    "relu behind linear": lambda: [_linear(), _Negative()],
    "relu, replaced": lambda: [_linear(), _replaced(nn.ReLU())],
    "gelu behind linear": lambda: [_linear(), _LowGELU()],
    "sigmoid behind linear": lambda: [_linear(), _Half()],
    "conv before pool": lambda: [_Ones(1, 2, 3, rng=_rng()), nn.MaxPool2d(2)],
    "conv, replaced": lambda: [_replaced(_conv()), nn.MaxPool2d(2)],
    "pool behind conv": lambda: [_conv(), _Min(2)],
    "pool behind conv and relu": lambda: [_conv(), nn.ReLU(), _Min(2)],
    "pool, replaced": lambda: [_conv(), nn.ReLU(), _replaced(nn.MaxPool2d(2))],
    "relu before pool": lambda: [_conv(), _Negative(), nn.MaxPool2d(2)],
    "nested": lambda: [Sequential(_TwiceLinear(3, 3, rng=_rng()), nn.ReLU()), _linear()],
}


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("name", NETS)
def test_sequential_gives_what_its_layers_give_one_by_one(name: str, engine: Engine) -> None:
    layers = NETS[name]()
    flat = "conv" not in name and "pool" not in name
    shape = (4, 3) if flat else (2, 1, 6, 6)
    x = Tensor(np.random.default_rng(1).standard_normal(shape).astype(np.float32))
    with use_engine(engine):
        expected = x
        for layer in layers:
            expected = layer(expected)
        found = Sequential(*layers)(x)
    np.testing.assert_allclose(found.data, expected.data, 1e-5, 1e-6)


def test_a_class_whose_forward_was_replaced_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: x * 0 + 7)
    assert (Sequential(_linear(), nn.ReLU())(Tensor(np.ones((1, 3)))).data == 7).all()


def test_a_subclass_without_a_forward_of_its_own_still_takes_the_short_way() -> None:
    class Named(nn.Linear):
        """Nothing but another name."""

    y = Sequential(Named(3, 2, rng=_rng()), nn.ReLU())(Tensor(np.ones((1, 3), np.float32)))
    assert y.node is not None and y.node.op == "fused_mlp"
    assert not module_stack.get()


def _ops(net: Sequential, x: Tensor) -> list[str]:
    made: list[str] = []
    with use_op_hook(lambda what, _, __: made.append(what.split()[0])):
        net(x)
    return made


def _hooked(net: Sequential) -> None:
    net[1].register_forward_hook(lambda module, args, output: output * 3)


def _tripled(net: Sequential) -> None:
    _replaced(net[1])


def _exchanged(net: Sequential) -> None:
    net.modules = (net[0], nn.Tanh(), net[2])


def _without_bias(net: Sequential) -> None:
    net[0].bias = None  # type: ignore[assignment]


def _other_weight(net: Sequential) -> None:
    net[0].weight = Tensor(np.full((3, 3), 0.5, np.float32), requires_grad=True)


@pytest.mark.parametrize(
    "change",
    [_hooked, _tripled, _exchanged, _without_bias, _other_weight],
    ids=lambda f: f.__name__,
)
def test_what_is_changed_after_the_first_call_is_computed(change: Any) -> None:
    net = Sequential(_linear(3, 3), nn.ReLU(), _linear())
    x = Tensor(np.random.default_rng(1).standard_normal((4, 3)).astype(np.float32))
    before = net(x).data
    change(net)
    expected = x
    for layer in net.modules:
        expected = layer(expected)
    np.testing.assert_allclose(net(x).data, expected.data, 1e-5, 1e-6)
    assert not np.allclose(before, expected.data)


def test_a_plan_is_made_once_and_again_after_a_change() -> None:
    net = Sequential(_linear(3, 3), nn.ReLU(), _linear())
    x = Tensor(np.ones((1, 3), np.float32))
    net(x)
    first = net._plan
    net.eval()
    net(x)
    assert net._plan is first
    net[0].in_features = 3
    net(x)
    assert net._plan is not first


def test_a_class_that_is_changed_after_the_first_call_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, x = Sequential(_linear(), nn.ReLU()), Tensor(np.ones((1, 3), np.float32))
    net(x)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: x * 0 + 7)
    assert (net(x).data == 7).all()


def test_modules_in_a_list_may_change_without_a_word() -> None:
    net, x = Sequential(_linear(), nn.ReLU()), Tensor(np.ones((1, 3), np.float32))
    net.modules = layers = [*net.modules]  # type: ignore[assignment]
    net(x)
    layers.append(nn.Softmax())
    np.testing.assert_allclose(net(x).data.sum(), 1, rtol=1e-6)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_plans_for_itself(copied: Any) -> None:
    net, x = Sequential(_linear(), nn.ReLU()), Tensor(np.ones((1, 3), np.float32))
    expected = net(x).data.copy()
    twin = copied(net)
    assert twin._plan is None
    net[0].weight.data[:] = 0  # type: ignore[attr-defined]
    assert np.array_equal(twin(x).data, expected)


def test_linear_layers_of_rows_of_rows_are_computed_one_by_one() -> None:
    net = Sequential(_linear(), nn.ReLU())
    x = np.random.default_rng(1).standard_normal((2, 4, 3)).astype(np.float32)
    whole, rows = net(Tensor(x)).data, net(Tensor(x.reshape(8, 3))).data
    np.testing.assert_allclose(whole.reshape(8, 2), rows, 1e-6)
    assert _ops(net, Tensor(x)) == ["linear", "relu"]
