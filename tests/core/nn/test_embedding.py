"""Embedding: ids stay whole numbers, the row of padding stays as it is."""

from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad
from core.errors import ShapeError

IDS = np.array([[2, 0, 4], [4, 1, 2]])


def _table(padding_idx: int | None = None) -> nn.Embedding:
    return nn.Embedding(5, 3, padding_idx, rng=np.random.default_rng(0))


@pytest.mark.parametrize("ids", [IDS, IDS.astype(np.uint8), Tensor(IDS), IDS.tolist()])
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a Sequential"])
def test_ids_come_as_arrays_tensors_or_lists(ids: Any, inside: bool) -> None:
    table = _table()
    found = (nn.Sequential(table) if inside else table)(ids)
    np.testing.assert_array_equal(found.data, table.weight.data[IDS])
    assert found.dtype == np.float32


def test_a_large_id_is_not_rounded_as_a_float32_would_be() -> None:
    """2²⁴ + 1 is no float32: it would ask for the row below."""
    place = 2**24 + 1
    weight = np.zeros((place + 1, 1), np.float32)
    weight[place] = 1
    table = _table()
    table.weight = Tensor(weight, requires_grad=True)
    assert table(np.array([place])).item() == 1
    assert table(Tensor(np.array([place]))).item() == 1


def test_floats_are_refused() -> None:
    with pytest.raises(ShapeError, match="whole numbers, not float32"):
        _table()(IDS.astype(np.float32))


@pytest.mark.parametrize("padding_idx", [2, -3])
def test_the_row_of_padding_is_zero_and_gets_no_gradient(padding_idx: int) -> None:
    table, plain = _table(padding_idx), _table()
    assert table.padding_idx == 2 and not table.weight.data[2].any()
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(table.weight.data[others], plain.weight.data[others])
    F.sum(table(IDS)).backward()
    assert table.weight.grad is not None
    assert table.weight.grad.sum(axis=1).tolist() == [3, 3, 0, 0, 6]


@pytest.mark.parametrize("ids", [IDS, Tensor(IDS)], ids=["array", "Tensor"])
def test_padding_gets_no_second_derivative_either(ids: Any) -> None:
    table = _table(2)
    (slope,) = grad(F.sum(F.exp(table(ids))), [table.weight], create_graph=True)
    (second,) = grad(F.sum(slope), [table.weight])
    expected = np.exp(table.weight.data) * np.array([1, 1, 0, 0, 2])[:, None]
    np.testing.assert_allclose(second.data, expected, rtol=1e-6)


@pytest.mark.parametrize("padding_idx", [5, -6])
def test_a_row_that_is_not_there_is_named(padding_idx: int) -> None:
    with pytest.raises(ShapeError, match=rf"padding_idx is {padding_idx}; .* -5 … 4"):
        _table(padding_idx)
