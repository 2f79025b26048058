"""Convolutions and pools of random shapes, on both engines, beside PyTorch in float64.

All numbers are small whole ones, so every sum is exact also in float32: values and gradients must
be equal to the last bit, and equal numbers in a window show who wins.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine
from core.nn import Conv2d, MaxPool2d, ReLU, Sequential

torch = pytest.importorskip("torch", reason="PyTorch is only a yardstick; pip install torch")
TF = torch.nn.functional

_FEW = settings(deadline=None, max_examples=25)
ENGINES = pytest.mark.parametrize("engine", ["reference", "fast"])
_SEEDS, _SMALL = st.integers(0, 999), st.integers(1, 3)
_PAIRS = st.tuples(_SMALL, _SMALL)


def _whole(rng: np.random.Generator, *shape: int) -> Any:
    return rng.integers(-3, 4, shape).astype(np.float32)


def _equal(ours: Any, theirs: Any, arrays: list[Any], engine: Engine) -> None:
    mine = [Tensor(a, requires_grad=True) for a in arrays]
    others = [torch.tensor(a.astype(np.float64), requires_grad=True) for a in arrays]
    expected = theirs(*others)
    with use_engine(engine):
        found = ours(*mine)
        g = _whole(np.random.default_rng(1), *found.shape)
        found.backward(g)
    expected.backward(torch.tensor(g.astype(np.float64)))
    np.testing.assert_array_equal(found.data, expected.detach().numpy())
    for one, other in zip(mine, others, strict=True):
        assert one.grad is not None and one.grad.dtype == np.float32
        np.testing.assert_array_equal(one.grad, other.grad.numpy())


@ENGINES
@_FEW
@given(st.data(), _PAIRS, _PAIRS, _PAIRS, _SMALL, _SEEDS)
def test_convolution(
    engine: Engine, data: st.DataObject, size: Any, stride: Any, gap: Any, groups: int, seed: int
) -> None:
    def draw(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    high, wide = (g * (k - 1) + 1 + draw(0, 5) for g, k in zip(gap, size, strict=True))
    rng = np.random.default_rng(seed)
    x = _whole(rng, draw(1, 3), groups * draw(1, 3), high, wide)
    weight = _whole(rng, groups * draw(1, 3), x.shape[1] // groups, *size)
    options: dict[str, Any] = {
        "stride": stride, "padding": (draw(0, 2), draw(0, 2)), "dilation": gap, "groups": groups,
    }  # fmt: skip
    _equal(
        lambda *t: F.conv2d(*t, **options),
        lambda *t: TF.conv2d(*t, **options),
        [x, weight, _whole(rng, len(weight))],
        engine,
    )


@ENGINES
@_FEW
@given(st.data(), _PAIRS, _PAIRS, _SMALL, _SEEDS)
def test_transposed_convolution(
    engine: Engine, data: st.DataObject, stride: Any, gap: Any, groups: int, seed: int
) -> None:
    def draw(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    more = tuple(draw(0, max(s, g) - 1) for s, g in zip(stride, gap, strict=True))
    rng = np.random.default_rng(seed)
    x = _whole(rng, draw(1, 3), groups * draw(1, 2), draw(2, 4), draw(2, 4))
    weight = _whole(rng, x.shape[1], draw(1, 2), draw(2, 3), draw(2, 3))
    options: dict[str, Any] = {
        "stride": stride, "padding": draw(0, 1), "output_padding": more, "groups": groups,
        "dilation": gap,
    }  # fmt: skip
    _equal(
        lambda *t: F.conv_transpose2d(*t, **options),
        lambda *t: TF.conv_transpose2d(*t, **options),
        [x, weight, _whole(rng, groups * weight.shape[1])],
        engine,
    )


@ENGINES
@_FEW
@given(_PAIRS, _PAIRS, _PAIRS, st.integers(0, 5), st.integers(0, 5), st.booleans(), _SEEDS)
def test_max_pool(
    engine: Engine, size: Any, stride: Any, gap: Any, more: int, further: int, ceil_mode: bool,
    seed: int,
) -> None:  # fmt: skip
    high, wide = gap[0] * (size[0] - 1) + 1 + more, gap[1] * (size[1] - 1) + 1 + further
    options: dict[str, Any] = {
        "stride": stride, "padding": (size[0] // 2, size[1] // 2), "dilation": gap,
        "ceil_mode": ceil_mode,
    }  # fmt: skip
    _equal(
        lambda t: F.max_pool2d(t, size, **options),
        lambda t: TF.max_pool2d(t, size, **options),
        [_whole(np.random.default_rng(seed), 2, 3, high, wide)],
        engine,
    )


@ENGINES
@settings(deadline=None, max_examples=40)
@given(
    st.tuples(_SMALL, st.sampled_from([1, 2, 3, 5, 16, 17]), st.integers(1, 20)),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.booleans(),
    _SEEDS,
)
def test_a_convolution_with_its_pool_for_any_channels_height_and_width(
    engine: Engine, counts: Any, size: Any, more: Any, ceil_mode: bool, seed: int
) -> None:
    n, channels, outputs = counts
    rng = np.random.default_rng(seed)
    x = _whole(rng, n, channels, size[0] + more[0], size[1] + more[1])
    _equal(
        lambda *t: F.conv2d_max_pool2d(*t, ceil_mode=ceil_mode),
        lambda *t: TF.max_pool2d(TF.conv2d(*t), 2, ceil_mode=ceil_mode),
        [x, _whole(rng, outputs, channels, *size), _whole(rng, outputs)],
        engine,
    )


LAYERS: list[tuple[dict[str, Any], bool]] = [
    ({}, True), ({"padding": 2}, True), ({"padding": "same"}, True), ({"groups": 3}, False),
    ({"dilation": 2}, False),
]  # fmt: skip


@ENGINES
@pytest.mark.parametrize(("given_to_conv", "fused"), LAYERS, ids=str)
def test_a_colour_layer_is_fused_only_where_that_is_the_same(
    given_to_conv: dict[str, Any], fused: bool, engine: Engine
) -> None:
    conv = Conv2d(3, 6, (5, 4), rng=np.random.default_rng(0), **given_to_conv)
    rng = np.random.default_rng(2)
    arrays = [_whole(rng, 2, 3, 19, 32), _whole(rng, *conv.weight.shape), _whole(rng, 6)]
    net = Sequential(conv, ReLU(), MaxPool2d(2))

    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        conv.weight, conv.bias = weight, bias
        y: Tensor = net(x)
        assert y.node is not None and y.node.op == "relu"
        pooled = y.node.parents[0]
        assert pooled is not None and pooled.node is not None
        assert pooled.node.op == ("conv2d_max_pool2d" if fused else "max_pool2d")
        return y

    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        options = dict(given_to_conv)
        if options.get("padding") == "same":
            options = {}
            x = TF.pad(x, (1, 2, 2, 2))
        return torch.relu(TF.max_pool2d(TF.conv2d(x, weight, bias, **options), 2))

    _equal(ours, theirs, arrays, engine)
