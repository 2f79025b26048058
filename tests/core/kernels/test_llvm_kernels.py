"""The wide kernels against the textbook, in float32, on every odd shape and on one or two cores."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.kernels import numba as _fast
from core.kernels import reference as _reference
from core.kernels.llvm import workspace
from core.kernels.llvm.workspace import borrow, borrow_like, outward
from core.kernels.threads import set_threads

fast: Any = _fast
reference: Any = _reference
Array = NDArray[np.float32]
_EVERYTHING = (True, True, True)


def _normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(autouse=True)
def _one_core_afterwards() -> Iterator[None]:
    yield
    set_threads(1)


def _agree(ours: Any, theirs: Any, depth: int) -> None:
    """Equal up to the rounding of sums of `depth` products."""
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == np.float32
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6 * (depth + 4))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 70), st.integers(1, 70), st.integers(1, 70), st.booleans(), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_linear(rows: int, inputs: int, outputs: int, relu: bool, bias: bool, turned: bool) -> None:
    x, weight = _normal(rows, inputs), _normal(outputs, inputs, seed=1)
    if turned:
        x = np.asfortranarray(x)
    offset = _normal(outputs, seed=2) if bias else None
    y = reference.linear_forward(x, weight, offset, relu)
    _agree([fast.linear_forward(x, weight, offset, relu)], [y], inputs)
    g, cut = _normal(rows, outputs, seed=3), y if relu else None
    _agree(
        fast.linear_backward(g, x, weight, cut, _EVERYTHING),
        reference.linear_backward(g, x, weight, cut, _EVERYTHING),
        max(rows, outputs),
    )


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 3), st.integers(1, 20), st.integers(1, 36), st.integers(1, 5),
    st.integers(1, 5), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.booleans(),
)  # fmt: skip
def test_convolution_with_its_pool(
    n: int, channels: int, outputs: int, high: int, wide: int, more: int, further: int,
    ceil_mode: bool, last: bool,
) -> None:  # fmt: skip
    x = _normal(n, channels, high + more, wide + further)
    if last:  # channels last, as one such layer leaves them to the next
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    weight, bias = _normal(outputs, channels, high, wide, seed=1), _normal(outputs, seed=2)
    ours = fast.ConvPool(x, weight, bias, ceil_mode)
    theirs = reference.ConvPool(x, weight, bias, ceil_mode)
    depth = channels * high * wide
    _agree([ours.value], [theirs.value], depth)
    np.testing.assert_array_equal(ours.where, theirs.where)
    g = _normal(*theirs.value.shape, seed=3)
    windows = max(1, g[:, 0].size)
    _agree(
        ours.gradients(g, _EVERYTHING), theirs.gradients(g, _EVERYTHING), max(windows, outputs * 4)
    )


def test_the_first_of_equals_wins_and_a_nan_is_not_lost() -> None:
    x = np.zeros((1, 1, 4, 4), np.float32)
    x[0, 0, 3, 2] = np.nan
    weight = np.ones((3, 1, 1, 1), np.float32)
    for engine in (fast, reference):
        both = engine.ConvPool(x, weight, None, False)
        assert both.where[0, :, 0, 0].tolist() == [0, 0, 0]
        assert both.where[0, :, 1, 1].tolist() == [14, 14, 14]
        assert np.isnan(both.value[0, :, 1, 1]).all()


@pytest.mark.parametrize("shape", [(0,), (1,), (17,), (3, 5, 7, 2), (64, 33)])
def test_gelu_and_its_gradient(shape: tuple[int, ...]) -> None:
    x, g = 4 * _normal(*shape), _normal(*shape, seed=1)
    ours, theirs = fast.gelu(x), reference.gelu(x)
    _agree(ours, theirs, 1)
    _agree([fast.scaled(g, ours[1])], [reference.scaled(g, theirs[1])], 1)


def test_gelu_keeps_channels_last() -> None:
    x = outward(_normal(2, 3, 4, 5))
    value, slope = fast.gelu(x)
    assert value.strides == slope.strides == x.strides == borrow_like(x).strides
    np.testing.assert_allclose(value, reference.gelu(x)[0], rtol=1e-5, atol=1e-6)


def test_gelu_far_out_is_exact() -> None:
    x = np.array([-np.inf, -1e4, -20, 0, 20, 1e4, np.nan], np.float32)
    value, slope = fast.gelu(x)
    np.testing.assert_array_equal(slope[1:6], [0, 0, 0.5, 1, 1])
    np.testing.assert_array_equal(value[1:6], [0, 0, 0, 20, 1e4])
    assert np.isnan(value[6])


def test_two_cores_give_the_same_bits_as_one() -> None:
    x, weight, bias = _normal(5, 3, 12, 11), _normal(18, 3, 3, 3), _normal(18)
    results = []
    for threads in (1, 2):
        set_threads(threads)
        both = fast.ConvPool(x, weight, bias, True)
        gradients = both.gradients(both.value, _EVERYTHING)
        rows = _normal(33, 20)
        y = fast.linear_forward(rows, _normal(9, 20), None, True)
        more = fast.linear_backward(y, rows, _normal(9, 20), y, _EVERYTHING)
        results.append([both.value, *gradients, y, *more, *fast.gelu(x)])
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_buffer_is_used_again_once_nobody_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "_idle", {})
    monkeypatch.setattr(workspace, "_idle_bytes", 0)  # other tests may have filled it
    first = borrow((64, 100))
    place = first.ctypes.data
    assert place % 64 == 0
    view = first[3:]
    del first
    assert borrow((64, 100)).ctypes.data != place
    del view
    assert borrow((64, 100)).ctypes.data == place


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(1, 9), st.integers(1, 5),
    st.sampled_from(["squared_error", "cross_entropy"]), st.integers(0, 9),
)  # fmt: skip
def test_descent_one_by_one_also_when_steps_are_put_off(
    widths: list[int], samples: int, block: int, loss: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    activations = [("sigmoid", "relu", "gelu")[i % 3] for i in range(len(widths) - 2)] + [None]
    pairs = list(pairwise(widths))
    weights = [_normal(o, i, seed=seed + 1) / np.float32(np.sqrt(i)) for i, o in pairs]
    biases = [_normal(o, seed=seed + 2) for _, o in pairs]
    x = _normal(samples, widths[0], seed=seed + 3)
    targets = np.eye(widths[-1], dtype=np.float32)[rng.integers(0, widths[-1], samples)]
    results = []
    for engine in (fast, reference):
        w, b = [a.copy() for a in weights], [a.copy() for a in biases]
        told = engine.online_descent(w, b, activations, x, targets, 0.02, loss, block)
        results.append([*told, *w, *b])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-4)
