"""Elementwise rules. Shapes broadcast as in numpy; the tape undoes it."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.autograd.tape import Array, Pullback, op
from core.autograd.tensor import raw
from core.errors import LabError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]
GeluForm = Literal["none", "tanh"]


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
def pow(a: Any, exponent: Any, needs: tuple[bool, bool] = (True, True)) -> Result:
    """a to a power, constant or not; 0⁰ is 1 and has no slope, as in torch."""
    y = a**exponent

    def pullback(g: Array) -> tuple[Array | None, Array | None]:
        d_a = d_exponent = None
        if needs[0]:
            d_a = g * exponent * a ** _one_less(exponent, a)
        if needs[1]:
            nowhere = np.equal(raw(a), 0) & np.greater_equal(raw(exponent), 0)
            d_exponent = g * y * np.log(a + nowhere)
        return d_a, d_exponent

    return y, pullback


def _one_less(exponent: Any, a: Any) -> Any:
    """exponent − 1, but 0 where that would divide zero by zero."""
    if isinstance(exponent, int | float):
        return exponent - 1 if exponent else 0
    return exponent - 1 + (np.equal(raw(exponent), 0) & np.equal(raw(a), 0))


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
def expm1(a: Any) -> Result:
    """eᵃ − 1, exact near 0."""
    y = np.expm1(a)
    return y, lambda g: g * (y + 1)


@op
def log1p(a: Any) -> Result:
    """log(1 + a), exact near 0."""
    return np.log1p(a), lambda g: g / (1 + a)


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
def where(condition: Any, a: Any, b: Any) -> Result:
    """a where the condition holds, b elsewhere; the condition gets no gradient."""
    chosen = np.not_equal(raw(condition), 0)

    def pullback(g: Array) -> tuple[None, Array, Array]:
        return None, np.where(chosen, g, 0), np.where(chosen, 0, g)

    return np.where(chosen, a, b), pullback


@op
def clamp(a: Any, min: float | None = None, max: float | None = None) -> Result:
    """a, raised to `min` and lowered to `max`; at the bounds the slope is still 1, as in torch.

    Bounds are constants that broadcast; None is no bound, and `max` wins over a larger `min`.
    Raises LabError without any bound.
    """
    if min is None and max is None:
        raise LabError("clamp() needs `min`, `max` or both.")
    y, inside = a, np.ones(a.shape, bool)
    if min is not None:
        y, inside = np.maximum(y, min), inside & np.greater_equal(raw(a), min)
    if max is not None:
        y, inside = np.minimum(y, max), inside & np.less_equal(raw(a), max)
    return y, lambda g: np.where(inside, g, 0)


clip = clamp
"""numpy's name for `clamp`."""


@op
def relu(a: Any) -> Result:
    """max(a, 0); slope 0 at 0."""
    y = np.maximum(a, 0)
    return y, lambda g: g * (y > 0)


@op
def leaky_relu(a: Any, negative_slope: float = 0.01) -> Result:
    """a above 0, negative_slope·a elsewhere (Maas et al. 2013)."""
    slope = np.where(raw(a) > 0, 1, negative_slope).astype(a.dtype)
    return a * slope, lambda g: g * slope


@op
def softplus(a: Any, beta: float = 1.0, threshold: float = 20.0) -> Result:
    """log(1 + e^(beta·a)) / beta; a itself where beta·a exceeds `threshold` (Dugas et al. 2001)."""
    z = a * beta
    straight = np.greater(raw(z), threshold)
    curve = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta
    return (
        np.where(straight, a, curve),
        lambda g: g * np.where(straight, 1, 0.5 * np.tanh(0.5 * z) + 0.5),
    )


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
def gelu(a: Any, approximate: GeluForm = "none") -> Result:
    """a·Φ(a), exact or by a tanh (Hendrycks & Gimpel 2016). Raises LabError for another form."""
    if approximate == "tanh":
        return _gelu_by_tanh(a)
    if approximate != "none":
        raise LabError(f'gelu(approximate="{approximate}"): “none” or “tanh”.')
    y, slope = kernel("gelu")(a)
    return y, lambda g: kernel("scaled")(g, slope)


def _gelu_by_tanh(a: Any) -> Result:
    """Φ(a) ≈ (1 + tanh(√(2/π)·(a + 0.044715·a³))) / 2."""
    scale, cubic = math.sqrt(2 / math.pi), 0.044715
    t = np.tanh(scale * a * (1 + cubic * a * a))

    def pullback(g: Array) -> Array:
        inner = scale * (1 + 3 * cubic * a * a)
        return g * (0.5 * (1 + t) + 0.5 * a * (1 - t * t) * inner)

    return 0.5 * a * (1 + t), pullback
