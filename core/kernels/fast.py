"""The compiled engine: the loops of `reference.py` in numba, without temporaries.

Every kernel releases the GIL. Import this module only where compiling is welcome.
"""

import os
from typing import Any

from core.kernels.threads import apply_threads, prepare_threads
from core.paths import cache_dir

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
prepare_threads()

import numpy as np
from numba import njit

from core.kernels.fast_activations import gelu as gelu
from core.kernels.fast_activations import scaled as scaled
from core.kernels.fast_attention import attention as attention
from core.kernels.fast_attention import self_attention as self_attention
from core.kernels.fast_chain import LinearChain as LinearChain
from core.kernels.fast_conv_pool import ConvPool as ConvPool
from core.kernels.fast_linear import linear as linear
from core.kernels.fast_linear import linear_gradients as linear_gradients
from core.kernels.fast_normalization import layer_norm as layer_norm
from core.kernels.fast_normalization import layer_norm_gradients as layer_norm_gradients
from core.kernels.fast_online import online_descent as online_descent
from core.kernels.fast_optim import adagrad as adagrad
from core.kernels.fast_optim import adam as adam
from core.kernels.fast_optim import momentum as momentum
from core.kernels.fast_optim import nesterov as nesterov
from core.kernels.fast_optim import rmsprop as rmsprop
from core.kernels.fast_optim import rmsprop_momentum as rmsprop_momentum
from core.kernels.fast_optim import running_mean as running_mean
from core.kernels.fast_optim import sgd as sgd
from core.kernels.fast_recurrent import gru as gru
from core.kernels.fast_recurrent import lstm as lstm
from core.kernels.fast_recurrent import rnn as rnn

Array = Any
Pair = tuple[int, int]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _take(row: Array, start: int, stride: int, into: Array, first: int, count: int) -> None:
    for q in range(count):
        into[first + q] = row[start + q * stride]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _give_back(row: Array, start: int, stride: int, of: Array, first: int, count: int) -> None:
    for q in range(count):
        row[start + q * stride] += of[first + q]


@njit(cache=True, nogil=True, error_model="numpy")
def _im2col(
    x: Array, cols: Array, high: int, wide: int, down: int, right: int, columns: int
) -> None:
    rows = cols.shape[2] // columns if columns else 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(high):
                for j in range(wide):
                    k = (c * high + i) * wide + j
                    for r in range(rows):
                        row = x[n, c, r * down + i]
                        if right == 1:  # a literal stride lets the loop use wide registers
                            _take(row, j, 1, cols[n, k], r * columns, columns)
                        else:
                            _take(row, j, right, cols[n, k], r * columns, columns)


def im2col(x: Array, size: Pair, stride: Pair) -> Array:
    """See `reference.im2col`."""
    n, c, height, width = x.shape
    rows, columns = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    cols = np.empty((n, c * size[0] * size[1], rows * columns), x.dtype)
    _im2col(np.ascontiguousarray(x), cols, *size, *stride, columns)
    return cols


@njit(cache=True, nogil=True, error_model="numpy")
def _col2im(
    cols: Array, x: Array, high: int, wide: int, down: int, right: int, columns: int
) -> None:
    rows = cols.shape[2] // columns if columns else 0
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(high):
                for j in range(wide):
                    k = (c * high + i) * wide + j
                    for r in range(rows):
                        row = x[n, c, r * down + i]
                        if right == 1:
                            _give_back(row, j, 1, cols[n, k], r * columns, columns)
                        else:
                            _give_back(row, j, right, cols[n, k], r * columns, columns)


def col2im(cols: Array, shape: tuple[int, int, int, int], size: Pair, stride: Pair) -> Array:
    """See `reference.col2im`."""
    columns = (shape[3] - size[1]) // stride[1] + 1
    x = np.zeros(shape, cols.dtype)
    _col2im(np.ascontiguousarray(cols), x, *size, *stride, columns)
    return x


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _better(candidate: Any, its_place: Any, best: Any, place: Any) -> tuple[Any, Any]:
    wins = (candidate > best) | (candidate != candidate)  # a NaN must not get lost
    return candidate if wins else best, its_place if wins else place


@njit(cache=True, nogil=True, error_model="numpy")
def _max_pool(
    x: Array, value: Array, where: Array, high: int, wide: int, down: int, right: int
) -> None:
    width = x.shape[3]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for r in range(value.shape[2]):
                for q in range(value.shape[3]):
                    top, left = r * down, q * right
                    best = x[n, c, top, left]
                    place = top * width + left
                    for i in range(high):
                        for j in range(wide):
                            its_place = (top + i) * width + left + j
                            best, place = _better(
                                x[n, c, top + i, left + j], its_place, best, place
                            )
                    value[n, c, r, q] = best
                    where[n, c, r, q] = place


@njit(cache=True, nogil=True, error_model="numpy")
def _max_pool_2x2(x: Array, value: Array, where: Array) -> None:
    width = np.int32(x.shape[3])
    right, below, across = np.int32(1), width, width + np.int32(1)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for r in range(value.shape[2]):
                upper, lower = x[n, c, 2 * r], x[n, c, 2 * r + 1]
                values, places = value[n, c, r], where[n, c, r]
                for q in range(values.size):  # no branches: wide registers, six times as fast
                    first = np.int32(2 * (r * width + q))
                    best, place = _better(upper[2 * q + 1], first + right, upper[2 * q], first)
                    best, place = _better(lower[2 * q], first + below, best, place)
                    values[q], places[q] = _better(lower[2 * q + 1], first + across, best, place)


def max_pool(x: Array, size: Pair, stride: Pair) -> tuple[Array, Array]:
    """See `reference.max_pool`."""
    n, c, height, width = x.shape
    rows, columns = (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1
    value = np.empty((n, c, rows, columns), x.dtype)
    where = np.empty((n, c, rows, columns), np.int32)
    x = np.ascontiguousarray(x)
    if size == stride == (2, 2):
        _max_pool_2x2(x, value, where)
    else:
        _max_pool(x, value, where, *size, *stride)
    return value, where


@njit(cache=True, nogil=True, error_model="numpy")
def _max_unpool(g: Array, where: Array, x: Array) -> None:
    for n in range(g.shape[0]):
        for c in range(g.shape[1]):
            for r in range(g.shape[2]):
                for q in range(g.shape[3]):
                    x[n, c, where[n, c, r, q]] += g[n, c, r, q]


def max_unpool(g: Array, where: Array, shape: tuple[int, int, int, int]) -> Array:
    """See `reference.max_unpool`."""
    n, c, height, width = shape
    x = np.zeros((n, c, height * width), g.dtype)
    _max_unpool(np.ascontiguousarray(g), where, x)
    return x.reshape(shape)


@njit(cache=True, nogil=True, error_model="numpy")
def _nll_of_softmax(scores: Array, labels: Array, gradient: Array) -> float:
    n, classes = scores.shape
    loss = 0.0
    for i in range(n):
        top = scores[i, 0]
        for c in range(1, classes):
            top = max(top, scores[i, c])
        total = scores.dtype.type(0)
        for c in range(classes):
            gradient[i, c] = np.exp(scores[i, c] - top)
            total += gradient[i, c]
        loss += np.log(total) - (scores[i, labels[i]] - top)
        for c in range(classes):
            gradient[i, c] /= total * n
        gradient[i, labels[i]] -= scores.dtype.type(1) / n
    return loss / n


def nll_of_softmax(scores: Array, labels: Array) -> tuple[float, Array]:
    """See `reference.nll_of_softmax`."""
    gradient = np.empty_like(scores)
    loss = _nll_of_softmax(np.ascontiguousarray(scores), labels, gradient)
    return loss, gradient


apply_threads()
