"""Recurrent operations beside PyTorch's: values and every gradient."""

import inspect
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine
from tests.core.torch_parity.beside import same, torch

SIZES = [(1, 1, 1, 1), (5, 3, 7, 4), (12, 4, 33, 17), (3, 5, 2, 64), (4, 1, 16, 37), (2, 0, 3, 4)]
CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]


def _theirs(cell: str, tensors: list[Any], bias: bool) -> Any:
    x, *rest = tensors
    states = 2 if cell == "lstm" else 1
    hidden = [h[None] for h in rest[:states]]
    output, *last = getattr(torch, cell)(
        x, hidden if states == 2 else hidden[0], rest[states:], bias, 1, 0.0, False, False, False
    )
    return torch.cat((output, last[1])) if states == 2 else output


def _ours(cell: str, tensors: list[Tensor]) -> Tensor:
    if cell.startswith("rnn"):
        return F.rnn(*tensors, nonlinearity=cell[4:])
    return getattr(F, cell)(*tensors)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("size", SIZES)
def test_values_and_gradients(
    size: tuple[int, int, int, int], cell: str, bias: bool, dtype: type, engine: Engine
) -> None:
    steps, samples, inputs, hidden = size
    rng = np.random.default_rng(hidden)
    wide = {"gru": 3, "lstm": 4}.get(cell, 1) * hidden
    shapes = [(steps, samples, inputs), *[(samples, hidden)] * (2 if cell == "lstm" else 1),
              (wide, inputs), (wide, hidden), *[(wide,), (wide,)] * bias]  # fmt: skip
    arrays = [rng.uniform(-1, 1, s).astype(dtype) / hidden**0.5 for s in shapes]
    with use_engine(engine):
        same(
            lambda *t: _ours(cell, list(t)),
            lambda *t: _theirs(cell, list(t), bias),
            *arrays,
            atol=1e-5,
            in_float64=(1e-10, 1e-12),
        )


OPTIONS: list[dict[str, Any]] = [
    {},
    {"num_layers": 3, "batch_first": True},
    {"bias": False},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "bias": False},
]


def _pair(kind: str, options: dict[str, Any]) -> tuple[Any, Any]:
    """Our layer and torch's with the same weights."""
    theirs = getattr(torch.nn, kind)(5, 7, **options)
    ours = getattr(nn, kind)(5, 7, **options, rng=np.random.default_rng(3))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    return ours, theirs


def _first_states(ours: Any, count: int, *samples: int) -> list[Any]:
    rows = ours.num_layers * (1 + ours.bidirectional)
    rng = np.random.default_rng(4)
    return [rng.standard_normal((rows, *samples, 7)).astype(np.float32) for _ in range(count)]


def _compare(kind: str, ours: Any, theirs: Any, x: Any, states: list[Any]) -> None:
    """Outputs, last states, and the gradients of all of them by all that is given."""
    rng = np.random.default_rng(5)
    my_x, its_x = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    my_states = [Tensor(s, requires_grad=True) for s in states]
    its_states = [torch.tensor(s, requires_grad=True) for s in states]
    output, last = ours(my_x, _as_given(my_states))
    expected, its_last = theirs(its_x, _as_given(its_states))
    pairs = [(output, expected), *zip(_as_list(last), _as_list(its_last), strict=True)]
    loss: Any = 0.0
    its_loss: Any = 0.0
    for mine, other in pairs:
        assert mine.shape == tuple(other.shape)
        np.testing.assert_allclose(mine.numpy(), other.detach().numpy(), rtol=2e-5, atol=2e-6)
        weights = rng.standard_normal(mine.shape).astype(np.float32)
        loss = F.sum(mine * weights) + loss
        its_loss = (other * torch.tensor(weights)).sum() + its_loss
    loss.backward()
    its_loss.backward()
    leaves = [(my_x, its_x), *zip(my_states, its_states, strict=True)]
    leaves += list(zip(ours.parameters(), theirs.parameters(), strict=True))
    for mine, other in leaves:
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=5e-5, atol=1e-5)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_layers_with_torchs_weights(
    kind: str, options: dict[str, Any], with_state: bool, engine: Engine
) -> None:
    ours, theirs = _pair(kind, options)
    samples, steps = 3, 4
    first = (samples, steps) if options.get("batch_first") else (steps, samples)
    x = np.random.default_rng(3).standard_normal((*first, 5)).astype(np.float32)
    count = (2 if kind == "LSTM" else 1) if with_state else 0
    with use_engine(engine):
        _compare(kind, ours, theirs, x, _first_states(ours, count, samples))


@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("options", [{"batch_first": True}, {"bidirectional": True}], ids=str)
@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_one_sequence_without_a_batch(kind: str, options: dict[str, Any], with_state: bool) -> None:
    ours, theirs = _pair(kind, options)
    x = np.random.default_rng(3).standard_normal((4, 5)).astype(np.float32)
    count = (2 if kind == "LSTM" else 1) if with_state else 0
    _compare(kind, ours, theirs, x, _first_states(ours, count))


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_arguments_have_torchs_names_and_order(kind: str) -> None:
    theirs = list(inspect.signature(getattr(torch.nn, kind).__base__.__init__).parameters)[2:]
    if kind == "RNN":
        theirs.insert(3, "nonlinearity")
    ours = inspect.signature(getattr(nn, kind)).parameters
    assert [*ours][:-1] == [name for name in theirs if name not in ("proj_size", "device", "dtype")]


def _as_given(states: list[Any]) -> Any:
    return None if not states else states[0] if len(states) == 1 else tuple(states)


def _as_list(states: Any) -> list[Any]:
    return list(states) if isinstance(states, tuple) else [states]
