"""Second derivatives beside PyTorch's: a gradient penalty through fused operations."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad

torch = pytest.importorskip("torch", reason="PyTorch is only a yardstick; pip install torch")
TF = torch.nn.functional

_LABELS = np.array([1, 0, 2])
_PLACES = np.array([[0, 1, 2, 2], [1, 1, 0, 2]])
_WEIGHT = np.array([0.5, 2.0, 1.5])
_PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "linear, tanh, cross-entropy": (
        lambda x, w, b: F.cross_entropy(F.tanh(F.linear(x, w, b)), _LABELS),
        lambda x, w, b: TF.cross_entropy(torch.tanh(TF.linear(x, w, b)), torch.tensor(_LABELS)),
        ((3, 4), (5, 4), (5,)),
    ),
    "conv2d": (
        lambda x, w, b: F.sum(F.sin(F.conv2d(x, w, b, stride=2, padding=1))),
        lambda x, w, b: torch.sin(TF.conv2d(x, w, b, stride=2, padding=1)).sum(),
        ((2, 2, 5, 6), (3, 2, 3, 3), (3,)),
    ),
    "conv2d, dilated, in groups": (
        lambda x, w, b: F.sum(F.sin(F.conv2d(x, w, b, dilation=2, groups=2))),
        lambda x, w, b: torch.sin(TF.conv2d(x, w, b, dilation=2, groups=2)).sum(),
        ((2, 4, 5, 6), (6, 2, 2, 2), (6,)),
    ),
    "conv_transpose2d": (
        lambda x, w, b: F.sum(F.sin(F.conv_transpose2d(x, w, b, 2, 1, 1, 2))),
        lambda x, w, b: torch.sin(TF.conv_transpose2d(x, w, b, 2, 1, 1, 2)).sum(),
        ((2, 4, 3, 2), (4, 3, 3, 3), (6,)),
    ),
    "conv1d, pools of sequences": (
        lambda x, w, b: F.sum(F.avg_pool1d(F.max_pool1d(F.sin(F.conv1d(x, w, b)), 2), 2) ** 3),
        lambda x, w, b: (
            TF.avg_pool1d(TF.max_pool1d(torch.sin(TF.conv1d(x, w, b)), 2), 2).pow(3).sum()
        ),
        ((2, 2, 12), (3, 2, 3), (3,)),
    ),
    "pools": (
        lambda x: F.sum(
            F.adaptive_avg_pool2d(F.avg_pool2d(F.max_pool2d(x * x, 2, 1), 3, 2, 1), 2) ** 3
        ),
        lambda x: (
            TF.adaptive_avg_pool2d(TF.avg_pool2d(TF.max_pool2d(x * x, 2, 1), 3, 2, 1), 2)
            .pow(3)
            .sum()
        ),
        ((2, 2, 9, 7),),
    ),
    "attention": (
        lambda q, k, v: F.sum(F.sin(F.scaled_dot_product_attention(q, k, v, is_causal=True))),
        lambda q, k, v: torch.sin(TF.scaled_dot_product_attention(q, k, v, is_causal=True)).sum(),
        ((2, 4, 3), (2, 4, 3), (2, 4, 5)),
    ),
    "layer_norm": (
        lambda x, w, b: F.sum(F.sin(F.layer_norm(x, (5,), w, b))),
        lambda x, w, b: torch.sin(TF.layer_norm(x, (5,), w, b)).sum(),
        ((3, 5), (5,), (5,)),
    ),
    "group_norm": (
        lambda x, w, b: F.sum(F.sin(F.group_norm(x, 2, w, b))),
        lambda x, w, b: torch.sin(TF.group_norm(x, 2, w, b)).sum(),
        ((3, 4, 5), (4,), (4,)),
    ),
    "rms_norm": (
        lambda x, w: F.sum(F.sin(F.rms_norm(x, (5,), w))),
        lambda x, w: torch.sin(TF.rms_norm(x, (5,), w)).sum(),
        ((3, 5), (5,)),
    ),
    "linear, gelu": (
        lambda x, w, b: F.sum(F.sin(F.gelu(F.linear(x, w, b)))),
        lambda x, w, b: torch.sin(TF.gelu(TF.linear(x, w, b))).sum(),
        ((3, 4), (5, 4), (5,)),
    ),
    "linear, gelu by tanh": (
        lambda x, w, b: F.sum(F.sin(F.gelu(F.linear(x, w, b), "tanh"))),
        lambda x, w, b: torch.sin(TF.gelu(TF.linear(x, w, b), approximate="tanh")).sum(),
        ((3, 4), (5, 4), (5,)),
    ),
    "silu, elu": (
        lambda x, y: F.sum(F.silu(x) * F.elu(y, 0.7)),
        lambda x, y: (TF.silu(x) * TF.elu(y, 0.7)).sum(),
        ((3, 4), (3, 4)),
    ),
    "weighted, smoothed cross-entropy": (
        lambda x: F.cross_entropy(x, _PLACES, _WEIGHT, 1, label_smoothing=0.2),
        lambda x: TF.cross_entropy(
            x, torch.tensor(_PLACES), torch.tensor(_WEIGHT, dtype=x.dtype), ignore_index=1,
            label_smoothing=0.2),
        ((2, 3, 4),),
    ),
    "binary cross-entropy": (
        lambda x: F.binary_cross_entropy_with_logits(x, 0.3 + 0 * x, pos_weight=_WEIGHT),
        lambda x: TF.binary_cross_entropy_with_logits(
            x, 0.3 + 0 * x, pos_weight=torch.tensor(_WEIGHT, dtype=x.dtype)),
        ((2, 3),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", _PAIRS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_gradient_penalty(pair: str, kind: type) -> None:
    ours, theirs, shapes = _PAIRS[pair]
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(kind) for shape in shapes]
    mine = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    (slope,) = grad(ours(*mine), mine[:1], create_graph=True)
    F.sum(slope * slope).backward()
    torchs = [torch.tensor(a, requires_grad=True) for a in arrays]
    (slope,) = torch.autograd.grad(theirs(*torchs), torchs[:1], create_graph=True)
    (slope * slope).sum().backward()
    close = 1e-9 if kind is np.float64 else 2e-4
    for one, other in zip(mine, torchs, strict=True):
        expected = np.zeros(one.shape) if other.grad is None else other.grad.numpy()
        found = np.zeros(one.shape) if one.grad is None else one.grad
        np.testing.assert_allclose(found, expected, rtol=close, atol=close)
