"""Decompositions: every fused op written with simple ops, with the same result.

`DECOMPOSITIONS[name]` takes the arguments of the op `name`. `RECURRENT_CELLS[name]` is one time
step of an op over a whole sequence.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.tensor import raw

Parts = Callable[..., Tensor]


def linear(x: Tensor, weight: Tensor, bias: Any = None, activation: str | None = None) -> Tensor:
    """x·Wᵀ, + b, and what lies below zero cut off."""
    y = F.matmul(x, F.transpose(weight))
    if bias is not None:
        y = y + bias
    return F.relu(y) if activation == "relu" else y


def fused_mlp(x: Tensor, *parameters: Tensor, activations: Sequence[str | None]) -> Tensor:
    """Layer after layer, each with what comes behind it."""
    after = {"gelu": F.gelu, "sigmoid": F.sigmoid}
    layers = zip(parameters[::2], parameters[1::2], activations, strict=True)
    for weight, bias, activation in layers:
        x = F.linear(x, weight, bias, activation="relu" if activation == "relu" else None)
        x = after[activation](x) if activation in after else x
    return x


def softmax(a: Tensor, axis: int = -1) -> Tensor:
    """eᵃ / Σeᵃ, with the largest taken off first."""
    powers = F.exp(a - raw(a).max(axis=axis, keepdims=True, initial=-np.inf))
    return powers / F.sum(powers, axis=axis, keepdims=True)


def log_softmax(a: Tensor, axis: int = -1) -> Tensor:
    """a − log Σeᵃ, with the largest taken off first."""
    shifted = a - raw(a).max(axis=axis, keepdims=True, initial=-np.inf)
    return shifted - F.log(F.sum(F.exp(shifted), axis=axis, keepdims=True))


def cross_entropy(
    scores: Tensor, labels: NDArray[np.integer], label_smoothing: float = 0.0
) -> Tensor:
    """Minus the mean log-probability: of the right class, and for a share of all classes."""
    if scores.ndim > 2:
        scores = F.reshape(scores, (math.prod(scores.shape[:-1]), scores.shape[-1]))
        labels = labels.reshape(-1)
    log_p = F.log_softmax(scores)
    right = F.nll_loss(log_p, labels)
    if not label_smoothing:
        return right
    return right * (1 - label_smoothing) - F.mean(log_p) * label_smoothing


def mse_loss(a: Tensor, target: Any) -> Tensor:
    """The mean of the squared differences."""
    squares = F.square(F.sub(a, target))
    return F.mean(squares) if squares.size else F.sum(squares)


def squared_error(a: Tensor, target: Any) -> Tensor:
    """The sum of the squared differences."""
    return F.sum(F.square(F.sub(a, target)))


def hinge_loss(scores: Tensor, sides: NDArray[Any], margin: float = 1.0) -> Tensor:
    """The mean of what each score lacks to the margin."""
    return F.mean(F.relu(margin - scores * np.asarray(sides, scores.dtype)))


# -- pictures -------------------------------------------------------------------------------------


def conv2d(
    x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0
) -> Tensor:
    """All windows side by side, one matrix product, and the bias."""
    n, channels, *size = x.shape
    out, _, *kernel = weight.shape
    (up, down), (left, right) = _edges(padding, kernel)
    steps = _pair(stride)
    rows = _windows(size[0] + up + down, kernel[0], steps[0]) - up
    columns = _windows(size[1] + left + right, kernel[1], steps[1]) - left
    r, c = rows[:, None, :, None], columns[None, :, None, :]  # (kh, 1, OH, 1), (1, kw, 1, OW)
    inside = (r >= 0) & (r < size[0]) & (c >= 0) & (c < size[1])
    windows = x[:, :, r.clip(0, size[0] - 1), c.clip(0, size[1] - 1)]
    if not inside.all():
        windows = windows * inside.astype(x.dtype)
    places = rows.shape[1] * columns.shape[1]
    stacked = F.reshape(windows, (n, channels * kernel[0] * kernel[1], places))
    y = F.matmul(F.reshape(weight, (out, channels * kernel[0] * kernel[1])), stacked)
    y = F.reshape(y, (n, out, rows.shape[1], columns.shape[1]))
    return y if bias is None else y + F.reshape(bias, (out, 1, 1))


def conv2d_max_pool2d(
    x: Tensor, weight: Tensor, bias: Any = None, ceil_mode: bool = False
) -> Tensor:
    """A convolution, then the largest of each 2×2."""
    return F.max_pool2d(F.conv2d(x, weight, bias), 2, ceil_mode=ceil_mode)


def _windows(length: int, kernel: int, step: int) -> NDArray[np.intp]:
    """(kernel, count): at which place each element of each window lies."""
    count = (length - kernel) // step + 1
    return np.arange(kernel)[:, None] + step * np.arange(count)[None, :]


def _edges(padding: Any, kernel: list[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many zeros stand above and below, left and right."""
    match padding:
        case "valid":
            return (0, 0), (0, 0)
        case "same":
            short = [(k - 1) // 2 for k in kernel]
            return (short[0], kernel[0] - 1 - short[0]), (short[1], kernel[1] - 1 - short[1])
        case "full":
            return (kernel[0] - 1, kernel[0] - 1), (kernel[1] - 1, kernel[1] - 1)
    rows, columns = _pair(padding)
    return (rows, rows), (columns, columns)


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


# -- normalisation --------------------------------------------------------------------------------


def layer_norm(
    x: Tensor, normalized_shape: tuple[int, ...], weight: Any = None, bias: Any = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Off with the mean, over the spread, stretched and shifted: each sample by itself."""
    y = _standard(x, tuple(range(-len(normalized_shape), 0)), eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def batch_norm(
    x: Tensor, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """The same for each channel over the batch; the running statistics are left as they are."""
    spread = (1, -1, *(1,) * (x.ndim - 2))
    if training or running_mean is None:
        y = _standard(x, (0, *range(2, x.ndim)), eps)
    else:
        deviation = np.sqrt(raw(running_var) + eps).reshape(spread)
        y = (x - raw(running_mean).reshape(spread)) / deviation
    y = y if weight is None else y * F.reshape(weight, spread)
    return y if bias is None else y + F.reshape(bias, spread)


def _standard(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    centred = x - F.mean(x, axis=axes, keepdims=True)
    variance = F.mean(F.square(centred), axis=axes, keepdims=True)
    return centred / F.sqrt(variance + eps)


# -- sequences ------------------------------------------------------------------------------------


def rnn(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None, nonlinearity: str = "tanh",
) -> Tensor:  # fmt: skip
    """Step after step, each from the state of the one before."""
    states, h = [], h0
    for t in range(len(x)):
        h = rnn_cell(x[t : t + 1], h, weight_ih, weight_hh, bias_ih, bias_hh, nonlinearity)
        states.append(h)
    return F.stack(states)


def rnn_cell(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None, nonlinearity: str = "tanh",
) -> Tensor:  # fmt: skip
    """One step: input and state through their weights, added, squeezed."""
    total = linear(x[0], weight_ih, bias_ih) + linear(h0, weight_hh, bias_hh)
    return F.tanh(total) if nonlinearity == "tanh" else F.relu(total)


def gru(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """Step after step, each from the state of the one before."""
    states, h = [], h0
    for t in range(len(x)):
        h = gru_cell(x[t : t + 1], h, weight_ih, weight_hh, bias_ih, bias_hh)
        states.append(h)
    return F.stack(states)


def gru_cell(
    x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Any = None,
    bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """One step: reset r, update z, candidate n; the state moves from h to n by 1 − z."""
    hidden = h0.shape[1]
    seen, kept = linear(x[0], weight_ih, bias_ih), linear(h0, weight_hh, bias_hh)
    first, second, third = (slice(i * hidden, (i + 1) * hidden) for i in range(3))
    r = F.sigmoid(seen[:, first] + kept[:, first])
    z = F.sigmoid(seen[:, second] + kept[:, second])
    n = F.tanh(seen[:, third] + r * kept[:, third])
    return (1.0 - z) * n + z * h0


def lstm(
    x: Tensor, h0: Tensor, c0: Tensor, weight_ih: Tensor, weight_hh: Tensor,
    bias_ih: Any = None, bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """Step after step, each from state and cell of the one before; the last cell at the end."""
    states, h, c = [], h0, c0
    for t in range(len(x)):
        h, c = _lstm_step(x[t : t + 1], h, c, weight_ih, weight_hh, bias_ih, bias_hh)
        states.append(h)
    return F.stack([*states, c])


def lstm_cell(
    x: Tensor, h0: Tensor, c0: Tensor, weight_ih: Tensor, weight_hh: Tensor,
    bias_ih: Any = None, bias_hh: Any = None,
) -> Tensor:  # fmt: skip
    """One step: the cell forgets by f, takes in i of the new g, and shows o of itself."""
    return _lstm_step(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh)[0]


def _lstm_step(
    x: Tensor, h: Tensor, c: Tensor, weight_ih: Tensor, weight_hh: Tensor, *biases: Any
) -> tuple[Tensor, Tensor]:
    hidden = h.shape[1]
    total = linear(x[0], weight_ih, biases[0]) + linear(h, weight_hh, biases[1])
    i, f, g, o = (total[:, k * hidden : (k + 1) * hidden] for k in range(4))
    cell = F.sigmoid(f) * c + F.sigmoid(i) * F.tanh(g)
    return F.sigmoid(o) * F.tanh(cell), cell


# -- attention ------------------------------------------------------------------------------------


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Any = None, *, is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:  # fmt: skip
    """How well each query meets each key, scaled, masked, as shares of the values."""
    depth = query.shape[-1]
    turned = F.transpose(key, (*range(key.ndim - 2), key.ndim - 1, key.ndim - 2))
    scores = F.matmul(query, turned) * (1 / math.sqrt(max(depth, 1)) if scale is None else scale)
    if is_causal:
        attn_mask = np.tril(np.ones(scores.shape[-2:], bool))
    if attn_mask is None or isinstance(attn_mask, Tensor):
        weights = F.softmax(scores if attn_mask is None else scores + attn_mask)
        return F.matmul(weights, value)
    mask = np.asarray(attn_mask)
    numbers = np.where(mask, 0.0, -np.inf) if mask.dtype == bool else mask
    nothing = np.isneginf(np.broadcast_to(numbers, scores.shape)).all(axis=-1, keepdims=True)
    weights = F.softmax(scores + np.where(nothing, 0.0, numbers))
    if nothing.any():  # who may look at nothing sees nothing
        weights = weights * np.where(nothing, 0.0, 1.0)
    return F.matmul(weights, value)


def self_attention(
    qkv: Tensor, num_heads: int, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """Queries, keys and values cut apart by heads, attention of each, side by side again."""
    n, length, wide = qkv.shape
    channels = wide // 3
    cut = F.reshape(qkv, (n, length, 3, num_heads, channels // num_heads))
    query, key, value = (F.transpose(cut[:, :, i], (0, 2, 1, 3)) for i in range(3))
    mixed = scaled_dot_product_attention(query, key, value, is_causal=is_causal, scale=scale)
    return F.reshape(F.transpose(mixed, (0, 2, 1, 3)), (n, length, channels))


DECOMPOSITIONS: dict[str, Parts] = {
    part.__name__: part
    for part in (
        linear,
        fused_mlp,
        softmax,
        log_softmax,
        cross_entropy,
        mse_loss,
        squared_error,
        hinge_loss,
        conv2d,
        conv2d_max_pool2d,
        layer_norm,
        batch_norm,
        rnn,
        gru,
        lstm,
        scaled_dot_product_attention,
        self_attention,
    )
}

RECURRENT_CELLS: dict[str, Parts] = {"rnn": rnn_cell, "gru": gru_cell, "lstm": lstm_cell}

MULTI_LAYER_OPS = frozenset({"fused_mlp"})
"""Operations that do the work of several layers."""

FUSED_OPS = frozenset(DECOMPOSITIONS)
"""Every operation that can be opened."""
