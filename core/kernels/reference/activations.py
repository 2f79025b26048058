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
    """x·Φ(x) and its slope. float32: erf after Abramowitz & Stegun 7.1.26, |error| < 4·10⁻⁷."""
    bell = np.exp(-0.5 * x * x)
    if x.dtype == np.float64:
        phi = 0.5 * (1 + _erf64(x / math.sqrt(2)))
    else:
        t = 1 / (1 + ERF_SCALE / math.sqrt(2) * np.abs(x))
        tail = np.zeros_like(x)
        for a in ERF_TAIL:
            tail = (tail + a) * t
        half = 0.5 * tail * bell
        phi = np.where(x > 0, 1 - half, half)
    return x * phi, phi + x * bell / math.sqrt(2 * math.pi)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ) by powers of e that are at most 1; relative accuracy on both sides."""
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def scaled(g: Array, slope: Array) -> Array:
    """g·slope: the gradient of a function of each number by itself."""
    return g * slope
