"""What optimisers take: modules, parameters, groups; options that are set while they run."""

import copy
import json
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core import F, Tensor, nn
from core.errors import LabError, LabWarning
from core.nn.arena import Arena
from core.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    ParameterGroup,
    RMSprop,
    param_groups_weight_decay,
)

X = np.random.default_rng(1).standard_normal((8, 4)).astype(np.float32)
MAKERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": lambda params, **options: SGD(params, momentum=0.9, **options),
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
EVERY = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def _net(seed: int = 0) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(4, 5, rng=rng), nn.Tanh(), nn.Linear(5, 2, rng=rng))


def _train(net: nn.Module, optimizer: Optimizer, steps: int = 5) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        F.mean(F.square(net(Tensor(X)))).backward()
        optimizer.step()


def _same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


_kept: list[Arena] = []
"""An arena that nobody keeps is gone, as its optimiser would be."""

WAYS: dict[str, Callable[[nn.Module], Any]] = {
    "module": lambda net: net,
    "parameters": lambda net: net.parameters(),
    "named": lambda net: net.named_parameters(),
    "modules": lambda net: [net[0], net[2]],  # type: ignore[index]
    "one group": lambda net: [{"params": net.parameters()}],
    "a group a layer": lambda net: [{"params": net[2]}, {"params": net[0]}],  # type: ignore[index]
    "a group a parameter": lambda net: [{"params": p} for p in net.parameters()],
    "named groups": lambda net: param_groups_weight_decay(net, 0.0),
    "in an arena": lambda net: (_kept.append(Arena.adopt(net)), list(net.parameters()))[1],  # type: ignore[func-returns-value]
}


@EVERY
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_however_parameters_are_given_the_steps_are_those_of_an_arena(make: Any, way: Any) -> None:
    given, adopted = _net(), _net()
    one = make(way(given), lr=0.05, weight_decay=0.0)
    other = make(Arena.adopt(adopted), lr=0.05, weight_decay=0.0)
    _train(given, one)
    _train(adopted, other)
    assert _same(given, adopted)


def test_groups_of_a_new_arena_are_one_slice_each() -> None:
    optimizer = SGD(param_groups_weight_decay(_net()))
    assert [group["name"] for group in optimizer.param_groups] == ["decay", "no decay"]
    assert [len(group.spans) for group in optimizer.param_groups] == [1, 1]
    net = _net()
    arena = Arena.adopt(net)
    there = SGD(param_groups_weight_decay(net))
    assert [len(group.spans) for group in there.param_groups] == [2, 2]
    assert len(SGD(net).param_groups[0].spans) == 1
    assert np.shares_memory(net[0].weight.data, arena.theta)  # type: ignore[attr-defined]


@EVERY
def test_parameters_that_were_not_given_stay(make: Any) -> None:
    net = _net()
    _kept.append(Arena.adopt(net))
    before = {name: array.copy() for name, array in net.state_dict().items()}
    optimizer = make([{"params": net[2].weight, "lr": 0.1}, {"params": [net[0].bias]}])  # type: ignore[attr-defined]
    _train(net, optimizer)
    moved = {name for name, array in net.state_dict().items() if (array != before[name]).any()}
    assert moved == {"2.weight", "0.bias"}
    sizes = {len(v) for v in optimizer.state_dict().values() if isinstance(v, np.ndarray)}
    assert sizes <= {32}  # 10 and 5 numbers, each in whole lanes of 16


def test_a_rate_is_set_live_for_all_or_for_one_group() -> None:
    net = _net()
    optimizer = SGD([{"params": net[0], "lr": 0.5}, {"params": net[2]}], lr=0.1)
    assert optimizer.lr == 0.1 and [g["lr"] for g in optimizer.param_groups] == [0.5, 0.1]
    optimizer.lr = 0.2
    assert optimizer.lr == 0.2 and [g["lr"] for g in optimizer.param_groups] == [0.5, 0.2]
    optimizer.param_groups[0]["lr"] = 0.0
    before = net[0].weight.data.copy(), net[2].weight.data.copy()  # type: ignore[attr-defined]
    _train(net, optimizer, 1)
    assert np.array_equal(before[0], net[0].weight.data)  # type: ignore[attr-defined]
    np.testing.assert_allclose(net[2].weight.data, before[1] - 0.2 * net[2].weight.grad, rtol=1e-5)  # type: ignore[attr-defined]


def test_a_groups_own_options_hold_against_the_arguments_of_a_step() -> None:
    """So a task's groups keep what they are while its knobs are turned."""
    w, b = (Tensor(np.ones(16, np.float32), requires_grad=True) for _ in range(2))
    groups = [ParameterGroup("w", [w], {"lr_scale": 0.5}),
              ParameterGroup("b", [b], {"weight_decay": 0.0})]  # fmt: skip
    optimizer = SGD(groups)
    optimizer.step(0.5, weight_decay=1.0)  # the gradient is zero, so only decay moves
    assert w.data.tolist() == [0.75] * 16 and b.data.tolist() == [1.0] * 16


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_goes_on_by_itself(copied: Any) -> None:
    net = _net()
    pair = net, Adam(param_groups_weight_decay(net), lr=0.1)
    _train(*pair)
    twin = copied(pair)
    assert twin[1].param_groups[1]["weight_decay"] == 0 and twin[1].param_groups[1].spans
    _train(*twin)
    assert not _same(net, twin[0])
    _train(*pair)
    assert _same(net, twin[0])


@EVERY
def test_the_state_is_the_same_in_groups_and_without(make: Any) -> None:
    """So that a run goes on from a record that knew no groups."""
    plain, grouped = _net(), _net()
    arena = Arena.adopt(grouped)
    one = make(plain, lr=0.05, weight_decay=0.0)
    _train(plain, one)
    two = make(param_groups_weight_decay(grouped), lr=0.05, weight_decay=0.0)
    grouped.load_state_dict(plain.state_dict())
    state = one.state_dict()
    with pytest.raises(LabError, match="2 parameter groups, the state has others"):
        two.load_state_dict(state)
    del state["param_groups"]  # as a record has it
    two.load_state_dict(state)
    _train(plain, one)
    _train(grouped, two)
    assert _same(plain, grouped) and np.shares_memory(arena.theta, grouped[0].weight.data)  # type: ignore[attr-defined]


def test_the_state_brings_the_options_along() -> None:
    net = _net()
    optimizer = Adam(param_groups_weight_decay(net), lr=0.1, betas=(0.5, 0.6))
    _train(net, optimizer)
    optimizer.param_groups[0]["lr"] = 0.02
    state = json.loads(json.dumps(optimizer.state_dict(), default=lambda array: array.tolist()))
    twin = _net()
    twin.load_state_dict(net.state_dict())
    other = Adam(param_groups_weight_decay(twin))
    other.load_state_dict(state)
    assert [g["lr"] for g in other.param_groups] == [0.02, 0.1]
    assert other.param_groups[1]["betas"] == (0.5, 0.6)
    _train(net, optimizer)
    _train(twin, other)
    for array, expected in zip(twin.state_dict().values(), net.state_dict().values(), strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-6)
    for broken in ([], None, [{}, {}], [{**g, "lr": -1} for g in state["param_groups"]]):
        with pytest.raises(LabError):
            other.load_state_dict({**state, "param_groups": broken})


def test_two_optimisers_of_one_arena_forget_only_their_own_gradients() -> None:
    net = _net()
    arena = Arena.adopt(net)
    first, second = SGD(net[0].parameters(), lr=0.1), SGD(net[2].parameters(), lr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            for optimizer in (first, second):
                optimizer.zero_grad()
                F.mean(F.square(net(Tensor(X)))).backward()
                optimizer.step()
    first.zero_grad()
    views = arena.layout.views(arena.grad)
    assert not views["0.weight"].any() and views["2.weight"].any()


def test_a_second_step_along_the_same_gradients_is_warned_of_in_a_slice_too() -> None:
    net = _net()
    _kept.append(Arena.adopt(net))
    optimizer = SGD(net[0].parameters(), lr=0.1)
    F.mean(F.square(net(Tensor(X)))).backward()
    optimizer.step()
    with pytest.warns(LabWarning, match="a second time along the same gradients"):
        optimizer.step()


def test_a_squared_gradient_that_overflows_is_named_in_a_slice_too() -> None:
    net = _net()
    _kept.append(Arena.adopt(net))
    optimizer = Adam(net[2].parameters())
    net[2].bias.grad[...] = 1e25  # type: ignore[attr-defined]
    with np.errstate(all="ignore"), pytest.warns(LabWarning, match=r"moves 2\.bias no more"):
        optimizer.step()


def _options(**options: Any) -> Any:
    return [{"params": _net().parameters(), **options}]


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a mistyped option": (lambda: SGD(_options(weigth_decay=0.1)), "no option “weigth_decay”"),
    "an option of another optimiser": (lambda: SGD(_options(betas=(0, 0))), "no option “betas”"),
    "momentum in Adam": (lambda: Adam(_options(momentum=0.9)), "no option “momentum”"),
    "a negative rate": (lambda: SGD(_options(lr=-1.0)), "lr is"),
    "betas": (lambda: Adam(_options(betas=(0.9, 1.0))), "betas are"),
    "an alpha": (lambda: RMSprop(_options(alpha=1.5)), "alpha is"),
    "set live": (lambda: SGD(_net()).param_groups[0].__setitem__("lr", "fast"), "lr is"),
    "a live name": (lambda: SGD(_net()).param_groups[0].update(rate=1.0), "no option “rate”"),
    "lr live": (lambda: setattr(SGD(_net()), "lr", -1), "lr is"),
    "no params": (lambda: SGD([{"lr": 0.1}]), "a mapping with “params”"),
    "an empty group": (lambda: SGD([{"params": []}]), "holds no parameters"),
    "a used-up generator": (lambda: SGD(iter(())), "got no parameters"),
    "a result": (lambda: SGD([Tensor([1.0], requires_grad=True) * 2]), "moves parameters"),
    "whole numbers": (lambda: SGD([Tensor([1])]), "moves parameters"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_makes_no_group_is_refused_in_words(what: str) -> None:
    use, words = WRONG[what]
    with pytest.raises(LabError, match=words):
        use()


def test_a_parameter_of_two_groups_is_refused() -> None:
    net = _net()
    with pytest.raises(LabError, match=r"“2\.weight” was given twice"):
        SGD([{"params": net.named_parameters()}, {"params": [("2.weight", net[2].weight)]}])  # type: ignore[attr-defined]
