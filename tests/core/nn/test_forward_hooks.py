"""Forward hooks see and replace what a module hands on, as in torch."""

import copy
from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.errors import ArgumentError
from core.nn import (
    GELU,
    Conv2d,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    TransformerBlock,
)  # fmt: skip
from core.nn.arena import Arena

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 1, 8, 8)).astype(np.float32)


def network() -> Sequential:
    rng = np.random.default_rng(1)
    return Sequential(
        Conv2d(1, 3, 3, rng=rng), ReLU(), MaxPool2d(2), Flatten(),
        Linear(27, 5, rng=rng), GELU(), Linear(5, 4, rng=rng), LogSoftmax(),
    )  # fmt: skip


def test_a_hook_sees_module_arguments_and_output_of_every_layer_also_of_fused_ones() -> None:
    model = network()
    seen: list[tuple[Module, tuple[Any, ...], Any]] = []
    for layer in model:
        layer.register_forward_hook(
            lambda module, args, output: seen.append((module, args, output))
        )
    result = model(Tensor(X))
    assert [module for module, _, _ in seen] == list(model), "ReLU before the pool, as written"
    x = Tensor(X)
    for module, args, output in seen:
        np.testing.assert_array_equal(args[0].data, x.data)
        x = type(module).forward(module, x)
        np.testing.assert_array_equal(output.data, x.data)
    np.testing.assert_allclose(result.data, network()(Tensor(X)).data, rtol=1e-4, atol=1e-5)


def test_what_a_hook_returns_takes_the_place_of_the_output_until_it_is_removed() -> None:
    model = network()
    before = model(Tensor(X)).data
    handle = model[5].register_forward_hook(lambda module, args, output: output * 0)
    assert model[6].bias is not None
    np.testing.assert_allclose(
        model(Tensor(X)).data, model[7](model[6].bias.reshape(1, -1)).data.repeat(2, 0), atol=1e-6
    )
    handle.remove()
    handle.remove()
    np.testing.assert_array_equal(model(Tensor(X)).data, before)
    assert "_forward_hooks" not in vars(model[5]), "nothing is left of it"
    with model[0].register_forward_hook(lambda module, args, output: output + 1):
        assert not np.array_equal(model(Tensor(X)).data, before)
    np.testing.assert_array_equal(model(Tensor(X)).data, before)


def test_hooks_are_called_in_order_with_prepend_first_and_with_kwargs_if_asked() -> None:
    block = TransformerBlock(4, 2, rng=np.random.default_rng(2))
    called: list[Any] = []
    attention = block.self_attn
    attention.register_forward_hook(lambda m, args, out: called.append("second"))
    attention.register_forward_hook(lambda m, args, out: called.append("first"), prepend=True)
    attention.register_forward_hook(
        lambda m, args, kwargs, out: called.append(kwargs), with_kwargs=True
    )
    block(Tensor(RNG.normal(size=(1, 3, 4)).astype(np.float32)))
    assert called[:2] == ["first", "second"] and len(called) == 3
    assert called[2]["is_causal"] is True and called[2]["need_weights"] is False
    with pytest.raises(ArgumentError, match="function"):
        attention.register_forward_hook("print")  # type: ignore[arg-type]


def test_hooks_are_no_parameters_and_copies_keep_them() -> None:
    model = network()
    names = [name for name, _ in model.named_parameters()]
    part = Linear(3, 3, rng=RNG)
    calls: list[int] = []

    def hook(module: Module, args: tuple[Any, ...], output: Any, owner: Module = part) -> None:
        calls.append(1)

    model[4].register_forward_hook(hook)
    Arena.adopt(model)
    assert [name for name, _ in model.named_parameters()] == names
    assert "hook" not in repr(model)
    copy.deepcopy(model)(Tensor(X))
    assert calls == [1]


def test_hooks_do_what_torchs_do() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
    ours = Sequential(Linear(3, 4, rng=RNG), ReLU())
    ours.load_state_dict({k: v.detach().numpy() for k, v in theirs.state_dict().items()})
    x = RNG.normal(size=(5, 3)).astype(np.float32)
    results = []
    for model, made in ((ours, Tensor(x)), (theirs, torch.tensor(x))):
        shapes: list[Any] = []
        model[0].register_forward_hook(lambda m, a, o, s=shapes: s.append(tuple(a[0].shape)))
        model[0].register_forward_hook(lambda m, a, o: o * 2 - 1)
        model.register_forward_hook(lambda m, a, o, s=shapes: s.append(tuple(o.shape)))
        found = model(made)
        results.append((shapes, found.data if model is ours else found.detach().numpy()))
    assert results[0][0] == results[1][0] == [(5, 3), (5, 4)]
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5, atol=1e-6)
