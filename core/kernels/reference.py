"""The readable engine: plain numpy, one function a kernel. `fast.py` holds its compiled twins.

Pictures are NCHW. Convolution is cross-correlation, as everywhere in deep learning.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.kernels.reference_activations import gelu as gelu
from core.kernels.reference_activations import scaled as scaled
from core.kernels.reference_attention import attention as attention
from core.kernels.reference_attention import self_attention as self_attention
from core.kernels.reference_chain import LinearChain as LinearChain
from core.kernels.reference_conv_pool import ConvPool as ConvPool
from core.kernels.reference_linear import linear as linear
from core.kernels.reference_linear import linear_gradients as linear_gradients
from core.kernels.reference_online import online_descent as online_descent
from core.kernels.reference_recurrent import gru as gru
from core.kernels.reference_recurrent import lstm as lstm
from core.kernels.reference_recurrent import rnn as rnn

Array = NDArray[np.floating]


def windows(x: Array, kernel: int, stride: int) -> Array:
    """All k×k windows of (N, C, H, W) as a view (N, C, OH, OW, k, k)."""
    return sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]


def im2col(x: Array, kernel: int, stride: int) -> Array:
    """(N, C, H, W) → (N, C·k·k, OH·OW): one column a window."""
    n, c = x.shape[:2]
    view = windows(x, kernel, stride)
    rows, columns = view.shape[2:4]
    return np.ascontiguousarray(view.transpose(0, 1, 4, 5, 2, 3)).reshape(
        n, c * kernel * kernel, rows * columns
    )


def col2im(cols: Array, shape: tuple[int, int, int, int], kernel: int, stride: int) -> Array:
    """The transpose of `im2col`: every window's values added back to where they came from."""
    n, c, height, width = shape
    rows, columns = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    parts = cols.reshape(n, c, kernel, kernel, rows, columns)
    x = np.zeros(shape, cols.dtype)
    for i in range(kernel):
        for j in range(kernel):
            x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += parts[
                :, :, i, j
            ]
    return x


def max_pool(x: Array, kernel: int, stride: int) -> tuple[Array, NDArray[np.int32]]:
    """Largest value of each window (N, C, OH, OW) and its place in the picture; ties: first."""
    n, c, _, width = x.shape
    view = windows(x, kernel, stride)
    rows, columns = view.shape[2:4]
    flat = view.reshape(n, c, rows, columns, kernel * kernel)
    best = flat.argmax(axis=-1)
    top = np.arange(rows)[:, None] * stride + best // kernel
    left = np.arange(columns)[None, :] * stride + best % kernel
    value = np.take_along_axis(flat, best[..., None], axis=-1)[..., 0]
    return value, (top * width + left).astype(np.int32)


def max_unpool(g: Array, where: NDArray[np.int32], shape: tuple[int, int, int, int]) -> Array:
    """The gradient of `max_pool`: each value goes back to its winner, overlaps add up."""
    n, c, height, width = shape
    x = np.zeros((n * c, height * width), g.dtype)
    rows = np.arange(n * c)[:, None]
    np.add.at(x, (rows, where.reshape(n * c, -1)), g.reshape(n * c, -1))
    return x.reshape(shape)


def nll_of_softmax(scores: Array, labels: NDArray[np.integer]) -> tuple[float, Array]:
    """Mean cross-entropy of (N, C) scores and its gradient, softmax minus one-hot, over N."""
    n = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)
    rows = np.arange(n)
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
    gradient = powers / total
    gradient[rows, labels] -= 1
    gradient /= n
    return loss, gradient


def sgd(theta: Array, grad: Array, lr: float) -> None:
    """θ ← θ − lr·g, in place."""
    theta -= lr * grad


def momentum(theta: Array, grad: Array, velocity: Array, lr: float, keep: float) -> None:
    """v ← μ·v + g; θ ← θ − lr·v, in place (torch's form: a live rate acts at once)."""
    velocity *= keep
    velocity += grad
    velocity[np.abs(velocity) < 1e-30] = 0
    theta -= lr * velocity


def adam(
    theta: Array, grad: Array, m: Array, v: Array, rate: float, beta1: float, beta2: float,
    correction: float, eps: float,
) -> None:  # fmt: skip
    """m, v: running means of g and g²; θ ← θ − rate·m / (√(v/correction) + ε), in place."""
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    m[np.abs(m) < 1e-30] = 0
    v[v < 1e-30] = 0
    theta -= rate * m / (np.sqrt(v / correction) + eps)
