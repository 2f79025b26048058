"""Weight initializers, torch's nn.init: each returns an array drawn from a numpy Generator.

Deterministic ones take the generator too, so that all are interchangeable.
"""

import math

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe
from core.errors import ArgumentError, ShapeError
from core.translation import tr

Array = NDArray[np.float32]


def _generator(rng: np.random.Generator) -> np.random.Generator:
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError(
            tr(
                "rng is {rng}; it must be a numpy Generator, such as np.random.default_rng(0)."
            ).format(rng=describe(rng))
        )
    return rng


def fan_in_and_fan_out(shape: tuple[int, ...]) -> tuple[int, int]:
    """(inputs, outputs) that meet at one unit of a weight (out, in, …). Raises ShapeError."""
    if len(shape) < 2:
        raise ShapeError(
            tr("A weight {shape} has no inputs and outputs to count: (out, in, …).").format(
                shape=shape
            )
        )
    window = math.prod(shape[2:])
    if not window * shape[0] * shape[1]:
        raise ShapeError(tr("A weight {shape} has no number.").format(shape=shape))
    return shape[1] * window, shape[0] * window


def constant(rng: np.random.Generator, shape: tuple[int, ...], value: float) -> Array:
    """The same number everywhere. As a weight it lets all units of a layer learn the same."""
    return np.full(shape, value, np.float32)


def zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Zeros: right for biases, fatal for the weights of hidden layers."""
    return constant(rng, shape, 0.0)


def uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> Array:
    """Uniform between −bound and bound."""
    return _generator(rng).uniform(-bound, bound, shape).astype(np.float32)


def fan_in_uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int) -> Array:
    """Uniform in ±1/√inputs: torch's default, and the original's."""
    return uniform(rng, shape, 1 / math.sqrt(fan_in) if fan_in > 0 else 0.0)


def normal(rng: np.random.Generator, shape: tuple[int, ...], std: float) -> Array:
    """Normal with mean zero."""
    return (_generator(rng).standard_normal(shape) * std).astype(np.float32)


def xavier_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in ±√(6 / (in + out)): keeps the signal size through tanh (Glorot & Bengio 2010)."""
    return uniform(rng, shape, math.sqrt(6 / sum(fan_in_and_fan_out(shape))))


def xavier_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal with the variance of `xavier_uniform`, 2 / (in + out)."""
    return normal(rng, shape, math.sqrt(2 / sum(fan_in_and_fan_out(shape))))


def kaiming_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal with variance 2/in: keeps the size of signals through ReLU (He et al. 2015)."""
    return normal(rng, shape, math.sqrt(2 / fan_in_and_fan_out(shape)[0]))


def kaiming_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in ±√(6/in), with the variance of `kaiming_normal`."""
    return uniform(rng, shape, math.sqrt(6 / fan_in_and_fan_out(shape)[0]))


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], gain: float = 1.0) -> Array:
    """A random rotation, times `gain`: keeps lengths and angles (Saxe, McClelland & Ganguli 2014).

    Of (out, in, …) seen as a matrix (out, rest), the rows are at right angles where there are no
    more rows than columns, otherwise the columns. Raises ShapeError for fewer than two axes.
    """
    if len(shape) < 2:
        raise ShapeError(
            tr("An orthogonal weight has at least two axes, not {shape}.").format(shape=shape)
        )
    rows, columns = shape[0], math.prod(shape[1:])
    longer, shorter = max(rows, columns), min(rows, columns)
    q, r = np.linalg.qr(_generator(rng).standard_normal((longer, shorter)))
    # QR alone prefers some rotations; with the diagonal of R positive all are equally likely.
    q *= np.where(np.diag(r) < 0, -1, 1)
    return np.ascontiguousarray(gain * (q if rows > columns else q.T), np.float32).reshape(shape)
