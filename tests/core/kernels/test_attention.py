"""Attention: both engines agree on odd sizes and masks, and misfits are named."""

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
from core.errors import LabError, ShapeError
from core.kernels import numba as _fast
from core.kernels import reference as _reference
from core.kernels.engine import Engine, use_engine
from core.kernels.threads import set_threads

fast: Any = _fast
reference: Any = _reference
Array = NDArray[np.floating]
SIZE = st.integers(1, 40)
LEADS = st.sampled_from([(), (0,), (3,), (2, 3)])


def _normal(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def _agree(ours: tuple[Array, ...], theirs: tuple[Array, ...]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=5e-6)


@pytest.fixture
def one_core_afterwards() -> Iterator[None]:
    yield
    set_threads(1)


@given(LEADS, st.integers(1, 70), st.integers(1, 70), SIZE, SIZE, st.booleans(),
       st.sampled_from([None, "one", "keys", "each"]))  # fmt: skip
def test_both_engines_agree(
    lead: tuple[int, ...], queries: int, keys: int, depth: int, width: int, causal: bool,
    mask: str | None,
) -> None:  # fmt: skip
    q, k, v = _normal(*lead, queries, depth), _normal(*lead, keys, depth), _normal(keys, width)
    shapes = {"one": (queries, keys), "keys": (1, keys), "each": (*lead, queries, keys)}
    added = None if mask is None else _normal(*shapes[mask])
    if added is not None:
        added[added > 1] = -np.inf
    v = np.broadcast_to(v, (*lead, keys, width))
    results = []
    for engine in (fast, reference):
        value, back = engine.attention_forward(q, k, v, added, causal, depth**-0.5)
        results.append((value, *back(_normal(*value.shape))[:3]))
    _agree(*results)


@given(st.integers(0, 3), st.integers(1, 60), st.integers(1, 4), st.integers(1, 20), st.booleans())
def test_packed_heads_are_attention_head_by_head(
    samples: int, length: int, heads: int, depth: int, causal: bool
) -> None:
    qkv = _normal(samples, length, 3 * heads * depth)
    upstream = _normal(samples, length, heads * depth)
    results = []
    for engine in (fast, reference):
        value, back = engine.self_attention_forward(qkv, heads, causal, 0.3)
        results.append((value, back(upstream)))
    _agree(*results)
    for head in range(heads):
        q, k, v = (qkv[..., (3 * 0 + part) * heads * depth + head * depth :][..., :depth]
                   for part in range(3))  # fmt: skip
        alone, _ = reference.attention_forward(q, k, v, None, causal, 0.3)
        ours = results[0][0][..., head * depth : (head + 1) * depth]
        np.testing.assert_allclose(ours, alone, rtol=2e-5, atol=5e-6)


def test_two_cores_give_the_same_bits_as_one(one_core_afterwards: None) -> None:
    results = []
    for threads in (1, 2):
        set_threads(threads)
        value, back = fast.self_attention_forward(_normal(3, 40, 45), 5, True, 0.3)
        results.append((value, back(value)))
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_who_may_look_at_nothing_gets_zeros(engine: Engine) -> None:
    sees = np.array([[True, True], [False, False], [True, False]])
    q, k, v = (Tensor(_normal(n, 4), requires_grad=True) for n in (3, 2, 2))
    with use_engine(engine):
        y = F.scaled_dot_product_attention(q, k, v, sees)
        y.backward(np.ones((3, 4)))
    assert not y.data[1].any() and y.data[[0, 2]].all()
    assert q.grad is not None and not q.grad[1].any() and np.isfinite(q.grad).all()


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_large_scores_do_not_overflow_and_a_nan_is_not_lost(engine: Engine) -> None:
    x = _normal(1, 30, 12) * 1e15
    with use_engine(engine), np.errstate(all="raise", under="ignore"):
        assert np.isfinite(F.self_attention(Tensor(x), 2).numpy()).all()
    y = _normal(1, 30, 12)
    y[0, 20, 0] = np.nan
    with use_engine(engine):
        z = F.self_attention(Tensor(y), 2, is_causal=True).numpy()
    assert np.isfinite(z[0, :20]).all() and np.isnan(z[0, 20, :2]).all()


def test_the_future_has_no_influence() -> None:
    x = _normal(1, 30, 12)
    changed = x.copy()
    changed[0, 25:] += 1
    before, after = (F.self_attention(Tensor(a), 2, is_causal=True).numpy() for a in (x, changed))
    np.testing.assert_array_equal(before[0, :25], after[0, :25])


def test_misfits_are_named() -> None:
    attend = F.scaled_dot_product_attention
    with pytest.raises(ShapeError, match=r"attention: q \(3, 4\), k \(2, 5\).*same last length"):
        attend(_normal(3, 4), _normal(2, 5), _normal(2, 5))
    with pytest.raises(ShapeError, match="same number of rows"):
        attend(_normal(3, 4), _normal(2, 4), _normal(3, 4))
    with pytest.raises(ShapeError, match="not both"):
        attend(_normal(3, 4), _normal(2, 4), _normal(2, 4), np.ones((3, 2), bool), is_causal=True)
    with pytest.raises(ShapeError, match=r"attn_mask \(2, 3\) for scores \(…, 3, 2\)"):
        attend(_normal(3, 4), _normal(2, 4), _normal(2, 4), np.ones((2, 3), bool))
    with pytest.raises(ShapeError, match="multiple of 4"):
        F.self_attention(_normal(1, 3, 18), 4)


def test_heads_begin_as_torchs_and_refuse_what_does_not_fit() -> None:
    rng = np.random.default_rng(0)
    layer = nn.MultiheadAttention(24, 4, batch_first=True, rng=rng)
    assert 0.2 < np.abs(layer.in_proj_weight.data).max() <= (6 / 96) ** 0.5
    assert not layer.in_proj_bias.data.any()
    assert layer(Tensor(_normal(2, 5, 24)))[0].shape == (2, 5, 24)
    with pytest.raises(ShapeError, match=r"key \(2, 5, 12\) should be \(N, L, 24\)"):
        layer(Tensor(_normal(2, 5, 24)), Tensor(_normal(2, 5, 12)))
    with pytest.raises(ShapeError, match="24 features do not divide into 5 heads"):
        nn.MultiheadAttention(24, 5, rng=rng)
    turned = nn.MultiheadAttention(24, 4, rng=rng)
    with pytest.raises(ShapeError, match=r"key \(2, 5, 12\) should be \(L, N, 24\)"):
        turned(Tensor(_normal(2, 5, 24)), Tensor(_normal(2, 5, 12)))
    with pytest.raises(ShapeError, match=r"key_padding_mask \(2, 4\) should be \(N, S\).*\(2, 5\)"):
        layer(Tensor(_normal(2, 5, 24)), key_padding_mask=np.zeros((2, 4), bool))
    with pytest.raises(LabError, match="key_padding_mask is of whole numbers"):
        layer(Tensor(_normal(2, 5, 24)), key_padding_mask=np.zeros((2, 5), int))
    with pytest.raises(LabError, match="keep is missing"):
        F.scaled_dot_product_attention(_normal(3, 4), _normal(2, 4), _normal(2, 4), dropout_p=0.5)
    with pytest.raises(ShapeError, match=r"keep \(2, 3\) of bool should be booleans \(…, 3, 2\)"):
        F.scaled_dot_product_attention(
            _normal(3, 4), _normal(2, 4), _normal(2, 4), dropout_p=0.5, keep=np.ones((2, 3), bool)
        )


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize(("queries", "keys"), [(0, 5), (3, 0), (0, 0)])
@pytest.mark.parametrize("mask", [(1, 1), (2, 1, 1)])
def test_a_mask_fits_sequences_without_a_place(
    engine: Engine, queries: int, keys: int, mask: tuple[int, ...]
) -> None:
    q, k = (Tensor(np.ones((2, n, 4), np.float32), requires_grad=True) for n in (queries, keys))
    with use_engine(engine):
        y = F.scaled_dot_product_attention(q, k, k, np.zeros(mask, np.float32))
        F.sum(y).backward()
    assert np.array_equal(y.data, np.zeros((2, queries, 4)))
    assert k.grad is not None and not k.grad.any()
