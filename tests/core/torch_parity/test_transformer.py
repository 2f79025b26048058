"""Transformer layers beside PyTorch's, with PyTorch's weights."""

import inspect
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.kernels.engine import Engine, use_engine

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("is_causal", [True, False])
def test_a_block_with_torchs_weights(is_causal: bool, engine: Engine) -> None:
    rng = np.random.default_rng(0)
    theirs = torch.nn.TransformerEncoderLayer(
        20, 4, 80, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    ours = nn.TransformerBlock(20, 4, is_causal, rng=rng)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for weights in theirs.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    x = rng.standard_normal((3, 9, 20)).astype(np.float32)
    my_x, its_x = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    with use_engine(engine):
        found = ours(my_x)
    hidden = torch.triu(torch.ones(9, 9, dtype=torch.bool), diagonal=1) if is_causal else None
    expected = theirs(its_x, src_mask=hidden)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=5e-5, atol=2e-5)
    upstream = rng.standard_normal(x.shape).astype(np.float32)
    found.backward(upstream)
    expected.backward(torch.tensor(upstream))
    pairs = [(my_x, its_x), *zip(ours.parameters(), theirs.parameters(), strict=True)]
    for mine, other in pairs:
        scale = float(other.grad.abs().max())
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-4, atol=2e-5 * scale)


STYLES: list[dict[str, Any]] = [
    {},
    {"norm_first": True, "batch_first": True, "activation": "gelu"},
    {"bias": False, "layer_norm_eps": 1e-3, "batch_first": True},
]
LAYERS = ("TransformerEncoderLayer", "TransformerDecoderLayer")


def _pair(kind: str, style: dict[str, Any]) -> tuple[Any, Any]:
    """Our layer and torch's with the same weights."""
    theirs = getattr(torch.nn, kind)(12, 3, 20, dropout=0.0, **style)
    ours = getattr(nn, kind)(12, 3, 20, dropout=0.0, **style, rng=np.random.default_rng(0))
    return _alike(ours, theirs)


def _alike(ours: Any, theirs: Any) -> tuple[Any, Any]:
    assert list(ours.state_dict()) == list(theirs.state_dict())
    rng = np.random.default_rng(0)
    for weights in theirs.parameters():
        weights.data = torch.tensor(0.3 * rng.standard_normal(weights.shape), dtype=torch.float32)
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    return ours, theirs


def _sequences(count: int, batch_first: bool) -> list[Any]:
    rng = np.random.default_rng(1)
    shapes = [(2, n, 12) if batch_first else (n, 2, 12) for n in (6, 4)][:count]
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def _same(ours: Any, theirs: Any, arrays: list[Any], masks: dict[str, Any]) -> None:
    """Values and every gradient."""
    mine = [Tensor(a, requires_grad=True) for a in arrays]
    other = [torch.tensor(a, requires_grad=True) for a in arrays]
    found = ours(*mine, **masks)
    expected = theirs(*other, **{name: torch.tensor(mask) for name, mask in masks.items()})
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=5e-5, atol=2e-5)
    upstream = np.random.default_rng(2).standard_normal(found.shape).astype(np.float32)
    found.backward(upstream)
    expected.backward(torch.tensor(upstream))
    pairs = [*zip(mine, other, strict=True),
             *zip(ours.parameters(), theirs.parameters(), strict=True)]  # fmt: skip
    for one, its in pairs:
        scale = float(its.grad.abs().max())
        np.testing.assert_allclose(one.grad, its.grad.numpy(), rtol=2e-4, atol=2e-5 * scale)


def _hidden(*shape: int) -> Any:
    hidden = np.random.default_rng(3).random(shape) < 0.3
    hidden[..., 0] = False
    return hidden


ENCODER_MASKS: dict[str, dict[str, Any]] = {
    "none": {},
    "mask": {"src_mask": _hidden(6, 6)},
    "padding": {"src_key_padding_mask": _hidden(2, 6)},
    "both": {"src_mask": _hidden(6, 6, 6), "src_key_padding_mask": _hidden(2, 6)},
}
DECODER_MASKS: dict[str, dict[str, Any]] = {
    "none": {},
    "causal": {"tgt_mask": np.triu(np.ones((6, 6), bool), k=1)},
    "all": {
        "tgt_mask": _hidden(6, 6), "memory_mask": _hidden(6, 4),
        "tgt_key_padding_mask": _hidden(2, 6), "memory_key_padding_mask": _hidden(2, 4),
    },
}  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("masks", ENCODER_MASKS)
def test_an_encoder_layer(masks: str, style: dict[str, Any], engine: Engine) -> None:
    ours, theirs = _pair("TransformerEncoderLayer", style)
    with use_engine(engine):
        _same(ours, theirs, _sequences(1, "batch_first" in style), ENCODER_MASKS[masks])


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("masks", DECODER_MASKS)
def test_a_decoder_layer(masks: str, style: dict[str, Any], engine: Engine) -> None:
    ours, theirs = _pair("TransformerDecoderLayer", style)
    with use_engine(engine):
        _same(ours, theirs, _sequences(2, "batch_first" in style), DECODER_MASKS[masks])


def test_is_causal_alone_is_the_causal_mask() -> None:
    ours, _ = _pair("TransformerDecoderLayer", STYLES[1])
    tgt, memory = map(Tensor, _sequences(2, True))
    masked = ours(tgt, memory, **DECODER_MASKS["causal"])
    np.testing.assert_allclose(
        ours(tgt, memory, tgt_is_causal=True).data, masked.data, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("normed", [True, False])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_stack_of_layers(kind: str, normed: bool) -> None:
    layer, its_layer = _pair(kind, {"batch_first": True})
    encodes, whole = kind == LAYERS[0], kind.removesuffix("Layer")
    options = {"enable_nested_tensor": False} if encodes else {}
    its_norm = torch.nn.LayerNorm(12) if normed else None
    ours, theirs = _alike(
        getattr(nn, whole)(layer, 2, nn.LayerNorm(12) if normed else None),
        getattr(torch.nn, whole)(its_layer, 2, its_norm, **options),
    )
    masks = {"mask": _hidden(6, 6), "src_key_padding_mask": _hidden(2, 6)}
    _same(ours, theirs, _sequences(2 - encodes, True), masks if encodes else DECODER_MASKS["all"])


@pytest.mark.parametrize("kind", [*LAYERS, *(kind.removesuffix("Layer") for kind in LAYERS)])
def test_arguments_have_torchs_names_and_order(kind: str) -> None:
    ours, theirs = getattr(nn, kind), getattr(torch.nn, kind)
    names = [name for name in inspect.signature(ours).parameters if name != "rng"]
    not_ours = ("device", "dtype", "enable_nested_tensor", "mask_check")
    assert names == [n for n in inspect.signature(theirs).parameters if n not in not_ours]
    assert list(inspect.signature(ours.forward).parameters) == list(
        inspect.signature(theirs.forward).parameters
    )
