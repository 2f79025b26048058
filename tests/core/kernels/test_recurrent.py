"""Recurrent operations: both engines agree on odd sizes, and misfits are named."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ShapeError
from core.kernels import numba as _fast
from core.kernels import reference as _reference
from core.kernels.threads import set_threads

fast: Any = _fast
reference: Any = _reference
Array = NDArray[np.floating]
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
CELLS = st.sampled_from([("rnn", {"relu": False}), ("rnn", {"relu": True}), ("gru", {}),
                         ("lstm", {})])  # fmt: skip


def _inputs(cell: str, steps: int, samples: int, inputs: int, hidden: int) -> list[Array]:
    rng = np.random.default_rng(steps)
    wide = GATES[cell] * hidden
    shapes = [(steps, samples, inputs), *[(samples, hidden)] * (2 if cell == "lstm" else 1),
              (wide, inputs), (wide, hidden), (wide,), (wide,)]  # fmt: skip
    return [rng.uniform(-1, 1, s).astype(np.float32) / hidden**0.5 for s in shapes]


@pytest.fixture
def one_core_afterwards() -> Iterator[None]:
    yield
    set_threads(1)


@given(CELLS, st.integers(1, 9), st.integers(0, 14), st.integers(1, 35), st.integers(1, 70),
       st.booleans())  # fmt: skip
def test_both_engines_agree(
    cell: tuple[str, dict[str, bool]], steps: int, samples: int, inputs: int, hidden: int,
    turned: bool,
) -> None:  # fmt: skip
    name, options = cell
    arrays = _inputs(name, steps, samples, inputs, hidden)
    if turned:
        arrays[0] = arrays[0].swapaxes(0, 1).copy().swapaxes(0, 1)
    value, back = getattr(fast, name)(*arrays, **options)
    expected, its_back = getattr(reference, name)(*arrays, **options)
    upstream = np.random.default_rng(1).standard_normal(value.shape).astype(np.float32)
    for ours, theirs in zip((value, *back(upstream)), (expected, *its_back(upstream)), strict=True):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_pullback_may_be_used_again(cell: str) -> None:
    for engine in (fast, reference):
        value, back = getattr(engine, cell)(*_inputs(cell, 5, 3, 4, 6))
        for once, again in zip(back(value), back(value), strict=True):
            np.testing.assert_array_equal(once, again)


def test_two_cores_give_the_same_bits_as_one(one_core_afterwards: None) -> None:
    results = []
    for threads in (1, 2):
        set_threads(threads)
        value, back = fast.lstm(*_inputs("lstm", 6, 5, 20, 33))
        results.append((value, *back(value)))
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_far_out_gates_close_without_overflow() -> None:
    arrays = _inputs("lstm", 4, 2, 3, 20)
    arrays[0] *= 1e6
    for engine in (fast, reference):
        with np.errstate(all="raise", under="ignore"):
            value, back = engine.lstm(*arrays)
            gradients = back(np.ones_like(value))
        assert all(np.isfinite(a).all() for a in (value, *gradients))


def test_a_nan_is_not_lost() -> None:
    arrays = _inputs("gru", 4, 2, 3, 20)
    arrays[0][1, 1] = np.nan
    for engine in (fast, reference):
        value, _ = engine.gru(*arrays)
        assert np.isfinite(value[:, 0]).all() and np.isnan(value[1:, 1]).all()


def test_misfits_are_named() -> None:
    x, h0, w_ih, w_hh, b_ih, b_hh = _inputs("gru", 4, 2, 3, 5)
    with pytest.raises(ShapeError, match=r"gru: h0 \(3, 5\) should be \(2, 5\)"):
        F.gru(x, np.zeros((3, 5)), w_ih, w_hh, b_ih, b_hh)
    with pytest.raises(ShapeError, match=r"weight_ih \(15, 3\) should be \(15, 2\)"):
        F.gru(x[..., :2], h0, w_ih, w_hh, b_ih, b_hh)
    with pytest.raises(ShapeError, match="bias_hh"):
        F.gru(x, h0, w_ih, w_hh, b_ih, b_hh[:3])
    with pytest.raises(ShapeError, match="at least one step"):
        F.gru(x[:0], h0, w_ih, w_hh, b_ih, b_hh)
    with pytest.raises(ShapeError, match="“relu”, not “selu”"):
        F.rnn(x, h0, w_ih[:5], w_hh[:5], nonlinearity="selu")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_layers_begin_as_torchs_and_batch_first_only_turns_axes(kind: Any) -> None:
    layer = kind(4, 25, num_layers=2, rng=np.random.default_rng(0))
    for weights in layer.state_dict().values():
        assert 0.15 < np.abs(weights).max() <= 0.2
    turned = kind(4, 25, num_layers=2, batch_first=True, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((6, 3, 4)).astype(np.float32)
    output, _ = layer(Tensor(x))
    other, _ = turned(Tensor(x.swapaxes(0, 1)))
    np.testing.assert_array_equal(output.data, other.data.swapaxes(0, 1))


def test_a_sequence_in_two_pieces_is_the_same_sequence() -> None:
    layer = nn.LSTM(3, 5, num_layers=2, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((6, 2, 3)).astype(np.float32)
    whole, _ = layer(Tensor(x))
    first, state = layer(Tensor(x[:4]))
    second, _ = layer(Tensor(x[4:]), state)
    pieces = np.concatenate((first.data, second.data))
    np.testing.assert_allclose(pieces, whole.data, rtol=1e-5, atol=1e-6)


def test_a_misfit_at_a_layer_names_it() -> None:
    layer = nn.GRU(3, 5, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"GRU: state \(2, 2, 5\) should be \(1, 2, 5\)"):
        layer(Tensor(np.zeros((4, 2, 3), np.float32)), Tensor(np.zeros((2, 2, 5), np.float32)))
    with pytest.raises(ShapeError, match=r"GRU: x \(4,\) must have three axes"):
        layer(Tensor(np.zeros(4, np.float32)))
    with pytest.raises(ShapeError, match=r"GRU: state \(1, 1, 5\) should be \(1, 5\)"):
        layer(Tensor(np.zeros((4, 3), np.float32)), Tensor(np.zeros((1, 1, 5), np.float32)))
    with pytest.raises(ShapeError, match=r"gru in GRU: weight_ih \(15, 3\) should be \(15, 4\)"):
        layer(Tensor(np.zeros((4, 2, 4), np.float32)))
