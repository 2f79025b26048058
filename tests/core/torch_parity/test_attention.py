"""Attention beside PyTorch's: values and every gradient, the mask's too."""

import inspect
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine
from tests.core.torch_parity.beside import same, torch

Shapes = tuple[tuple[int, ...], ...]
CASES: list[tuple[Shapes, dict[str, Any]]] = [
    (((2, 3, 4), (2, 5, 4), (2, 5, 3)), {}),
    (((1, 1), (1, 1), (1, 1)), {}),
    (((2, 4, 33, 16), (2, 4, 33, 16), (2, 4, 33, 16)), {"is_causal": True}),
    (((1, 2, 9, 5), (1, 2, 30, 5), (1, 2, 30, 7)), {"is_causal": True, "scale": 0.7}),
    (((1, 2, 30, 5), (1, 2, 9, 5), (1, 2, 9, 7)), {"is_causal": True}),
    (((0, 2, 3), (0, 4, 3), (0, 4, 3)), {}),
    (((3, 1, 2, 4), (1, 2, 3, 4), (1, 2, 3, 4)), {}),
    (((2, 3, 7, 5), (2, 3, 6, 5), (2, 3, 6, 5), (7, 6)), {}),
    (((2, 3, 7, 5), (2, 3, 6, 5), (2, 3, 6, 5), (2, 1, 1, 6)), {"scale": 0.2}),
]


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}")
def test_values_and_gradients(
    case: tuple[Shapes, dict[str, Any]], dtype: type, engine: Engine
) -> None:
    shapes, options = case
    rng = np.random.default_rng(5)
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    with use_engine(engine):
        same(
            lambda *t: F.scaled_dot_product_attention(*t, **options),
            lambda *t: torch.nn.functional.scaled_dot_product_attention(*t, **options),
            *arrays,
            atol=5e-6,
            in_float64=(1e-10, 1e-12),
        )


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_a_mask_that_says_where_to_look(engine: Engine) -> None:
    rng = np.random.default_rng(6)
    q, k, v = (rng.standard_normal((2, n, 8)).astype(np.float32) for n in (21, 17, 17))
    sees = rng.random((2, 21, 17)) < 0.4
    sees[:, 3] = False
    with use_engine(engine):
        found = F.scaled_dot_product_attention(q, k, v, sees).numpy()
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (q, k, v)), attn_mask=torch.tensor(sees)
    )
    np.testing.assert_allclose(found, expected.numpy(), rtol=2e-5, atol=5e-6)


WAYS: dict[str, tuple[int, dict[str, Any]]] = {
    "self": (1, {}),
    "causal": (1, {"is_causal": True}),
    "cross": (2, {}),
    "mask": (2, {"attn_mask": "booleans"}),
    "floats": (2, {"attn_mask": "floats"}),
    "every head": (2, {"attn_mask": "every head"}),
    "values": (3, {}),
    "padding": (2, {"key_padding_mask": "booleans"}),
    "padding of itself": (1, {"key_padding_mask": "booleans", "is_causal": True}),
    "padding in floats": (2, {"key_padding_mask": "floats", "attn_mask": "floats"}),
    "both": (3, {"key_padding_mask": "booleans", "attn_mask": "booleans"}),
}
LAYERS: list[dict[str, Any]] = [
    {"batch_first": True},
    {},
    {"bias": False, "kdim": 12, "vdim": 12},
    {"batch_first": True, "kdim": 8, "vdim": 10},
]


def _pair(options: dict[str, Any]) -> tuple[Any, Any]:
    """Our layer and torch's with the same weights."""
    theirs = torch.nn.MultiheadAttention(12, 3, **options)
    if theirs.in_proj_bias is not None:
        torch.nn.init.normal_(theirs.in_proj_bias)
    ours = nn.MultiheadAttention(12, 3, **options, rng=np.random.default_rng(7))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    return ours, theirs


def _masks(masks: dict[str, Any], queries: int, keys: int) -> dict[str, Any]:
    rng = np.random.default_rng(8)
    shapes = {"attn_mask": (queries, keys), "key_padding_mask": (2, keys)}
    found: dict[str, Any] = {}
    for name, kind in masks.items():
        if kind is True:
            found["attn_mask"] = np.triu(np.ones((queries, keys), bool), k=1)
            continue
        hidden = rng.random((6, queries, keys) if kind == "every head" else shapes[name]) < 0.3
        hidden[..., 0] = False
        added = np.where(hidden, -np.inf, rng.standard_normal(hidden.shape))
        found[name] = added.astype(np.float32) if kind == "floats" else hidden
    return found


def _compare(
    ours: Any, theirs: Any, arrays: list[Any], masks: dict[str, Any], **options: Any
) -> None:
    """The result, the weights, and the gradients of both by all that is given."""
    queries = arrays[0].shape[-2 if ours.batch_first else 0]
    keys = arrays[-1].shape[-2 if ours.batch_first else 0]
    mine = [Tensor(a, requires_grad=True) for a in arrays]
    other = [torch.tensor(a, requires_grad=True) for a in arrays]
    its_masks = _masks(masks, queries, keys)
    expected, its_weights = theirs(
        *other, *[other[-1]] * (3 - len(other)), **options,
        **{name: torch.tensor(mask) for name, mask in its_masks.items()},
    )  # fmt: skip
    if "is_causal" in masks:
        del its_masks["attn_mask"]
    found, weights = ours(*mine, **options, **its_masks, is_causal="is_causal" in masks)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=2e-5, atol=2e-6)
    rng = np.random.default_rng(9)
    upstream = rng.standard_normal(found.shape).astype(np.float32)
    loss, its_loss = F.sum(found * upstream), (expected * torch.tensor(upstream)).sum()
    if its_weights is None:
        assert weights is None
    else:
        np.testing.assert_allclose(
            weights.numpy(), its_weights.detach().numpy(), rtol=2e-5, atol=2e-6
        )
        upstream = rng.standard_normal(weights.shape).astype(np.float32)
        loss, its_loss = (
            loss + F.sum(weights * upstream),
            its_loss + (its_weights * torch.tensor(upstream)).sum(),
        )
    loss.backward()
    its_loss.backward()
    pairs = [*zip(mine, other, strict=True),
             *zip(ours.parameters(), theirs.parameters(), strict=True)]  # fmt: skip
    for one, its in pairs:
        np.testing.assert_allclose(one.grad, its.grad.numpy(), rtol=5e-5, atol=1e-5)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_multihead_attention_with_torchs_weights(
    way: str, need_weights: bool, engine: Engine
) -> None:
    count, masks = WAYS[way]
    rng = np.random.default_rng(7)
    arrays = [rng.standard_normal((2, n, 12)).astype(np.float32) for n in (5, 7, 7)][:count]
    with use_engine(engine):
        _compare(*_pair({"batch_first": True}), arrays, masks, need_weights=need_weights)


@pytest.mark.parametrize("options", LAYERS, ids=str)
@pytest.mark.parametrize("average", [True, False])
def test_multihead_attention_of_other_widths_and_orders(
    options: dict[str, Any], average: bool
) -> None:
    rng = np.random.default_rng(7)
    widths = (12, options.get("kdim", 12), options.get("vdim", 12))
    lead = (lambda n: (2, n)) if options.get("batch_first") else (lambda n: (n, 2))
    arrays = [rng.standard_normal((*lead(n), width)).astype(np.float32)
              for n, width in zip((5, 7, 7), widths, strict=True)]  # fmt: skip
    masks = {"key_padding_mask": "booleans", "attn_mask": "floats"}
    with_floats = {"key_padding_mask": "floats", "attn_mask": "floats"}
    for given in ({}, with_floats, {"key_padding_mask": masks["key_padding_mask"]}):
        _compare(*_pair(options), arrays, given, average_attn_weights=average)


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("count", [1, 2])
def test_one_sequence_without_a_batch(count: int, average: bool) -> None:
    rng = np.random.default_rng(7)
    arrays = [rng.standard_normal((n, 12)).astype(np.float32) for n in (5, 7)][:count]
    ours, theirs = _pair({})
    _compare(ours, theirs, arrays, {"attn_mask": "booleans"}, average_attn_weights=average)


def test_arguments_have_torchs_names_and_order() -> None:
    theirs = inspect.signature(torch.nn.MultiheadAttention).parameters
    mine = list(inspect.signature(nn.MultiheadAttention).parameters)
    assert mine[:4] == list(theirs)[:4] and set(mine) - {"rng"} <= set(theirs)
    forward = list(inspect.signature(nn.MultiheadAttention.forward).parameters)
    assert forward == list(inspect.signature(torch.nn.MultiheadAttention.forward).parameters)
    weights = list(inspect.signature(nn.MultiheadAttention.attention_weights).parameters)
    assert weights == forward
    names = ["query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale"]
    assert list(inspect.signature(F.scaled_dot_product_attention).parameters)[:7] == names
