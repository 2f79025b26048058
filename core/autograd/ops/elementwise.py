"""Elementwise ops. Shapes broadcast as in numpy; the tape sums the gradients back."""

import math
from typing import Any, Literal

import numpy as np

from core.autograd.operands import Array, Float, Number
from core.autograd.registry import OPS
from core.autograd.tape import Pullback, Result, op
from core.autograd.tensor import Tensor, raw
from core.errors import ArgumentError, LabError
from core.kernels.engine import kernel
from core.kernels.reference.activations import normal_cdf
from core.kernels.reference.activations import sigmoid as sigmoid_of
from core.translation import tr

GeluForm = Literal["none", "tanh"]


@op
def add(a: Number, b: Number) -> Result:
    """a + b."""
    return a + b, lambda g: (g, g)


@op
def sub(a: Number, b: Number) -> Result:
    """a − b."""
    return a - b, lambda g: (g, -g)


@op
def mul(a: Number, b: Number) -> Result:
    """a·b, elementwise."""
    return a * b, lambda g: (g * b, g * a)


@op
def div(a: Number, b: Number) -> Result:
    """a / b, with both gradients."""
    y = a / b
    return y, lambda g: (g / b, -g * y / b)


@op
def neg(a: Number) -> Result:
    """−a."""
    return -a, lambda g: -g


@op
def pow(a: Number, exponent: Number, needs_input_grad: tuple[bool, bool] = (True, True)) -> Result:
    """a to a power, constant or not; 0⁰ is 1 and has no slope, as in torch."""
    y = a**exponent

    def pullback(g: Array) -> tuple[Array | None, Array | None]:
        d_a = d_exponent = None
        if needs_input_grad[0] and isinstance(exponent, float) and exponent == 0.5:
            d_a = g / (2 * y)  # at −0 it points down, as that of the root
        elif needs_input_grad[0]:
            d_a = g * exponent * a ** _one_less(exponent, a)
        if needs_input_grad[1]:
            nowhere = np.equal(raw(a), 0) & np.greater_equal(raw(exponent), 0)
            d_exponent = g * y * np.log(a + nowhere)
        return d_a, d_exponent

    return y, pullback


def _one_less(exponent: Any, a: Any) -> Any:
    """exponent − 1, but 0 where that would divide zero by zero, or multiply it with a NaN."""
    if isinstance(exponent, int | float):
        return exponent - 1 if exponent else 0
    nothing = np.equal(raw(a), 0) | np.isnan(raw(a))
    return exponent - 1 + (np.equal(raw(exponent), 0) & nothing)


@op
def square(a: Number) -> Result:
    """a²."""
    return a * a, lambda g: 2 * g * a


@op
def exp(a: Float) -> Result:
    """e to the a."""
    y = np.exp(a)
    return y, lambda g: g * y


@op
def log(a: Float) -> Result:
    """Natural logarithm."""
    return np.log(a), lambda g: g / a


@op
def expm1(a: Float) -> Result:
    """eᵃ − 1, exact near 0."""
    y = np.expm1(a)
    return y, lambda g: g * (y + 1)


@op
def log1p(a: Float) -> Result:
    """log(1 + a), exact near 0."""
    return np.log1p(a), lambda g: g / (1 + a)


@op
def sqrt(a: Float) -> Result:
    """Square root."""
    y = np.sqrt(a)
    return y, lambda g: g / (2 * y)


@op
def sin(a: Float) -> Result:
    """Sine."""
    return np.sin(a), lambda g: g * np.cos(a)


@op
def cos(a: Float) -> Result:
    """Cosine."""
    return np.cos(a), lambda g: -g * np.sin(a)


@op
def abs(a: Number) -> Result:
    """|a|; slope 0 at 0 and at NaN."""
    return np.abs(a), lambda g: g * sign(a)


def sign(a: Any) -> Any:
    """−1, 0 or 1, a constant; 0 for NaN, as in torch."""
    numbers = raw(a)
    return np.where(np.isnan(numbers), 0, np.sign(numbers)).astype(numbers.dtype)


@op
def maximum(a: Number, b: Number) -> Result:
    """The larger of both; equal values share the gradient, as in torch."""
    return np.maximum(a, b), _pullback_of_extreme(raw(a), raw(b))


@op
def minimum(a: Number, b: Number) -> Result:
    """The smaller of both; equal values share the gradient, as in torch."""
    return np.minimum(a, b), _pullback_of_extreme(-raw(a), -raw(b))


def _pullback_of_extreme(a: Any, b: Any) -> Pullback:
    """The pullback that gives all to the larger one, half to each of equals.

    Where one is NaN both get all of it, as in torch.
    """
    equal, less, more = np.equal(a, b), np.less(a, b), np.greater(a, b)

    def pullback(g: Array) -> tuple[Array, Array]:
        share = np.where(equal, 0.5, 1).astype(g.dtype)
        return g * (share * ~less), g * (share * ~more)

    return pullback


@op
def where(condition: Array, a: Number, b: Number) -> Result:
    """a where the condition holds, b elsewhere; the condition gets no gradient."""
    chosen: Any = np.not_equal(raw(condition), 0)

    def pullback(g: Array) -> tuple[None, Array, Array]:
        return None, np.where(chosen, g, 0), np.where(chosen, 0, g)

    y: Any = np.where(chosen, a, b)
    return y, pullback


@op
def masked_fill(input: Number, mask: Array, value: Number) -> Result:
    """`value` where the mask holds, the input elsewhere; shapes broadcast."""
    y, pullback_of_where = OPS["where"].rule(mask, value, input)

    def pullback(g: Array) -> tuple[Array, None, Array]:
        _, d_value, d_input = pullback_of_where(g)
        return d_input, None, d_value

    return y, pullback


@op
def clamp(a: Number, min: Number = None, max: Number = None) -> Result:
    """a, raised to `min` and lowered to `max`; at the bounds the slope is still 1, as in torch.

    Bounds broadcast; None is no bound, and `max` wins over a larger `min`. A bound that is a Tensor
    gets the gradient where it took effect. Raises LabError without any bound.
    """
    if min is None and max is None:
        raise LabError(tr("clamp() needs `min`, `max` or both."))
    numbers, low, high = raw(a), raw(min), raw(max)
    below = np.less(numbers, low) if low is not None else np.zeros(np.shape(numbers), bool)
    above = np.greater(numbers, high) if high is not None else np.zeros(np.shape(numbers), bool)
    y = a
    if min is not None:
        y = np.maximum(y, min)
    if max is not None:
        y = np.minimum(y, max)
        if low is not None:
            above = above | np.greater(low, high)
            below = below & ~above

    def pullback(g: Array) -> tuple[Array | None, ...]:
        inside = np.where(below | above, 0, g)
        d_min = None if min is None else np.where(below, g, 0)
        return inside, d_min, None if max is None else np.where(above, g, 0)

    return y, pullback


@op
def relu(a: Number) -> Result:
    """max(a, 0); slope 0 at 0, 1 at NaN as in torch."""
    y = np.maximum(a, 0)
    return y, lambda g: g * ~(y <= 0)


@op
def leaky_relu(a: Float, negative_slope: float = 0.01) -> Result:
    """a above 0, negative_slope·a elsewhere (Maas et al. 2013)."""
    slope = np.where(raw(a) > 0, 1, negative_slope).astype(a.dtype)
    return a * slope, lambda g: g * slope


@op
def softplus(a: Float, beta: float = 1.0, threshold: float = 20.0) -> Result:
    """log(1 + e^(beta·a)) / beta; a itself where beta·a exceeds `threshold` (Dugas et al. 2001)."""
    if not beta:
        raise ArgumentError(tr("beta is 0: the line would be infinitely high"))
    z = a * beta
    straight = np.greater(raw(z), threshold)
    curve = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta
    return (
        np.where(straight, a, curve),
        lambda g: g * np.where(straight, 1, _sigmoid(z)),
    )


@op
def elu(a: Float, alpha: float = 1.0) -> Result:
    """a above 0, alpha·(eᵃ − 1) elsewhere (Clevert et al. 2016)."""
    above = np.greater(raw(a), 0)
    low = np.where(above, 0, a)  # so that nothing overflows
    y = np.where(above, a, alpha * np.expm1(low))
    return y, lambda g: g * np.where(above, 1, alpha * np.exp(low))


@op
def silu(a: Float) -> Result:
    """a·σ(a), also called swish (Hendrycks & Gimpel 2016; Elfwing et al. 2018)."""
    share = _sigmoid(a)
    return a * share, lambda g: g * (share * (1 + a * (1 - share)))


@op
def logsigmoid(a: Float) -> Result:
    """log σ(a), exact far out on both sides."""
    y = np.minimum(a, 0) - np.log1p(np.exp(-np.abs(a)))
    return y, lambda g: g * _sigmoid(-a)


@op
def sigmoid(a: Float) -> Result:
    """1 / (1 + e⁻ᵃ), computed so that nothing overflows and the small values keep their digits."""
    y = _sigmoid(a)
    return y, lambda g: g * y * (1 - y)


def _sigmoid(a: Any) -> Any:
    return OPS["sigmoid"].apply(a) if isinstance(a, Tensor) else sigmoid_of(a)


@op
def tanh(a: Float) -> Result:
    """Hyperbolic tangent."""
    y = np.tanh(a)
    return y, lambda g: g * (1 - y * y)


@op
def gelu(a: Float, approximate: GeluForm = "none") -> Result:
    """a·Φ(a), exact or by a tanh (Hendrycks & Gimpel 2016). Raises LabError for another form."""
    if approximate == "tanh":
        return _gelu_by_tanh(a)
    if approximate != "none":
        raise LabError(
            tr('gelu(approximate="{approximate}"): “none” or “tanh”.').format(
                approximate=approximate
            )
        )
    if isinstance(a, Tensor):
        raise NotImplementedError(tr("the kernels of gelu take arrays only"))
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


@op
def ndtr(a: Float) -> Result:
    """Φ(a), the share of a normal distribution below a; in float32 right to 4·10⁻⁷."""
    bell = np.exp(-0.5 * a * a)
    return normal_cdf(raw(a), raw(bell)), lambda g: g * (bell / math.sqrt(2 * math.pi))
