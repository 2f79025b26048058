"""Activation functions: values and slopes (chapter 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.formatting import format_number

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ActivationFunction:
    """A function of one number: its name, its formula for people, and the core's own operation."""

    key: str
    name: str
    formula: str
    apply: Callable[[Tensor], Tensor]

    def sampled(self, xs: Array) -> tuple[Array, Array]:
        """Values and slopes (N,) at places (N,); the slopes come from walking back."""
        x = Tensor(np.asarray(xs, np.float64), requires_grad=True)
        y = self.apply(x)
        F.sum(y).backward()
        assert x.grad is not None
        return y.data, x.grad


ACTIVATIONS = (
    ActivationFunction("gelu", "GELU", "x · Φ(x)", F.gelu),
    ActivationFunction("relu", "ReLU", "max(x, 0)", F.relu),
    ActivationFunction("sigmoid", "sigmoid", "1 / (1 + e⁻ˣ)", F.sigmoid),
    ActivationFunction("tanh", "tanh", "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", F.tanh),
    ActivationFunction("leaky_relu", "leaky ReLU", "x above 0, 0.01 · x below", F.leaky_relu),
    ActivationFunction("softplus", "softplus", "log(1 + eˣ)", F.softplus),
    ActivationFunction("gelu_tanh", "GELU by tanh", "½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))",
                       partial(F.gelu, approximate="tanh")),
)  # fmt: skip
"""All that the window offers, in the order of their colours."""


def activation(op: str, option: float | str | None = None) -> ActivationFunction:
    """The function that an operation of the core is, told that `option`.

    Raises KeyError for an operation that is none.
    """
    match op, option:
        case "leaky_relu", float():
            formula = f"x above 0, {format_number(option)} · x below"
            return ActivationFunction(op, "leaky ReLU", formula,
                                      partial(F.leaky_relu, negative_slope=option))  # fmt: skip
        case "elu", float() | None:
            alpha = 1.0 if option is None else float(option)
            factor = "" if alpha == 1 else f"{format_number(alpha)} · "
            formula = f"x above 0, {factor}(eˣ − 1) below"
            return ActivationFunction(op, "ELU", formula, partial(F.elu, alpha=alpha))
        case "softplus", float() if option != 1:
            beta = format_number(option)
            return ActivationFunction(op, "softplus", f"log(1 + e^({beta} x)) / {beta}",
                                      partial(F.softplus, beta=option))  # fmt: skip
        case "silu", _:
            return ActivationFunction(op, "SiLU", "x / (1 + e⁻ˣ)", F.silu)
        case "gelu", "tanh":
            op = "gelu_tanh"
    return {one.key: one for one in ACTIVATIONS}[op]
