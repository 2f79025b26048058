"""Attention beside PyTorch's: values and every gradient, the mask's too."""

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


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("way", ["self", "causal", "cross", "mask", "values"])
def test_multihead_attention_with_torchs_weights(way: str, engine: Engine) -> None:
    rng = np.random.default_rng(7)
    theirs = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    torch.nn.init.normal_(theirs.in_proj_bias)
    ours = nn.MultiheadAttention(12, 3, rng=rng)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    arrays = [rng.standard_normal((2, n, 12)).astype(np.float32) for n in (5, 7, 7)]
    count = {"cross": 2, "mask": 2, "values": 3}.get(way, 1)
    mine = [Tensor(a, requires_grad=True) for a in arrays[:count]]
    other = [torch.tensor(a, requires_grad=True) for a in arrays[:count]]
    keys = [*other, *[other[-1]] * (3 - count)]
    hidden: Any = None
    if way == "mask":
        hidden = rng.random((5, 7)) < 0.3
    if way == "causal":
        hidden = np.triu(np.ones((5, 5), bool), k=1)
    expected, _ = theirs(*keys, attn_mask=None if hidden is None else torch.tensor(hidden))
    with use_engine(engine):
        if way == "causal":
            found = ours(mine[0], is_causal=True)
        else:
            found = ours(*mine, attn_mask=hidden)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=2e-5, atol=2e-6)
    upstream = rng.standard_normal(found.shape).astype(np.float32)
    found.backward(upstream)
    expected.backward(torch.tensor(upstream))
    pairs = [*zip(mine, other, strict=True),
             *zip(ours.parameters(), theirs.parameters(), strict=True)]  # fmt: skip
    for one, its in pairs:
        np.testing.assert_allclose(one.grad, its.grad.numpy(), rtol=5e-5, atol=1e-5)
