"""How weights begin. All take a numpy Generator, so that a seed fixes them."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(inputs, outputs) that meet at one unit of a weight (out, in, …)."""
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> Array:
    """Even between −bound and bound."""
    return rng.uniform(-bound, bound, shape).astype(np.float32)


def fan_in_uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int) -> Array:
    """Even in ±1/√inputs: torch's default, and the original's."""
    return uniform(rng, shape, 1 / math.sqrt(fan_in))


def normal(rng: np.random.Generator, shape: tuple[int, ...], std: float) -> Array:
    """Normal around zero."""
    return (rng.standard_normal(shape) * std).astype(np.float32)


def xavier(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Even in ±√(6 / (in + out)): keeps the size of signals through tanh (Glorot & Bengio 2010)."""
    return uniform(rng, shape, math.sqrt(6 / sum(fans(shape))))


def he(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Normal with variance 2/in: keeps the size of signals through ReLU (He et al. 2015)."""
    return normal(rng, shape, math.sqrt(2 / fans(shape)[0]))
