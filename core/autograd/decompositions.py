"""Decompositions: every fused op written with simple ops, with the same result.

Each takes the arguments of its op. `RECURRENT_CELLS[name]` is one time step of an op over a whole
sequence.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, window_decompositions
from core.autograd import functional as F
from core.autograd.ops.class_losses import class_axis
from core.autograd.registry import OPS
from core.autograd.tensor import raw

Decomposition = Callable[..., Tensor]


def linear(x: Tensor, weight: Tensor, bias: Any = None, activation: str | None = None) -> Tensor:
    """x·Wᵀ + b, then ReLU if asked for."""
    y = F.matmul(x, weight.T)
    if bias is not None:
        y = y + bias
    return F.relu(y) if activation == "relu" else y


def fused_mlp(x: Tensor, *parameters: Tensor, activations: Sequence[str | None]) -> Tensor:
    """linear after linear, each with its activation."""
    after = {"gelu": F.gelu, "sigmoid": F.sigmoid}
    layers = zip(parameters[::2], parameters[1::2], activations, strict=True)
    for weight, bias, activation in layers:
        x = F.linear(x, weight, bias, activation="relu" if activation == "relu" else None)
        x = after[activation](x) if activation in after else x
    return x


def gelu(a: Tensor, approximate: str = "none") -> Tensor:
    """a·Φ(a), with Φ as it is or by a tanh."""
    if approximate == "none":
        return a * F.ndtr(a)
    inner = math.sqrt(2 / math.pi) * a * (0.044715 * a * a + 1.0)
    return 0.5 * a * (F.tanh(inner) + 1.0)


def softmax(input: Tensor, dim: int = -1) -> Tensor:
    """eˣ / Σeˣ, with the maximum subtracted first."""
    powers = F.exp(input - raw(input).max(axis=dim, keepdims=True, initial=-np.inf))
    return powers / F.sum(powers, dim=dim, keepdim=True)


def log_softmax(input: Tensor, dim: int = -1) -> Tensor:
    """x − log Σeˣ, with the maximum subtracted first."""
    shifted = input - raw(input).max(axis=dim, keepdims=True, initial=-np.inf)
    return shifted - F.log(F.sum(F.exp(shifted), dim=dim, keepdim=True))


def cross_entropy(
    input: Tensor, target: Any, weight: Any = None, ignore_index: int = -100,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """nll_loss of log_softmax; with smoothing a share of it goes to all classes."""
    log_p = F.log_softmax(input, dim=class_axis(input))
    loss = F.nll_loss(log_p, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return loss
    classes = input.shape[class_axis(input)]
    spread = np.ones(classes, input.dtype) if weight is None else np.asarray(weight, input.dtype)
    along = (classes, *(1,) * (input.ndim - 2))
    each = -F.sum(log_p * spread.reshape(along), dim=class_axis(input))
    kept = np.asarray(target) != ignore_index
    each = F.where(kept, each, 0.0)
    if reduction != "none":
        each = F.sum(each)
    if reduction == "mean":
        total = float(kept.sum() if weight is None else spread[np.asarray(target)[kept]].sum())
        each = each / (total or 1.0)
    return loss * (1 - label_smoothing) + each * (label_smoothing / classes)


def mse_loss(input: Tensor, target: Any, reduction: str = "mean", weight: Any = None) -> Tensor:
    """The squared differences, then their mean or sum."""
    squares = F.square(F.sub(input, target))
    count: Any = squares.size
    if weight is not None:
        weight = np.asarray(weight, input.dtype)
        squares, count = squares * weight, float(weight.sum())
    if reduction == "none":
        return squares
    if weight is None and reduction == "mean" and count:
        return F.mean(squares)
    return F.sum(squares) / (count or 1) if reduction == "mean" else F.sum(squares)


def squared_error(input: Tensor, target: Any, reduction: str = "sum") -> Tensor:
    """The squared differences, then their sum or mean."""
    return mse_loss(input, target, reduction)


def hinge_loss(
    input: Tensor, target: NDArray[Any], margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """relu(margin − input·target), then the mean or sum."""
    losses = F.relu(margin - input * np.asarray(target, input.dtype))
    if reduction == "none":
        return losses
    return F.mean(losses) if reduction == "mean" and losses.size else F.sum(losses)


# -- normalisation --------------------------------------------------------------------------------


def layer_norm(
    x: Tensor, normalized_shape: tuple[int, ...], weight: Any = None, bias: Any = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """(x − mean)/std · weight + bias, per sample."""
    y = _standard(x, tuple(range(-len(normalized_shape), 0)), eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def group_norm(
    input: Tensor, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """(x − mean)/std per sample and group of channels, then weight and bias per channel."""
    n, channels = input.shape[:2]
    spread = (channels, *(1,) * (input.ndim - 2))
    rows = F.reshape(input, (n, num_groups, math.prod(input.shape[1:]) // num_groups))
    y = F.reshape(_standard(rows, (2,), eps), input.shape)
    y = y if weight is None else y * F.reshape(weight, spread)
    return y if bias is None else y + F.reshape(bias, spread)


def batch_norm(
    x: Tensor, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """(x − mean)/std · weight + bias, per channel over the batch; running statistics stay."""
    spread = (1, -1, *(1,) * (x.ndim - 2))
    if training or running_mean is None:
        y = _standard(x, (0, *range(2, x.ndim)), eps)
    else:
        deviation = np.sqrt(raw(running_var) + eps).reshape(spread)
        y = (x - raw(running_mean).reshape(spread)) / deviation
    y = y if weight is None else y * F.reshape(weight, spread)
    return y if bias is None else y + F.reshape(bias, spread)


def _standard(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    centred = x - F.mean(x, dim=axes, keepdim=True)
    variance = F.mean(F.square(centred), dim=axes, keepdim=True)
    return centred / F.sqrt(variance + eps)


# -- sequences ------------------------------------------------------------------------------------


def rnn(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None, nonlinearity: str = "tanh",
) -> Tensor:  # fmt: skip
    """The cell for every time step, each from the last state."""
    return _over_time(rnn_cell, x, h0, weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity)


def _over_time(cell: Decomposition, x: Tensor, state: Tensor, *parameters: Any) -> Tensor:
    states = []
    for t in range(len(x)):
        state = cell(x[t : t + 1], state, *parameters)
        states.append(state)
    return F.stack(states)


def rnn_cell(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None, nonlinearity: str = "tanh",
) -> Tensor:  # fmt: skip
    """h′ = tanh(W·x + b + U·h + c), or ReLU in place of tanh."""
    return rnn_step(x[0], h0, weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity)["h"]


def rnn_step(
    x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None, nonlinearity: str = "tanh",
) -> dict[str, Tensor]:  # fmt: skip
    """The new state h (N, H) of a plain recurrent cell, of x (N, I) and the old one."""
    total = linear(x, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)
    return {"h": F.tanh(total) if nonlinearity == "tanh" else F.relu(total)}


def gru(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """The cell for every time step, each from the last state."""
    return _over_time(gru_cell, x, h0, weight_ih, weight_hh, bias_ih, bias_hh)


def gru_cell(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """Reset gate r, update gate z, candidate n; h′ = (1 − z)·n + z·h."""
    return gru_step(x[0], h0, weight_ih, weight_hh, bias_ih, bias_hh)["h"]


def gru_step(
    x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None,
) -> dict[str, Tensor]:  # fmt: skip
    """Gates r, z, n and the new state h, each (N, H), of x (N, I) and the old state."""
    seen_r, seen_z, seen_n = _gates(linear(x, weight_ih, bias_ih), 3)
    kept_r, kept_z, kept_n = _gates(linear(h, weight_hh, bias_hh), 3)
    r = F.sigmoid(seen_r + kept_r)
    z = F.sigmoid(seen_z + kept_z)
    n = F.tanh(seen_n + r * kept_n)
    return {"r": r, "z": z, "n": n, "h": (1.0 - z) * n + z * h}


def lstm(
    x: Tensor, h0: Tensor, c0: Tensor, weight_ih: Tensor, weight_hh: Tensor,
    bias_ih: Any = None, bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """The cell for every time step; outputs, then the last cell state."""
    states, h, c = [], h0, c0
    for t in range(len(x)):
        step = lstm_step(x[t], h, c, weight_ih, weight_hh, bias_ih, bias_hh)
        h, c = step["h"], step["c"]
        states.append(h)
    return F.stack([*states, c])


def lstm_cell(
    x: Tensor, h0: Tensor, c0: Tensor, weight_ih: Tensor, weight_hh: Tensor,
    bias_ih: Any = None, bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """c′ = σ(f)·c + σ(i)·tanh(g); h′ = σ(o)·tanh(c′)."""
    return lstm_step(x[0], h0, c0, weight_ih, weight_hh, bias_ih, bias_hh)["h"]


def lstm_step(
    x: Tensor, h: Tensor, c: Tensor, weight_ih: Tensor, weight_hh: Tensor,
    bias_ih: Any = None, bias_hh: Any = None,
) -> dict[str, Tensor]:  # fmt: skip
    """Gates i, f, g, o and the new states c, h, each (N, H), of x (N, I) and the old states."""
    total = linear(x, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)
    i, f, g, o = _gates(total, 4)
    i, f, g, o = F.sigmoid(i), F.sigmoid(f), F.tanh(g), F.sigmoid(o)
    cell = f * c + i * g
    return {"i": i, "f": f, "g": g, "o": o, "c": cell, "h": o * F.tanh(cell)}


def _gates(total: Tensor, count: int) -> list[Tensor]:
    """(N, count·H) in `count` parts."""
    hidden = total.shape[1] // count
    return [total[:, k * hidden : (k + 1) * hidden] for k in range(count)]


# -- attention ------------------------------------------------------------------------------------


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Any = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, keep: Any = None,
) -> Tensor:  # fmt: skip
    """softmax(QKᵀ·scale + mask)·V."""
    weights = attention_probabilities(query, key, attn_mask, is_causal, scale)
    if dropout_p:
        weights = F.dropout(weights, np.broadcast_to(keep, weights.shape), dropout_p)
    return F.matmul(weights, value)


def attention_probabilities(
    query: Tensor, key: Tensor, attn_mask: Any = None, is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:  # fmt: skip
    """softmax(QKᵀ·scale + mask), the shares (…, L, S) of (…, L, E) and (…, S, E).

    A query that may look at nothing gets zeros. The mask is that of `scaled_dot_product_attention`.
    """
    depth = query.shape[-1]
    turned = F.permute(key, (*range(key.ndim - 2), key.ndim - 1, key.ndim - 2))
    scores = F.matmul(query, turned) * (1 / math.sqrt(max(depth, 1)) if scale is None else scale)
    if is_causal:
        attn_mask = np.tril(np.ones(scores.shape[-2:], bool))
    if attn_mask is None:
        return F.softmax(scores)
    numbers = np.asarray(raw(attn_mask))
    if numbers.dtype == bool:
        attn_mask = numbers = np.where(numbers, 0.0, -np.inf).astype(scores.dtype)
    nothing = np.isneginf(numbers).all(axis=-1, keepdims=True)
    if not nothing.any():
        return F.softmax(scores + attn_mask)
    shares = F.softmax(scores + F.where(nothing, 0.0, attn_mask))
    return shares * np.where(nothing, 0.0, 1.0).astype(scores.dtype)


def self_attention(
    qkv: Tensor, num_heads: int, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Split qkv into heads, attention of each head, then join the heads."""
    n, length, wide = qkv.shape
    channels = wide // 3
    cut = F.reshape(qkv, (n, length, 3, num_heads, channels // num_heads))
    query, key, value = (F.permute(cut[:, :, i], (0, 2, 1, 3)) for i in range(3))
    mixed = scaled_dot_product_attention(query, key, value, is_causal=is_causal, scale=scale)
    return F.reshape(F.permute(mixed, (0, 2, 1, 3)), (n, length, channels))


DECOMPOSITIONS: dict[str, Decomposition] = {
    name: function
    for name, function in {**vars(window_decompositions), **globals()}.items()
    if name in OPS
}
"""What is defined here and in `window_decompositions` under the name of an op."""

RECURRENT_CELLS: dict[str, Decomposition] = {"rnn": rnn_cell, "gru": gru_cell, "lstm": lstm_cell}

MULTI_LAYER_OPS = frozenset({"fused_mlp"})
"""Ops that compute several layers at once."""

FUSED_OPS = frozenset(DECOMPOSITIONS)
"""Every op with a decomposition, so that the graph can show its parts."""
