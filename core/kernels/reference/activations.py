"""Functions of each number by itself, in plain numpy, where they are more than one line."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

ERF_SCALE = 0.3275911
ERF_TAIL = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
"""erf(z) ≈ 1 − (…(a₅·t + a₄)·t + … + a₁)·t·e^(−z²), t = 1/(1 + scale·z): 7.1.26, a₅ first."""

_erf64 = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x: Array) -> tuple[Array, Array]:
    """x·Φ(x) and its slope."""
    bell = np.exp(-0.5 * x * x)
    phi = normal_cdf(x, bell)
    return x * phi, phi + x * bell / math.sqrt(2 * math.pi)


def normal_cdf(x: Array, bell: Array) -> Array:
    """Φ(x), given e^(−x²/2). float32: erf after Abramowitz & Stegun 7.1.26, |error| < 4·10⁻⁷."""
    if x.dtype == np.float64:
        return 0.5 * (1 + _erf64(x / math.sqrt(2)))
    t = 1 / (1 + ERF_SCALE / math.sqrt(2) * np.abs(x))
    tail = np.zeros_like(x)
    for a in ERF_TAIL:
        tail = (tail + a) * t
    half = 0.5 * tail * bell
    return np.where(x > 0, 1 - half, half)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ) by powers of e that are at most 1; relative accuracy on both sides."""
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def scaled(g: Array, slope: Array) -> Array:
    """g·slope: the gradient of a function of each number by itself."""
    return g * slope
