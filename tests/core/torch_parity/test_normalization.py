"""Normalising layers beside PyTorch's, with their running statistics and state dicts."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import WeightsError
from core.kernels.engine import Engine, use_engine
from core.nn import (
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    Module,
    ReLU,
    RMSNorm,
    Sequential,
)

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

nn = torch.nn.functional
ENGINES: list[Engine] = ["reference", "fast"]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(
    ("x", "shape"),
    [((3, 5), (5,)), ((1, 1), (1,)), ((2, 3, 130), (130,)), ((4, 2, 3), (2, 3)), ((0, 4), (4,))],
    ids=str,
)
def test_layer_norm(
    x: tuple[int, ...], shape: tuple[int, ...], affine: bool, dtype: type, engine: Engine
) -> None:
    with use_engine(engine):
        same(
            lambda t, *wb: F.layer_norm(t, shape, *wb),
            lambda t, *wb: torch.nn.functional.layer_norm(t, shape, *wb),
            *uniform([x, *[shape] * (2 * affine)], dtype),
            rtol=1e-4,
            atol=2e-5,
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("x", [(4, 3), (2, 3, 5), (3, 2, 4, 5), (7, 1)], ids=str)
def test_batch_norm(x: tuple[int, ...], running: bool, training: bool, dtype: type) -> None:
    if not training and not running:
        training = True
    channels = x[1]
    mean, var = (
        np.linspace(-1, 1, channels).astype(dtype),
        np.linspace(1, 2, channels).astype(dtype),
    )
    ours = (mean.copy(), var.copy()) if running else (None, None)
    theirs = (torch.tensor(mean), torch.tensor(var)) if running else (None, None)
    same(
        lambda t, *wb: F.batch_norm(t, *ours, *wb, training=training, momentum=0.3),
        lambda t, *wb: torch.nn.functional.batch_norm(
            t, *theirs, *wb, training=training, momentum=0.3
        ),
        *uniform([x, (channels,), (channels,)], dtype),
        rtol=2e-4,
        atol=2e-5,
    )
    if running:
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other.numpy(), rtol=1e-5)  # type: ignore[arg-type, union-attr]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=25, deadline=None)
@given(
    before=st.lists(st.integers(1, 4), max_size=2), last=st.lists(st.integers(1, 6), min_size=1,
    max_size=3), affine=st.integers(0, 2), eps=st.sampled_from([1e-5, 0.1]),
)  # fmt: skip
def test_over_the_last_axes(
    before: list[int], last: list[int], affine: int, eps: float, dtype: type, engine: Engine
) -> None:
    shape = tuple(last)
    arrays = uniform([(*before, *shape), *[shape] * affine], dtype)
    with use_engine(engine):
        if math.prod(shape) > 1:
            same(
                lambda t, *wb: F.layer_norm(t, shape, *wb, eps=eps),
                lambda t, *wb: nn.layer_norm(t, shape, *wb, eps=eps),
                *arrays, rtol=2e-4, atol=5e-4, in_float64=(1e-9, 1e-9),
            )  # fmt: skip
        for small in (None, eps):
            same(
                lambda t, *w: F.rms_norm(t, shape, *w, eps=small),  # noqa: B023
                lambda t, *w: nn.rms_norm(t, shape, *w, eps=small),  # noqa: B023
                *arrays[:2], rtol=1e-4, atol=1e-4, in_float64=(1e-9, 1e-9),
            )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 3), groups=st.integers(1, 3), each=st.integers(1, 3), affine=st.integers(0, 2),
    places=st.lists(st.integers(1, 4), max_size=3),
)  # fmt: skip
def test_group_norm(
    n: int, groups: int, each: int, places: list[int], affine: int, dtype: type, engine: Engine
) -> None:
    assume(each * math.prod(places) > 1)
    shape = (n, groups * each, *places)
    with use_engine(engine):
        same(
            lambda t, *wb: F.group_norm(t, groups, *wb),
            lambda t, *wb: nn.group_norm(t, groups, *wb),
            *uniform([shape, *[shape[1:2]] * affine], dtype),
            rtol=2e-4,
            atol=2e-3,
            in_float64=(1e-9, 1e-9),
        )


def _pair() -> tuple[Module, Any]:
    ours = Sequential(
        Conv2d(2, 4, 3, padding="same", rng=RNG), BatchNorm2d(4), ReLU(), AvgPool2d(2),
        ConvTranspose2d(4, 3, 2, stride=2, bias=False, rng=RNG), Flatten(),
        Linear(3 * 36, 6, rng=RNG), BatchNorm1d(6, affine=False), LayerNorm(6), GroupNorm(2, 6),
        RMSNorm(6), LayerNorm(6, bias=False),
    )  # fmt: skip
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, padding="same"), torch.nn.BatchNorm2d(4), torch.nn.ReLU(),
        torch.nn.AvgPool2d(2), torch.nn.ConvTranspose2d(4, 3, 2, stride=2, bias=False),
        torch.nn.Flatten(), torch.nn.Linear(3 * 36, 6), torch.nn.BatchNorm1d(6, affine=False),
        torch.nn.LayerNorm(6), torch.nn.GroupNorm(2, 6), torch.nn.RMSNorm(6),
        torch.nn.LayerNorm(6, bias=False),
    )  # fmt: skip
    return ours, theirs


def test_state_dicts_go_both_ways_by_name() -> None:
    ours, theirs = _pair()
    assert set(ours.state_dict()) == set(theirs.state_dict())
    x = RNG.standard_normal((6, 2, 6, 6)).astype(np.float32)
    for _ in range(3):
        ours(Tensor(x))
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()}, strict=True)
    expected = theirs.eval()(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours.eval()(Tensor(x)).numpy(), expected, rtol=2e-4, atol=2e-5)

    theirs.train()(torch.tensor(3 * x))
    ours.load_state_dict(theirs.state_dict())
    expected = theirs.eval()(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(Tensor(x)).numpy(), expected, rtol=2e-4, atol=2e-5)


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    ours, theirs = _pair()
    before = {name: array.copy() for name, array in ours.state_dict().items()}
    state = dict(theirs.state_dict())
    state["1.running_mean"] = torch.zeros(5)
    with pytest.raises(WeightsError, match=r"“1.running_mean” is \(5,\) in the weights, \(4,\)"):
        ours.load_state_dict(state)
    for name, array in ours.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_embedding_and_its_state() -> None:
    ours, theirs = Embedding(7, 3, rng=RNG), torch.nn.Embedding(7, 3)
    ours.load_state_dict(theirs.state_dict())
    index = RNG.integers(0, 7, (4, 5))
    ours(index).backward(np.ones((4, 5, 3), np.float32))
    expected = theirs(torch.tensor(index))
    expected.sum().backward()
    np.testing.assert_array_equal(ours(index).numpy(), expected.detach().numpy())
    np.testing.assert_array_equal(ours.weight.grad, theirs.weight.grad.numpy())  # type: ignore[arg-type]


def test_dropout_keeps_the_mean_and_can_be_told_again() -> None:
    x = Tensor(np.ones((200, 300), np.float32))
    first = Dropout(0.3, rng=np.random.default_rng(4))(x).numpy()
    again = Dropout(0.3, rng=np.random.default_rng(4))(x).numpy()
    np.testing.assert_array_equal(first, again)
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.7)}
    assert first.mean() == pytest.approx(1, abs=0.01)
