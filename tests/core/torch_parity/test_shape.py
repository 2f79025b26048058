"""Operations that move, pick or reduce numbers beside PyTorch's."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

Pair = tuple[Callable[..., Any], Callable[..., Any]]
nn = torch.nn.functional
TWICE = np.array([0, 2, 0, 0])
PLACES = np.array([[1, 1, 0], [2, 0, 0]])
ANY = ((3, 4, 5),)

MOVES: dict[str, tuple[Pair, tuple[tuple[int, ...], ...]]] = {
    "reshape": ((lambda a: a.reshape(5, -1), lambda a: a.reshape(5, -1)), ANY),
    "flatten": ((F.flatten, lambda a: torch.flatten(a, 1)), ANY),
    "flatten, middle": (
        (lambda a: F.flatten(a, 1, 2), lambda a: torch.flatten(a, 1, 2)),
        ((2, 3, 4, 5),),
    ),
    "flatten, all": ((lambda a: F.flatten(a, 0), torch.flatten), ANY),
    "flatten, last": (
        (lambda a: F.flatten(a, start_dim=-2), lambda a: torch.flatten(a, start_dim=-2)),
        ((2, 3, 4),),
    ),
    "flatten, empty": ((F.flatten, lambda a: torch.flatten(a, 1)), ((0, 4, 5),)),
    "permute": ((F.permute, lambda a: a.permute(2, 1, 0)), ANY),
    "permute, order": ((lambda a: a.permute((1, 2, 0)), lambda a: a.permute(1, 2, 0)), ANY),
    "squeeze": ((F.squeeze, torch.squeeze), ((1, 3, 1),)),
    "squeeze, one": ((lambda a: F.squeeze(a, -1), lambda a: a.squeeze(-1)), ((1, 3, 1),)),
    "squeeze, long": ((lambda a: F.squeeze(a, 1), lambda a: a.squeeze(1)), ((1, 3, 1),)),
    "squeeze, number": ((F.squeeze, torch.squeeze), ((1, 1),)),
    "unsqueeze": ((lambda a: F.unsqueeze(a, 1), lambda a: a.unsqueeze(1)), ANY),
    "unsqueeze, last": ((lambda a: F.unsqueeze(a, -1), lambda a: a.unsqueeze(-1)), ANY),
    "unsqueeze, number": ((lambda a: F.unsqueeze(a, 0), lambda a: a.unsqueeze(0)), ((),)),
    "broadcast_to": (
        (lambda a: F.broadcast_to(a, (2, 3, 4)), lambda a: torch.broadcast_to(a, (2, 3, 4))),
        ((3, 1),),
    ),
    "flip": ((lambda a: F.flip(a, (0, -1)), lambda a: a.flip(0, -1)), ANY),
    "flip, one": ((lambda a: F.flip(a, 1), lambda a: a.flip(1)), ANY),
    "tril": ((F.tril, torch.tril), ANY),
    "tril, above": ((lambda a: F.tril(a, 2), lambda a: a.tril(2)), ANY),
    "triu": ((F.triu, torch.triu), ANY),
    "triu, below": ((lambda a: F.triu(a, -1), lambda a: a.triu(-1)), ((5, 3),)),
    "triu, far": ((lambda a: F.triu(a, 9), lambda a: a.triu(9)), ANY),
    "tril, empty": ((F.tril, torch.tril), ((0, 4),)),
    "cumsum": ((lambda a: F.cumsum(a, 1), lambda a: a.cumsum(1)), ANY),
    "cumsum, last": ((lambda a: F.cumsum(a, -1), lambda a: a.cumsum(-1)), ANY),
    "cumsum, empty": ((lambda a: F.cumsum(a, 0), lambda a: a.cumsum(0)), ((0, 4),)),
    "topk": ((lambda a: F.topk(a, 3).values, lambda a: a.topk(3).values), ANY),
    "topk, smallest": (
        (lambda a: F.topk(a, 2, 0, False).values, lambda a: a.topk(2, 0, False).values),
        ANY,
    ),
    "topk, none": ((lambda a: F.topk(a, 0, 1).values, lambda a: a.topk(0, 1).values), ANY),
    "pad": (
        (lambda a: F.pad(a, ((1, 2), (0, 3)), 0.5), lambda a: nn.pad(a, (0, 3, 1, 2), value=0.5)),
        ANY,
    ),
    "pad, empty": ((lambda a: F.pad(a, ((1, 2),)), lambda a: nn.pad(a, (1, 2))), ((3, 0),)),
    "cat": (
        (lambda *t: F.cat(t, dim=1), lambda *t: torch.cat(t, dim=1)),
        ((2, 1, 3), (2, 5, 3), (2, 0, 3)),
    ),
    "cat, one": ((lambda a: F.cat([a]), lambda a: torch.cat([a])), ANY),
    "cat, twice": ((lambda a: F.cat([a, a], -1), lambda a: torch.cat([a, a], -1)), ANY),
    "stack": ((lambda *t: F.stack(t, -1), lambda *t: torch.stack(t, -1)), ((2, 3), (2, 3))),
    "stack, numbers": ((lambda *t: F.stack(t), lambda *t: torch.stack(t)), ((), (), ())),
    "slices": ((lambda a: a[1:, ..., ::2], lambda a: a[1:, ..., ::2]), ANY),
    "number": ((lambda a: a[-1, None, 2], lambda a: a[-1, None, 2]), ANY),
    "indices": ((lambda a: a[TWICE], lambda a: a[torch.tensor(TWICE)]), ANY),
    "mask": ((lambda a: a[PLACES > 0], lambda a: a[torch.tensor(PLACES > 0)]), ((2, 3, 4),)),
    "gather": (
        (lambda a: F.gather(a, 0, PLACES), lambda a: torch.gather(a, 0, torch.tensor(PLACES))),
        ((3, 4),),
    ),
    "gather, last": (
        (lambda a: F.gather(a, -1, PLACES), lambda a: torch.gather(a, -1, torch.tensor(PLACES))),
        ((5, 3),),
    ),
    "gather, nothing": (
        (
            lambda a: F.gather(a, 1, PLACES[:, :0]),
            lambda a: torch.gather(a, 1, torch.tensor(PLACES[:, :0])),
        ),
        ((5, 3),),
    ),
    "index_add": (
        (
            lambda a: F.index_add(a, TWICE, (3, 2)),
            lambda a: torch.zeros(3, 2, dtype=a.dtype).index_add(0, torch.tensor(TWICE), a),
        ),
        ((4, 2),),
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MOVES)
def test_moved(name: str, dtype: type) -> None:
    pair, shapes = MOVES[name]
    same(*pair, *uniform(list(shapes), dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [(), (3,), (2, 7), (0,), (2, 0), (40, 3)], ids=str)
@pytest.mark.parametrize("table", [(5, 3), (1, 1), (70, 33), (4, 0)], ids=str)
@pytest.mark.parametrize("padding", [None, 0, -1])
def test_embedding(
    padding: int | None, table: tuple[int, int], index: tuple[int, ...], dtype: type
) -> None:
    rows = np.random.default_rng(0).integers(0, table[0], index)
    same(
        lambda w: F.embedding(rows, w, padding),
        lambda w: nn.embedding(torch.tensor(rows), w, padding),
        *uniform([table], dtype),
    )


AXES: list[Any] = [None, 0, -1, (0, 2), (1,)]
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "var": torch.var,
    "std": torch.std,
    "amax": torch.amax,
    "amin": torch.amin,
    "logsumexp": torch.logsumexp,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 1, 3), (7, 1, 33)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduced(name: str, axis: Any, keepdims: bool, shape: tuple[int, ...], dtype: type) -> None:
    every = (0, 1, 2) if axis is None else axis
    same(
        lambda a: getattr(F, name)(a, dim=axis, keepdim=keepdims),
        lambda a: _quietly(REDUCTIONS[name], a, every, keepdims),
        *uniform([shape], dtype),
        atol=2e-5,
    )


def _quietly(theirs: Callable[..., Any], a: Any, axis: Any, keepdims: bool) -> Any:
    """The variance of one number is NaN in torch too, which it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return theirs(a, dim=axis, keepdim=keepdims)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["var", "std"])
def test_biased(name: str, dtype: type) -> None:
    same(
        lambda a: getattr(F, name)(a, 1, unbiased=False),
        lambda a: getattr(torch, name)(a, 1, unbiased=False),
        *uniform([(3, 4)], dtype),
    )


def test_where_nothing_varies_the_spread_has_no_slope() -> None:
    same(lambda a: F.std(a, 1), lambda a: torch.std(a, 1), np.ones((2, 3)))


@pytest.mark.parametrize("name", ["sum", "mean", "var"])
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2)], ids=str)
def test_reductions_of_nothing(shape: tuple[int, ...], name: str) -> None:
    theirs = REDUCTIONS[name]
    same(
        lambda a: getattr(F, name)(a, dim=0),
        lambda a: _quietly(theirs, a, 0, False),
        np.zeros(shape, np.float32),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["max", "min"])
def test_extremes_along_an_axis(name: str, keepdims: bool, axis: int, dtype: type) -> None:
    same(
        lambda a: getattr(F, name)(a, dim=axis, keepdim=keepdims),
        lambda a: getattr(torch, name)(a, dim=axis, keepdim=keepdims).values,
        *uniform([(3, 4, 5)], dtype),
    )


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin"])
def test_equals(name: str) -> None:
    """Of all numbers equals share the gradient, along an axis the first takes it."""
    a = np.array([[1.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    theirs = getattr(torch, name)
    if name.startswith("a"):
        same(lambda t: getattr(F, name)(t, dim=1), lambda t: theirs(t, dim=1), a)
    else:
        same(lambda t: getattr(F, name)(t, dim=1), lambda t: theirs(t, dim=1).values, a)
        same(lambda t: getattr(t, name)(), theirs, a)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_places_of_extremes(axis: int | None, keepdim: bool, dtype: type) -> None:
    (a,) = uniform([(3, 4, 5)], dtype)
    for name in ("argmax", "argmin"):
        expected = getattr(torch, name)(torch.tensor(a), dim=axis, keepdim=keepdim).numpy()
        assert np.array_equal(getattr(F, name)(a, axis, keepdim), expected)
        assert np.array_equal(getattr(F, name)(a.tolist(), dim=axis, keepdim=keepdim), expected)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_places_of_the_largest(axis: int, largest: bool) -> None:
    (a,) = uniform([(3, 4, 5)], np.float32)
    a[0, 1, 2] = np.nan
    found = F.topk(a, 3, axis, largest)
    expected = torch.tensor(a).topk(3, axis, largest)
    assert np.array_equal(found.indices, expected.indices.numpy())
    np.testing.assert_array_equal(found.values.numpy(), expected.values.numpy())
    counted = F.topk(np.array([3, 9, 9, 1], np.uint8), 3, largest=largest)
    assert counted.indices.tolist() == ([1, 2, 0] if largest else [3, 0, 1])


def test_logarithms_of_sums_far_out() -> None:
    far = np.array([[-np.inf, 1e4], [-1e4, -1e4]])
    same(lambda a: F.logsumexp(a, 1), lambda a: torch.logsumexp(a, 1), far)
    nothing = Tensor(np.full((1, 2), -np.inf), requires_grad=True)
    F.logsumexp(nothing).backward()  # torch's slope is NaN here
    assert F.logsumexp(nothing).item() == -np.inf
    assert nothing.grad is not None and not nothing.grad.any()
