"""Both engines compute the same, on every odd shape; the fast one is loaded only when asked."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.kernels import numba as _fast
from core.kernels import reference as _reference
from core.kernels.engine import KERNELS, kernel, use_engine
from core.kernels.precompile import precompile

Array = NDArray[np.floating]
fast: Any = _fast
reference: Any = _reference
Pair = tuple[int, int]
Windows = tuple[Array, Pair, Pair, Pair]
_pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
_FLOATS = st.sampled_from([np.float32, np.float64])


@st.composite
def pictures(draw: st.DrawFn) -> Windows:
    """A batch of pictures, and a window that fits, with stride and dilation: small, often one."""
    size, apart = draw(_pairs), draw(st.sampled_from([(1, 1), (2, 1), (3, 2)]))
    height, width = (
        gap * (side - 1) + 1 + draw(st.integers(0, 6))
        for side, gap in zip(size, apart, strict=True)
    )
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 3)), height, width
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.standard_normal(shape).astype(draw(_FLOATS))
    if draw(st.booleans()):
        x = np.round(x)  # many equal values
    if draw(st.booleans()):
        x = x.swapaxes(2, 3).copy().swapaxes(2, 3)  # not contiguous
    return x, size, draw(_pairs), apart


def _same(a: Any, b: Any, **tolerance: float) -> None:
    first, second = (x if isinstance(x, tuple) else (x,) for x in (a, b))
    for one, other in zip(first, second, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, **tolerance)  # type: ignore[call-overload]


@given(pictures())
def test_im2col(case: Windows) -> None:
    _same(fast.im2col(*case), reference.im2col(*case))


@given(pictures())
def test_col2im(case: Windows) -> None:
    x, *windows = case
    cols = reference.im2col(*case)
    _same(
        fast.col2im(cols, x.shape, *windows),
        reference.col2im(cols, x.shape, *windows),
        rtol=1e-6, atol=1e-6,
    )  # fmt: skip


@given(pictures(), st.integers(0, 99))
def test_col2im_is_the_transpose_of_im2col(case: Windows, seed: int) -> None:
    x, *windows = case
    cols = reference.im2col(*case).astype(np.float64)
    other = np.random.default_rng(seed).standard_normal(cols.shape)
    back = reference.col2im(other, x.shape, *windows)
    assert np.sum(cols * other) == pytest.approx(np.sum(x * back), rel=1e-9, abs=1e-9)


@given(pictures())
def test_max_pool(case: Windows) -> None:
    _same(fast.max_pool(*case), reference.max_pool(*case))


@pytest.mark.parametrize("shape", [(1, 1, 2, 2), (2, 3, 7, 5), (1, 2, 4, 37), (0, 1, 4, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pool_of_the_usual_window(shape: tuple[int, ...], dtype: type) -> None:
    x = np.random.default_rng(0).integers(-2, 3, shape).astype(dtype)
    _same(fast.max_pool(x, (2, 2), (2, 2)), reference.max_pool(x, (2, 2), (2, 2)))


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("stride", [2, 1])
def test_max_pool_does_not_lose_a_nan(place: int, stride: int) -> None:
    x = np.zeros((1, 1, 2, 2), np.float32)
    x.flat[place] = np.nan
    for engine in (fast, reference):
        value, where = engine.max_pool(x, (2, 2), (stride, stride))
        assert np.isnan(value).all()
        assert where.item() == place


@given(pictures())
def test_max_unpool(case: Windows) -> None:
    x = case[0]
    value, where = reference.max_pool(*case)
    g = np.random.default_rng(0).standard_normal(value.shape).astype(x.dtype)
    _same(
        fast.max_unpool(g, where, x.shape),
        reference.max_unpool(g, where, x.shape),
        rtol=1e-5, atol=1e-5,
    )  # fmt: skip


def test_max_pool_equal_values_go_to_the_first_in_both() -> None:
    for engine in (fast, reference):
        value, where = engine.max_pool(np.ones((1, 1, 4, 4), np.float32), (2, 2), (2, 2))
        assert value.tolist() == [[[[1, 1], [1, 1]]]]
        assert where.tolist() == [[[[0, 2], [8, 10]]]]


@given(
    n=st.integers(1, 9), classes=st.integers(1, 12), seed=st.integers(0, 99), dtype=_FLOATS,
    labels=st.sampled_from([np.uint8, np.int64]), size=st.sampled_from([1.0, 50.0, 1e4]),
)  # fmt: skip
def test_softmax_cross_entropy(
    n: int, classes: int, seed: int, dtype: Any, labels: Any, size: float
) -> None:
    rng = np.random.default_rng(seed)
    scores = (rng.standard_normal((n, classes)) * size).astype(dtype)
    right = rng.integers(0, classes, n).astype(labels)
    _same(
        fast.softmax_cross_entropy(scores, right),
        reference.softmax_cross_entropy(scores, right),
        rtol=1e-4, atol=1e-6,
    )  # fmt: skip


@given(length=st.integers(1, 40), seed=st.integers(0, 99), momentum=st.sampled_from([0.0, 0.9]))
def test_sgd(length: int, seed: int, momentum: float) -> None:
    rng = np.random.default_rng(seed)
    first = [rng.standard_normal(length).astype(np.float32) for _ in range(3)]
    second = [array.copy() for array in first]
    for _ in range(3):
        fast.momentum(*first, 0.1, momentum)
        reference.momentum(*second, 0.1, momentum)
        fast.sgd(*first[:2], 0.1)
        reference.sgd(*second[:2], 0.1)
    for one, other in zip(first, second, strict=True):
        _same(one, other, rtol=1e-5, atol=1e-6)


@given(length=st.integers(1, 40), seed=st.integers(0, 99))
def test_adam(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = [rng.standard_normal(length).astype(np.float32) for _ in range(3)]
    first.append(np.abs(rng.standard_normal(length)).astype(np.float32))
    second = [array.copy() for array in first]
    for step in range(1, 4):
        numbers = 0.1 / (1 - 0.9**step), 0.9, 0.999, 1 - 0.999**step, 1e-8
        fast.adam(*first, *numbers)
        reference.adam(*second, *numbers)
    for one, other in zip(first, second, strict=True):
        _same(one, other, rtol=1e-4, atol=1e-5)


@given(pictures())
def test_gelu(case: Windows) -> None:
    _same(fast.gelu(case[0]), reference.gelu(case[0]), rtol=0, atol=2e-6)


@pytest.mark.parametrize("shape", [(), (0, 3), (1,)])
def test_gelu_of_hardly_anything(shape: tuple[int, ...]) -> None:
    for array in fast.gelu(np.zeros(shape, np.float32)):
        assert array.shape == shape


@pytest.mark.parametrize("engine", [reference, fast])
def test_gelu_in_float32_is_the_exact_one(engine: Any) -> None:
    x = np.linspace(-12, 12, 4001)
    exact, exact_slope = reference.gelu(x)
    y, slope = engine.gelu(x.astype(np.float32))
    assert y.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(y, exact, rtol=0, atol=3e-6)
    np.testing.assert_allclose(slope, exact_slope, rtol=0, atol=3e-6)


def test_every_kernel_of_the_reference_has_a_fast_twin() -> None:
    assert len(KERNELS) >= 20
    for name, file in KERNELS.items():
        assert callable(getattr(reference, name)) and callable(getattr(fast, name)), name
        assert getattr(reference, name).__module__ == f"core.kernels.reference.{file}"


def test_the_engine_in_use_ends_with_its_block() -> None:
    with use_engine("fast"):
        with pytest.raises(ZeroDivisionError), use_engine("reference"):
            assert kernel("im2col") is reference.im2col
            _ = 1 / 0
        assert kernel("im2col") is fast.im2col


def test_the_reference_engine_loads_no_compiler() -> None:
    code = (
        "import sys; import numpy as np\n"
        "from core.kernels.engine import set_engine; set_engine('reference')\n"
        "from core.autograd import Tensor, functional as F\n"
        "x = Tensor(np.ones((1, 1, 4, 4)), requires_grad=True)\n"
        "F.max_pool2d(F.gelu(x), 2).sum().backward()\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_warming_up_counts_to_its_end() -> None:
    seen: list[tuple[int, int, str]] = []
    precompile(lambda done, total, name: seen.append((done, total, name)))
    assert [done for done, _, _ in seen] == list(range(len(seen)))
    assert all(total == len(seen) - 1 for _, total, _ in seen)
    assert all(name for _, _, name in seen[:-1])
