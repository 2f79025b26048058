"""Multi-head attention: its weights in plain sight, dropout, random shapes and masks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.gradcheck import gradcheck
from core.autograd.higher_order import grad
from core.kernels.engine import Engine, use_engine

ENGINES = pytest.mark.parametrize("engine", ["reference", "fast"])


def _layer(*sizes: int, batch_first: bool = True, **options: Any) -> nn.MultiheadAttention:
    rng = np.random.default_rng(0)
    return nn.MultiheadAttention(*sizes, **options, batch_first=batch_first, rng=rng)


def _normal(*shape: int, dtype: type = np.float32) -> NDArray[Any]:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype)


def _in_float64(module: nn.Module) -> Any:
    for weights in module.parameters():
        weights.data = weights.data.astype(np.float64)
    return module


@ENGINES
@pytest.mark.parametrize("given", [{}, {"is_causal": True},
    {"key_padding_mask": np.array([[False, False, True, False], [True, False, False, False]])}],
    ids=["all", "causal", "padding"])  # fmt: skip
def test_weights_are_shares_that_make_the_result(given: dict[str, Any], engine: Engine) -> None:
    layer, x = _layer(6, 3), Tensor(_normal(2, 4, 6))
    with use_engine(engine):
        weights = layer.attention_weights(x, **given)
        result, mean = layer(x, **given)
        fused, nothing = layer(x, **given, need_weights=False)
    assert weights.shape == (2, 3, 4, 4) and nothing is None and mean is not None
    np.testing.assert_allclose(weights.data.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(weights.data.mean(axis=1), mean.data, rtol=1e-6)
    np.testing.assert_allclose(fused.data, result.data, rtol=2e-5, atol=2e-6)
    hidden = np.zeros((2, 3, 4, 4), bool)
    if "is_causal" in given:
        hidden |= np.triu(np.ones((4, 4), bool), k=1)
    hidden |= given.get("key_padding_mask", np.zeros((2, 4), bool))[:, None, None]
    assert np.array_equal(weights.data == 0, hidden)


def test_a_hook_hands_on_what_the_layer_was_called_with() -> None:
    """As capture does inside any network."""
    block = nn.TransformerEncoderLayer(6, 3, 8, dropout=0.0, rng=np.random.default_rng(0))
    seen = []
    block.self_attn.register_forward_hook(
        lambda m, args, kwargs, _: seen.append(m.attention_weights(*args, **kwargs)),  # type: ignore[attr-defined]
        with_kwargs=True,
    )
    block(Tensor(_normal(4, 2, 6)), is_causal=True)
    assert seen[0].shape == (2, 3, 4, 4) and seen[0].data[:, :, 0, 0].min() == 1


def test_weights_of_one_sequence_and_of_arrays_in_float64() -> None:
    layer = _layer(6, 3)
    assert layer.attention_weights(_normal(4, 6), _normal(5, 6)).shape == (3, 4, 5)
    found = layer.attention_weights(_normal(2, 4, 6, dtype=np.float64))  # type: ignore[arg-type]
    assert found.dtype == np.float32


@pytest.mark.parametrize("need_weights", [True, False])
def test_who_may_look_at_nothing_gets_weights_of_zero(need_weights: bool) -> None:
    layer, x = _layer(4, 2, bias=False), Tensor(_normal(2, 3, 4), requires_grad=True)
    padding = np.array([[True, True, True], [False, False, False]])
    y, weights = layer(x, key_padding_mask=padding, need_weights=need_weights)
    F.sum(y * y).backward()
    assert not y.data[0].any() and y.data[1].all()
    assert x.grad is not None and np.isfinite(x.grad).all() and not x.grad[0].any()
    assert weights is None or not weights.data[0].any()


@ENGINES
@pytest.mark.parametrize("need_weights", [True, False])
def test_dropout_is_the_same_with_and_without_weights(need_weights: bool, engine: Engine) -> None:
    layer, x = _layer(6, 2, dropout=0.5), Tensor(_normal(2, 5, 6), requires_grad=True)
    plain, _ = _layer(6, 2)(x)
    rng = np.random.default_rng(0)
    layer._rng = rng
    with use_engine(engine):
        y, _ = layer(x, need_weights=need_weights)
        F.sum(y * y).backward()
    assert not np.array_equal(y.data, plain.data)
    shares = layer.attention_weights(x)
    kept = np.random.default_rng(0).random(shares.shape, np.float32) >= 0.5
    other = Tensor(x.data, requires_grad=True)
    q, k, v = (
        F.linear(other, layer.in_proj_weight.data[at : at + 6]).reshape(2, 5, 2, 3).swapaxes(1, 2)  # type: ignore[union-attr]
        for at in (0, 6, 12)
    )
    used = F.softmax(F.matmul(q, k.swapaxes(2, 3)) / 3**0.5) * (kept * 2.0)
    expected = layer.out_proj(F.matmul(used, v).swapaxes(1, 2).reshape(2, 5, 6))
    F.sum(expected * expected).backward()
    np.testing.assert_allclose(y.data, expected.data, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(x.grad, other.grad, rtol=1e-4, atol=1e-5)  # type: ignore[arg-type]
    layer.eval()
    np.testing.assert_allclose(layer(x)[0].data, plain.data, rtol=1e-5, atol=1e-6)


def test_looking_at_weights_draws_nothing_and_everything_may_be_dropped() -> None:
    layer, x = _layer(6, 2, dropout=1.0), Tensor(_normal(2, 5, 6))
    assert layer.differs_in_training and not _layer(6, 2).differs_in_training
    assert layer._rng is not None
    before = layer._rng.bit_generator.state
    layer.attention_weights(x)
    assert layer._rng.bit_generator.state == before
    assert not layer(x)[0].data.any() and not layer(x, need_weights=False)[0].data.any()


@pytest.mark.parametrize("need_weights", [True, False])
def test_masks_and_dropout_by_difference_quotients(need_weights: bool) -> None:
    layer = _in_float64(_layer(4, 2, dropout=0.3))
    padding = np.array([[False, False, True], [True, False, False]])

    def compute(x: Tensor, mask: Tensor) -> Tensor:
        layer._rng = np.random.default_rng(3)
        return layer(x, key_padding_mask=padding, attn_mask=mask, need_weights=need_weights)[0]

    gradcheck(compute, _normal(2, 3, 4, dtype=np.float64), _normal(3, 3, dtype=np.float64))
    gradcheck(layer.attention_weights, _normal(2, 3, 4, dtype=np.float64))


@pytest.mark.parametrize("need_weights", [True, False])
def test_second_derivatives_with_a_mask_and_dropout(need_weights: bool) -> None:
    layer = _in_float64(_layer(4, 2, dropout=0.3))
    hidden = np.triu(np.ones((3, 3), bool), k=1)

    def slope(x: NDArray[Any]) -> tuple[Tensor, Tensor]:
        layer._rng = np.random.default_rng(3)
        leaf = Tensor(x, requires_grad=True)
        y, _ = layer(leaf, attn_mask=hidden, need_weights=need_weights)
        return leaf, grad(F.sum(F.sin(y)), [leaf], create_graph=True)[0]

    x, way = _normal(2, 3, 4, dtype=np.float64), _normal(2, 3, 4, 1, dtype=np.float64)[..., 0]
    leaf, first = slope(x)
    (second,) = grad(F.sum(first * way), [leaf])
    quotient = (slope(x + 1e-5 * way)[1].data - slope(x - 1e-5 * way)[1].data) / 2e-5
    np.testing.assert_allclose(second.data, quotient, rtol=1e-5, atol=1e-8)


def test_copies_of_a_layer_draw_from_one_generator() -> None:
    rng = np.random.default_rng(0)
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, rng=rng), 2)
    one, other = stack.layers
    assert one is not other and one.linear1.weight is not other.linear1.weight
    assert one.dropout._rng is other.self_attn._rng is rng


def test_blocks_hand_masks_on_and_drop_in_training() -> None:
    block = nn.TransformerBlock(4, 2, dropout=0.5, rng=np.random.default_rng(0))
    x = Tensor(_normal(2, 3, 4))
    assert not np.array_equal(block(x).data, block(x).data)
    block.eval()
    causal = np.triu(np.ones((3, 3), bool), k=1)
    np.testing.assert_allclose(
        block(x).data, block(x, causal, is_causal=False).data, rtol=1e-5, atol=1e-6
    )
    assert not np.allclose(block(x).data, block(x, is_causal=False).data)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12), st.integers(1, 3),
       st.integers(1, 6), st.booleans(), st.booleans(), st.booleans(),
       st.sampled_from([None, "booleans", "floats", "every head"]))  # fmt: skip
def test_random_shapes_on_both_engines_against_float64(
    samples: int, queries: int, keys: int, heads: int, depth: int, need_weights: bool, causal: bool,
    padded: bool, mask: str | None,
) -> None:  # fmt: skip
    layer = _layer(heads * depth, heads)
    rng = np.random.default_rng(1)
    arrays = [_normal(samples, n, heads * depth) for n in (queries, keys)]
    options: dict[str, Any] = {"need_weights": need_weights, "is_causal": causal}
    if padded:
        options["key_padding_mask"] = rng.random((samples, keys)) < 0.4
    if mask:
        lead = (samples * heads,) if mask == "every head" else ()
        hidden = rng.random((*lead, queries, keys)) < 0.3
        options["attn_mask"] = np.where(hidden, -np.inf, 0.5) if mask == "floats" else hidden
    found = []
    for engine, dtype in [("reference", np.float64), ("reference", np.float32),
                          ("fast", np.float32)]:  # fmt: skip
        for weights in layer.parameters():
            weights.data, weights.grad = weights.data.astype(dtype), None
        leaves = [Tensor(a.astype(dtype), requires_grad=True) for a in arrays]
        with use_engine(engine):  # type: ignore[arg-type]
            y, _ = layer(*leaves, **options)
            y.backward(_normal(*y.shape))
        slopes = [leaf.grad for leaf in (*leaves, *layer.parameters())]
        found.append([y.data, *slopes])
    exact, *others = found
    for other in others:
        for one, truth in zip(other, exact, strict=True):
            assert one is not None and truth is not None and one.dtype == np.float32
            np.testing.assert_allclose(one, truth, rtol=2e-4, atol=2e-5)
