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
from core.kernels.reference_normalization import layer_norm as layer_norm
from core.kernels.reference_normalization import layer_norm_gradients as layer_norm_gradients
from core.kernels.reference_online import online_descent as online_descent
from core.kernels.reference_optim import adagrad as adagrad
from core.kernels.reference_optim import adam as adam
from core.kernels.reference_optim import momentum as momentum
from core.kernels.reference_optim import nesterov as nesterov
from core.kernels.reference_optim import rmsprop as rmsprop
from core.kernels.reference_optim import rmsprop_momentum as rmsprop_momentum
from core.kernels.reference_optim import running_mean as running_mean
from core.kernels.reference_optim import sgd as sgd
from core.kernels.reference_recurrent import gru as gru
from core.kernels.reference_recurrent import lstm as lstm
from core.kernels.reference_recurrent import rnn as rnn

Array = NDArray[np.floating]
Pair = tuple[int, int]


def windows(x: Array, size: Pair, stride: Pair) -> Array:
    """All windows of (N, C, H, W) as a view (N, C, OH, OW, kh, kw)."""
    return sliding_window_view(x, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


def im2col(x: Array, size: Pair, stride: Pair) -> Array:
    """(N, C, H, W) → (N, C·kh·kw, OH·OW): one column a window."""
    n, c = x.shape[:2]
    view = windows(x, size, stride)
    rows, columns = view.shape[2:4]
    return np.ascontiguousarray(view.transpose(0, 1, 4, 5, 2, 3)).reshape(
        n, c * size[0] * size[1], rows * columns
    )


def col2im(cols: Array, shape: tuple[int, int, int, int], size: Pair, stride: Pair) -> Array:
    """The transpose of `im2col`: every window's values added back to where they came from."""
    n, c, height, width = shape
    rows, columns = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    parts = cols.reshape(n, c, *size, rows, columns)
    x = np.zeros(shape, cols.dtype)
    for i, j in np.ndindex(*size):
        down, right = slice(i, i + stride[0] * rows), slice(j, j + stride[1] * columns)
        x[:, :, down, right][:, :, :: stride[0], :: stride[1]] += parts[:, :, i, j]
    return x


def max_pool(x: Array, size: Pair, stride: Pair) -> tuple[Array, NDArray[np.int32]]:
    """Largest value of each window, and its place in the picture, row·W + column; first wins."""
    view = windows(x, size, stride)
    rows, columns = view.shape[2:4]
    flat = view.reshape(*view.shape[:4], size[0] * size[1])
    winner = flat.argmax(axis=-1)
    value = np.take_along_axis(flat, winner[..., None], axis=-1)[..., 0]
    top = stride[0] * np.arange(rows)[:, None] + winner // size[1]
    left = stride[1] * np.arange(columns) + winner % size[1]
    return value, (top * x.shape[3] + left).astype(np.int32)


def max_unpool(g: Array, where: NDArray[np.int32], shape: tuple[int, int, int, int]) -> Array:
    """The gradient of `max_pool`: each value goes back to its winner, overlaps add up."""
    n, c, height, width = shape
    x = np.zeros((n * c, height * width), g.dtype)
    rows = np.arange(n * c)[:, None]
    flat = n * c, g.shape[2] * g.shape[3]
    np.add.at(x, (rows, where.reshape(flat)), g.reshape(flat))
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
