"""Networks as people write, copy and change them: every parameter has its name and is moved."""

import copy
import pickle
from collections import OrderedDict, UserDict, deque
from collections.abc import Callable
from types import MappingProxyType
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

X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
LABELS = np.arange(16) % 3


def _linear(inputs: int = 4, outputs: int = 3, seed: int = 0) -> Linear:
    return Linear(inputs, outputs, rng=np.random.default_rng(seed))


def _network() -> nn.Sequential:
    return nn.Sequential(_linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), _linear(8, 3))


def _train(model: Module, optimizer: Optimizer, steps: int) -> float:
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(Tensor(X)), LABELS)
        loss.backward()
        optimizer.step(0.01)
    return float(loss)


def _pickled(pair: Any) -> Any:
    return pickle.loads(pickle.dumps(pair))


@pytest.mark.parametrize("copied", [copy.deepcopy, _pickled], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("make", [SGD, Adam, AdamW, RMSprop, Adagrad])
def test_a_copy_of_network_and_optimiser_trains_on_as_the_original(
    copied: Callable[[Any], Any], make: Any
) -> None:
    model = _network()
    optimizer = make(Arena.adopt(model))
    _train(model, optimizer, 2)
    twin, its_optimizer = copied((model, optimizer))
    start = model.state_dict()["0.weight"].copy()
    loss = _train(twin, its_optimizer, 3)
    assert np.array_equal(model.state_dict()["0.weight"], start)
    assert loss == _train(model, optimizer, 3)
    for name, array in twin.state_dict().items():
        assert np.array_equal(array, model.state_dict()[name]), name


def test_a_copy_of_an_optimiser_brings_its_own_network() -> None:
    model = _network()
    optimizer = SGD(Arena.adopt(model))
    _train(model, optimizer, 1)
    start = model[0].weight.data.copy()  # type: ignore[attr-defined]
    copy.deepcopy(optimizer).step(0.1)
    assert np.array_equal(model[0].weight.data, start)  # type: ignore[attr-defined]


class _Listed(Module):
    def __init__(self) -> None:
        self.layers = [_linear(4, 4)]

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        for layer in self.layers:
            x = layer(x)
        return x


def test_a_layer_that_is_put_into_a_list_in_the_middle_of_training_is_told() -> None:
    model = _Listed()
    optimizer = SGD(Arena.adopt(model))
    _train(model, optimizer, 5)
    model.layers.append(_linear(4, 3))
    with pytest.raises(LabError, match=r"new: layers\.1\.bias, layers\.1\.weight"):
        _train(model, optimizer, 5)


def test_a_layer_that_is_exchanged_in_a_list_is_moved() -> None:
    model = _Listed()
    optimizer = SGD(Arena.adopt(model))
    _train(model, optimizer, 5)
    model.layers[0] = _linear(4, 4, seed=5)
    _train(model, optimizer, 5)
    assert not np.array_equal(model.layers[0].weight.data, _linear(4, 4, seed=5).weight.data)


def _itself_in_a_list() -> Any:
    kept: list[Any] = [_linear()]
    kept.append(kept)
    return kept


def _itself_in_a_dict() -> Any:
    kept: dict[Any, Any] = {0: _linear()}
    kept["me"] = {"again": kept}
    return kept


@pytest.mark.parametrize(
    "kept",
    [
        OrderedDict({"0": _linear()}),
        UserDict({0: _linear()}),
        MappingProxyType({0: _linear()}),
        deque([_linear()]),
        _itself_in_a_list(),
        _itself_in_a_dict(),
    ],
    ids=lambda kept: type(kept).__name__,
)
def test_parameters_are_found_in_any_ordered_container_even_one_that_holds_itself(
    kept: Any,
) -> None:
    model = Module()
    model.kept = kept  # type: ignore[attr-defined]
    assert [name for name, _ in model.named_parameters()] == ["kept.0.weight", "kept.0.bias"]
    assert repr(model)


@pytest.mark.parametrize("kept", [{_linear()}, frozenset([Tensor([1.0], requires_grad=True)])])
def test_a_set_of_parameters_is_refused_because_it_has_no_order(kept: Any) -> None:
    model = Module()
    model.kept = kept  # type: ignore[attr-defined]
    with pytest.raises(LabError, match="“kept” is a set"):
        Arena.adopt(model)


def test_a_set_of_other_things_is_nobodys_business() -> None:
    model = _network()
    model.seen = {1, "two"}  # type: ignore[attr-defined]
    assert len(list(model.parameters())) == 6


def test_two_parameters_of_one_name_are_told() -> None:
    model = Module()
    model.table = {1: _linear(), "1": _linear()}  # type: ignore[attr-defined]
    for use in (Arena.adopt, Module.state_dict, lambda m: list(m.parameters())):
        with pytest.raises(LabError, match=r"Two parameters are called “table\.1\.weight”"):
            use(model)


class _OfTheClass(Module):
    layer = _linear()

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return self.layer(x)


def test_an_optimiser_without_parameters_is_told() -> None:
    with pytest.warns(LabWarning, match="moves nothing: the network has no parameters"):
        SGD(Arena.adopt(_OfTheClass()))


def test_names_that_are_no_text_are_refused_in_words() -> None:
    model = _network()
    optimizer = Adam(Arena.adopt(model))
    for owner in (model, optimizer):
        with pytest.raises(LabError, match="1"):
            owner.load_state_dict({**owner.state_dict(), 1: 2})


class _Beside(nn.Sequential):
    """A Sequential that keeps a layer beside its modules."""

    def __init__(self) -> None:
        super().__init__(_linear(4, 3), nn.ReLU())
        self.skip = _linear(4, 3, seed=1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + self.skip(x)


def test_layers_that_a_subclass_of_sequential_keeps_are_its_parameters() -> None:
    model = nn.Sequential(_Beside())
    assert [name for name, _ in model.named_parameters()] == [
        "0.0.weight", "0.0.bias", "0.skip.weight", "0.skip.bias",
    ]  # fmt: skip
    before = {name: array.copy() for name, array in model.state_dict().items()}
    _train(model, SGD(Arena.adopt(model)), 1)
    for name, array in model.state_dict().items():
        assert not np.array_equal(array, before[name]), name


def test_weights_are_taken_from_tensors_and_from_other_layers_of_the_same_network() -> None:
    model = nn.Sequential(_linear(3, 3), _linear(3, 3, seed=1))
    first, second = (layer.weight.data.copy() for layer in model)  # type: ignore[attr-defined]
    state = dict(model.named_parameters())
    model.load_state_dict({f"{1 - int(name[0])}{name[1:]}": t for name, t in state.items()})
    assert np.array_equal(model[0].weight.data, second)  # type: ignore[attr-defined]
    assert np.array_equal(model[1].weight.data, first)  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [nn.GRU, nn.RNN, nn.LSTM])
def test_first_states_come_as_anything_that_is_an_array(make: Any) -> None:
    layer = make(3, 4, rng=np.random.default_rng(0))
    state = np.ones((1, 1, 4))
    x = Tensor(np.ones((2, 1, 3), np.float32))

    def outputs(state: Any) -> Any:
        return layer(x, (state, state) if make is nn.LSTM else state)[0].data

    for kind in (state, state.tolist(), Tensor(state), state.astype(int)):
        np.testing.assert_allclose(outputs(kind), outputs(Tensor(state.astype(np.float32))), 1e-6)
    for wrong in (5, "state", object()):
        with pytest.raises(LabError):
            outputs(wrong)


def test_a_mask_of_every_sample_and_head_is_torchs() -> None:
    rng = np.random.default_rng(0)
    layer = nn.MultiheadAttention(6, 3, batch_first=True, rng=rng)
    x = rng.normal(size=(2, 4, 6)).astype(np.float32)
    mask = rng.random((2, 3, 4, 4)) > 0.6
    mask[..., 0] = False
    whole = layer(Tensor(x), attn_mask=mask)[0].data
    for kind in (mask, Tensor(mask), np.where(mask, -np.inf, 0)):
        flat = kind.reshape((6, 4, 4)) if isinstance(kind, np.ndarray) else Tensor(
            kind.data.reshape(6, 4, 4))  # fmt: skip
        np.testing.assert_allclose(layer(Tensor(x), attn_mask=flat)[0].data, whole, 1e-5, 1e-6)
    assert not np.allclose(layer(Tensor(x), attn_mask=mask[0])[0].data, whole)
