"""The compiled engine: the loops of `reference.py` in numba, without temporaries.

Every kernel releases the GIL. Import this module only where compiling is welcome.
"""

import os
from typing import Any

from core.kernels.simd.compiled import in_halves
from core.kernels.threads import apply_threads, prepare_threads
from core.paths import cache_dir

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
prepare_threads()

import numpy as np
from numba import njit, prange

from core.kernels.fast_activations import gelu as gelu
from core.kernels.fast_activations import scaled as scaled
from core.kernels.fast_attention import attention as attention
from core.kernels.fast_attention import self_attention as self_attention
from core.kernels.fast_chain import LinearChain as LinearChain
from core.kernels.fast_conv_pool import ConvPool as ConvPool
from core.kernels.fast_linear import linear as linear
from core.kernels.fast_linear import linear_gradients as linear_gradients
from core.kernels.fast_online import online_descent as online_descent
from core.kernels.fast_recurrent import gru as gru
from core.kernels.fast_recurrent import lstm as lstm
from core.kernels.fast_recurrent import rnn as rnn

Array = Any


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _take(row: Array, start: int, stride: int, into: Array, first: int, count: int) -> None:
    for q in range(count):
        into[first + q] = row[start + q * stride]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _give_back(row: Array, start: int, stride: int, of: Array, first: int, count: int) -> None:
    for q in range(count):
        row[start + q * stride] += of[first + q]


@njit(cache=True, nogil=True, error_model="numpy")
def _im2col(x: Array, cols: Array, kernel: int, stride: int, rows: int, columns: int) -> None:
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(kernel):
                for j in range(kernel):
                    k = (c * kernel + i) * kernel + j
                    for r in range(rows):
                        row = x[n, c, r * stride + i]
                        if stride == 1:  # a literal stride lets the loop use wide registers
                            _take(row, j, 1, cols[n, k], r * columns, columns)
                        else:
                            _take(row, j, stride, cols[n, k], r * columns, columns)


def im2col(x: Array, kernel: int, stride: int) -> Array:
    """See `reference.im2col`."""
    n, c, height, width = x.shape
    rows, columns = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    cols = np.empty((n, c * kernel * kernel, rows * columns), x.dtype)
    _im2col(np.ascontiguousarray(x), cols, kernel, stride, rows, columns)
    return cols


@njit(cache=True, nogil=True, error_model="numpy")
def _col2im(cols: Array, x: Array, kernel: int, stride: int, rows: int, columns: int) -> None:
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(kernel):
                for j in range(kernel):
                    k = (c * kernel + i) * kernel + j
                    for r in range(rows):
                        row = x[n, c, r * stride + i]
                        if stride == 1:
                            _give_back(row, j, 1, cols[n, k], r * columns, columns)
                        else:
                            _give_back(row, j, stride, cols[n, k], r * columns, columns)


def col2im(cols: Array, shape: tuple[int, int, int, int], kernel: int, stride: int) -> Array:
    """See `reference.col2im`."""
    rows, columns = (shape[2] - kernel) // stride + 1, (shape[3] - kernel) // stride + 1
    x = np.zeros(shape, cols.dtype)
    _col2im(np.ascontiguousarray(cols), x, kernel, stride, rows, columns)
    return x


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _better(candidate: Any, its_place: Any, best: Any, place: Any) -> tuple[Any, Any]:
    wins = (candidate > best) | (candidate != candidate)  # a NaN must not get lost
    return candidate if wins else best, its_place if wins else place


@njit(cache=True, nogil=True, error_model="numpy")
def _max_pool(x: Array, value: Array, where: Array, kernel: int, stride: int) -> None:
    width = x.shape[3]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for r in range(value.shape[2]):
                for q in range(value.shape[3]):
                    top, left = r * stride, q * stride
                    best = x[n, c, top, left]
                    place = top * width + left
                    for i in range(kernel):
                        for j in range(kernel):
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


def max_pool(x: Array, kernel: int, stride: int) -> tuple[Array, Array]:
    """See `reference.max_pool`."""
    n, c, height, width = x.shape
    rows, columns = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    value = np.empty((n, c, rows, columns), x.dtype)
    where = np.empty((n, c, rows, columns), np.int32)
    x = np.ascontiguousarray(x)
    if kernel == stride == 2:
        _max_pool_2x2(x, value, where)
    else:
        _max_pool(x, value, where, kernel, stride)
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


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _sgd_part(theta: Array, grad: Array, rate: Any) -> None:
    for i in range(theta.size):  # from zero: an index that cannot be negative lets it run wide
        theta[i] -= rate * grad[i]


@in_halves
def _sgd(theta: Array, grad: Array, rate: Any) -> None:
    for half in prange(2):
        part = slice(theta.size * half // 2, theta.size * (half + 1) // 2)
        _sgd_part(theta[part], grad[part], rate)


def sgd(theta: Array, grad: Array, lr: float) -> None:
    """See `reference.sgd`."""
    _sgd(theta, grad, np.float32(lr))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _momentum_part(theta: Array, grad: Array, velocity: Array, rate: Any, keep: Any) -> None:
    tiny = np.float32(1e-30)
    for i in range(theta.size):
        v = keep * velocity[i] + grad[i]
        if abs(v) < tiny:
            v = np.float32(0)
        velocity[i] = v
        theta[i] -= rate * v


@in_halves
def _momentum(theta: Array, grad: Array, velocity: Array, rate: Any, keep: Any) -> None:
    for half in prange(2):
        part = slice(theta.size * half // 2, theta.size * (half + 1) // 2)
        _momentum_part(theta[part], grad[part], velocity[part], rate, keep)


def momentum(theta: Array, grad: Array, velocity: Array, lr: float, keep: float) -> None:
    """See `reference.momentum`."""
    _momentum(theta, grad, velocity, np.float32(lr), np.float32(keep))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _adam(
    theta: Array, grad: Array, m: Array, v: Array, rate: float, beta1: float, beta2: float,
    correction: float, eps: float,
) -> None:  # fmt: skip
    step, b1, b2 = np.float32(rate), np.float32(beta1), np.float32(beta2)
    c1, c2 = np.float32(1 - beta1), np.float32(1 - beta2)
    tiny, small = np.float32(1e-30), np.float32(eps)
    inverse = np.float32(1 / correction)
    for i in range(theta.size):
        g = grad[i]
        mean = b1 * m[i] + c1 * g
        square = b2 * v[i] + c2 * g * g
        if abs(mean) < tiny:
            mean = np.float32(0)
        if square < tiny:
            square = np.float32(0)
        m[i] = mean
        v[i] = square
        theta[i] -= step * mean / (np.sqrt(square * inverse) + small)


adam = _adam

apply_threads()
