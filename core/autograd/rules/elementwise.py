"""Elementwise rules. Shapes broadcast as in numpy; the tape undoes it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd.tape import Array, Pullback, op
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]


@op
def add(a: Any, b: Any) -> Result:
    """a + b."""
    return a + b, lambda g: (g, g)


@op
def sub(a: Any, b: Any) -> Result:
    """a − b."""
    return a - b, lambda g: (g, -g)


@op
def mul(a: Any, b: Any) -> Result:
    """a·b, elementwise."""
    return a * b, lambda g: (g * b, g * a)


@op
def div(a: Any, b: Any) -> Result:
    """a / b, with both gradients."""
    y = a / b
    return y, lambda g: (g / b, -g * y / b)


@op
def neg(a: Any) -> Result:
    """−a."""
    return -a, lambda g: -g


@op
def pow(a: Any, exponent: float) -> Result:
    """a to a constant power."""
    return a**exponent, lambda g: g * exponent * a ** (exponent - 1)


@op
def square(a: Any) -> Result:
    """a²."""
    return a * a, lambda g: 2 * g * a


@op
def exp(a: Any) -> Result:
    """e to the a."""
    y = np.exp(a)
    return y, lambda g: g * y


@op
def log(a: Any) -> Result:
    """Natural logarithm."""
    return np.log(a), lambda g: g / a


@op
def sqrt(a: Any) -> Result:
    """Square root."""
    y = np.sqrt(a)
    return y, lambda g: g / (2 * y)


@op
def sin(a: Any) -> Result:
    """Sine."""
    return np.sin(a), lambda g: g * np.cos(a)


@op
def cos(a: Any) -> Result:
    """Cosine."""
    return np.cos(a), lambda g: -g * np.sin(a)


@op
def abs(a: Any) -> Result:
    """|a|; slope 0 at 0."""
    return np.abs(a), lambda g: g * np.sign(a)


@op
def maximum(a: Any, b: Any) -> Result:
    """The larger of both; equal values share the gradient, as in torch."""
    return np.maximum(a, b), _to_the_winner(np.greater(a, b), np.equal(a, b))


@op
def minimum(a: Any, b: Any) -> Result:
    """The smaller of both; equal values share the gradient, as in torch."""
    return np.minimum(a, b), _to_the_winner(np.less(a, b), np.equal(a, b))


def _to_the_winner(first: NDArray[np.bool_], both: NDArray[np.bool_]) -> Pullback:
    """The pullback that gives all to the first where it won, half where both did."""
    share_of_first = first + 0.5 * both

    def pullback(g: Array) -> tuple[Array, Array]:
        share = share_of_first.astype(g.dtype)
        return g * share, g * (1 - share)

    return pullback


@op
def relu(a: Any) -> Result:
    """max(a, 0); slope 0 at 0."""
    y = np.maximum(a, 0)
    return y, lambda g: g * (y > 0)


@op
def sigmoid(a: Any) -> Result:
    """1 / (1 + e⁻ᵃ), computed as (1 + tanh(a/2)) / 2, which never overflows."""
    y = 0.5 * np.tanh(0.5 * a) + 0.5
    return y, lambda g: g * y * (1 - y)


@op
def tanh(a: Any) -> Result:
    """Hyperbolic tangent."""
    y = np.tanh(a)
    return y, lambda g: g * (1 - y * y)


@op
def gelu(a: Any) -> Result:
    """a·Φ(a), exact form (Hendrycks & Gimpel 2016)."""
    y, slope = kernel("gelu")(a)
    return y, lambda g: kernel("scaled")(g, slope)
