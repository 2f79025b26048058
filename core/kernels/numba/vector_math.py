"""e to the x, sigmoid and tanh as plain arithmetic, so that a compiled loop can use wide registers.

A loop that calls the C library's exp takes one number at a time. Here

    e^x = 2^n · e^r        n = x / log 2, rounded; |r| ≤ log(2) / 2
    e^r = 1 + r + r²·p(r)  p: nearly the Taylor series, with the smallest largest error

and 2^n is added to the exponent's bits. float32; relative errors stay below 2·10⁻⁷. A NaN stays
a NaN.
"""

from typing import Any

import numpy as np
from numba import njit

Array = Any

_LOG2_E = np.float32(1.44269504)
_LOG_2_HIGH = np.float32(0.693359375)  # few bits, so that n times it is exact
_LOG_2_LOW = np.float32(-2.12194440e-4)
_ROUNDER = np.float32(12582912)  # 1.5·2²³: adding it leaves the whole number in the last bits
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(p) for p in (0.499999934, 0.166665206, 0.0416683881, 0.00836871698, 0.00138145986)
)
_ONE, _TWO, _ZERO = np.float32(1), np.float32(2), np.float32(0)
_EXPONENT = np.int32(23)
_LEAST, _MOST = np.float32(-87), np.float32(87)
_FLAT = np.float32(20)


@njit(inline="always")
def _bits(x: Any) -> Any:
    return np.float32(x).view(np.int32)


@njit(inline="always")
def _number(bits: Any) -> Any:
    return np.int32(bits).view(np.float32)


@njit(inline="always")
def _parts(x: Any) -> Any:
    """(bits of n, e^r − 1) of a number between `_LEAST` and `_MOST`."""
    shifted = x * _LOG2_E + _ROUNDER
    n = shifted - _ROUNDER
    r = x - n * _LOG_2_HIGH - n * _LOG_2_LOW
    p = (((_P4 * r + _P3) * r + _P2) * r + _P1) * r + _P0
    return _bits(shifted) << _EXPONENT, r + r * r * p


@njit(inline="always")
def exp(x: Any) -> Any:
    """e^x; zero where x is below −87, e^87 above 87."""
    inside = _LEAST if x < _LEAST else x
    inside = _MOST if x > _MOST else inside
    bits, less = _parts(inside)
    return _ZERO if x < _LEAST else _number(_bits(less + _ONE) + bits)


@njit(inline="always")
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^−x)."""
    return _ONE / (_ONE + exp(-x))


@njit(inline="always")
def tanh(x: Any) -> Any:
    """(e^2x − 1) / (e^2x + 1), its numerator found without cancellation."""
    x = x + x
    x = -_FLAT if x < -_FLAT else x
    x = _FLAT if x > _FLAT else x
    bits, less = _parts(x)
    scale = _number(_bits(_ONE) + bits)
    above = scale * less + (scale - _ONE)
    return above / (above + _TWO)
