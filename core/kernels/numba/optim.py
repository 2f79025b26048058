"""Steps of the optimisers, compiled: one pass over the weights, half of them on each core.

The loops are told what is wanted: decay, Nesterov's look ahead, momentum. LLVM makes a loop of its
own for every case, so that plain steps pay nothing for what they do not use.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from core.errors import ShapeError
from core.kernels.llvm.fma import fma
from core.kernels.llvm.jit import compiled, parallel_jit
from core.kernels.reference.optim import NO_DECAY, TINY, WeightDecay
from core.translation import tr

Array = Any
_inline: Any = njit(cache=True, nogil=True, error_model="numpy", inline="always")


@_inline
def _half(array: Array, half: int) -> Array:
    """One half of a vector, from index zero: such a loop runs in wide registers."""
    return array[array.size * half // 2 : array.size * (half + 1) // 2]


@_inline
def _pull(weight: Any, g: Any, l1: Any, l2: Any) -> Any:
    """The gradient with its decay; a weight of zero is drawn to neither side."""
    none = l1 - l1
    return fma(l2, weight, g) + (l1 if weight > none else (-l1 if weight < none else none))


@_inline
def _moved(weight: Any, rate: Any, step: Any, decays: bool, shrink: Any) -> Any:
    """The weight after a step of this rate."""
    return fma(weight, shrink, -rate * step) if decays else fma(-rate, step, weight)


@compiled
def _sgd_part(
    theta: Array, grad: Array, rate: Any, decays: bool, l1: Any, l2: Any, shrink: Any
) -> None:
    for i in range(theta.size):
        weight, g = theta[i], grad[i]
        if decays:
            g = _pull(weight, g, l1, l2)
        theta[i] = _moved(weight, rate, g, decays, shrink)


@parallel_jit
def _sgd(theta: Array, grad: Array, rate: Any, decays: bool, l1: Any, l2: Any, shrink: Any) -> None:
    for h in prange(2):
        _sgd_part(_half(theta, h), _half(grad, h), rate, decays, l1, l2, shrink)


def sgd(theta: Array, grad: Array, lr: float, decay: WeightDecay = NO_DECAY) -> None:
    """See `reference.sgd`."""
    _check(theta, grad)
    _sgd(theta, grad, theta.dtype.type(lr), *_decay(theta, decay))


@compiled
def _momentum_part(
    theta: Array, grad: Array, velocity: Array, rate: Any, keep: Any, tiny: Any, ahead: bool,
    decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    zero = theta.dtype.type(0)
    for i in range(theta.size):
        weight, g = theta[i], grad[i]
        if decays:
            g = _pull(weight, g, l1, l2)
        v = fma(keep, velocity[i], g)
        if abs(v) < tiny:
            v = zero
        velocity[i] = v
        if ahead:
            v = fma(keep, v, g)
        theta[i] = _moved(weight, rate, v, decays, shrink)


@parallel_jit
def _momentum(
    theta: Array, grad: Array, velocity: Array, rate: Any, keep: Any, tiny: Any, ahead: bool,
    decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    for h in prange(2):
        _momentum_part(_half(theta, h), _half(grad, h), _half(velocity, h), rate, keep, tiny,
                       ahead, decays, l1, l2, shrink)  # fmt: skip


def momentum(
    theta: Array, grad: Array, velocity: Array, lr: float, keep: float,
    decay: WeightDecay = NO_DECAY, nesterov: bool = False,
) -> None:  # fmt: skip
    """See `reference.momentum`."""
    _check(theta, grad, velocity)
    _momentum(theta, grad, velocity, *_as(theta, lr, keep, TINY), nesterov, *_decay(theta, decay))


@compiled
def _paced_part(
    theta: Array, grad: Array, square: Array, velocity: Array, rate: Any, keep: Any, alpha: Any,
    rest: Any, eps: Any, tiny: Any, keeps: bool, decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    zero = theta.dtype.type(0)
    for i in range(theta.size):
        weight, g = theta[i], grad[i]
        if decays:
            g = _pull(weight, g, l1, l2)
            s = fma(alpha, square[i], rest * g * g)
        else:  # rounded in the other order, as records of both kinds have it
            s = fma(rest * g, g, alpha * square[i])
        if s < tiny:
            s = zero
        square[i] = s
        v = g / (np.sqrt(s) + eps)
        if keeps:
            v = fma(keep, velocity[i], v)
            if abs(v) < tiny:
                v = zero
            velocity[i] = v
        theta[i] = _moved(weight, rate, v, decays, shrink)


@parallel_jit
def _paced(
    theta: Array, grad: Array, square: Array, velocity: Array, rate: Any, keep: Any, alpha: Any,
    rest: Any, eps: Any, tiny: Any, keeps: bool, decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    """Adagrad and RMSprop: every weight at a pace of its own, alpha·s + rest·g² remembered."""
    for h in prange(2):
        _paced_part(_half(theta, h), _half(grad, h), _half(square, h), _half(velocity, h), rate,
                    keep, alpha, rest, eps, tiny, keeps, decays, l1, l2, shrink)  # fmt: skip


def adagrad(
    theta: Array, grad: Array, total: Array, lr: float, eps: float, decay: WeightDecay = NO_DECAY
) -> None:
    """See `reference.adagrad`."""
    _check(theta, grad, total)
    numbers = _as(theta, lr, 0, 1, 1, eps, TINY)
    _paced(theta, grad, total, total, *numbers, False, *_decay(theta, decay))


def rmsprop(
    theta: Array, grad: Array, square: Array, lr: float, alpha: float, eps: float,
    decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """See `reference.rmsprop`."""
    _check(theta, grad, square)
    numbers = _as(theta, lr, 0, alpha, 1 - alpha, eps, TINY)
    _paced(theta, grad, square, square, *numbers, False, *_decay(theta, decay))


def rmsprop_momentum(
    theta: Array, grad: Array, square: Array, velocity: Array, lr: float, keep: float,
    alpha: float, eps: float, decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """See `reference.rmsprop_momentum`."""
    _check(theta, grad, square, velocity)
    numbers = _as(theta, lr, keep, alpha, 1 - alpha, eps, TINY)
    _paced(theta, grad, square, velocity, *numbers, True, *_decay(theta, decay))


@compiled
def _adam_part(
    theta: Array, grad: Array, m: Array, v: Array, rate: Any, beta1: Any, beta2: Any, rest1: Any,
    rest2: Any, inverse: Any, eps: Any, tiny: Any, decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    zero = theta.dtype.type(0)
    for i in range(theta.size):
        weight, g = theta[i], grad[i]
        if decays:
            g = _pull(weight, g, l1, l2)
        mean = fma(rest1, g, beta1 * m[i])
        square = fma(rest2 * g, g, beta2 * v[i])
        if abs(mean) < tiny:
            mean = zero
        if square < tiny:
            square = zero
        m[i] = mean
        v[i] = square
        theta[i] = fma(weight, shrink, -rate * mean / (np.sqrt(square * inverse) + eps))


@parallel_jit
def _adam(
    theta: Array, grad: Array, m: Array, v: Array, rate: Any, beta1: Any, beta2: Any, rest1: Any,
    rest2: Any, inverse: Any, eps: Any, tiny: Any, decays: bool, l1: Any, l2: Any, shrink: Any,
) -> None:  # fmt: skip
    for h in prange(2):
        _adam_part(_half(theta, h), _half(grad, h), _half(m, h), _half(v, h), rate, beta1, beta2,
                   rest1, rest2, inverse, eps, tiny, decays, l1, l2, shrink)  # fmt: skip


def adam(
    theta: Array, grad: Array, m: Array, v: Array, rate: float, beta1: float, beta2: float,
    correction: float, eps: float, decay: WeightDecay = NO_DECAY,
) -> None:  # fmt: skip
    """See `reference.adam`."""
    _check(theta, grad, m, v)
    numbers = _as(theta, rate, beta1, beta2, 1 - beta1, 1 - beta2, 1 / correction, eps, TINY)
    _adam(theta, grad, m, v, *numbers, *_decay(theta, decay))


@compiled
def _running_mean(mean: Array, theta: Array, keep: Any, rest: Any, tiny: Any) -> None:
    zero = theta.dtype.type(0)
    for i in range(theta.size):
        m = fma(keep, mean[i], rest * theta[i])
        mean[i] = zero if abs(m) < tiny else m


def ema_update(mean: Array, theta: Array, keep: float) -> None:
    """See `reference.ema_update`."""
    _check(theta, mean)
    _running_mean(mean, theta, *_as(theta, keep, 1 - keep, TINY))


def _as(theta: Array, *numbers: float) -> tuple[Any, ...]:
    """Numbers of the type of the weights, lest float64 creeps into float32."""
    of = theta.dtype.type
    return tuple(of(number) for number in numbers)


def _check(theta: Array, *vectors: Array) -> None:
    """Refuse vectors of other lengths or types than the weights. Raises ShapeError."""
    for vector in vectors:
        if vector.shape != theta.shape or vector.dtype != theta.dtype or theta.ndim != 1:
            raise ShapeError(
                tr(
                    "Weights {shape} of {dtype} beside {vector_shape} of {vector_dtype}: both "
                    "must be vectors of one length and type."
                ).format(
                    shape=theta.shape,
                    dtype=theta.dtype,
                    vector_shape=vector.shape,
                    vector_dtype=vector.dtype,
                )
            )


def _decay(theta: Array, decay: WeightDecay) -> tuple[Any, ...]:
    """(whether there is any, l1, l2, shrink) as the loops take them."""
    return decay != NO_DECAY, *_as(theta, *decay)
