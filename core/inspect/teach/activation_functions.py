"""Activation functions: values and slopes (chapter 5)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F

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
    ActivationFunction("gelu", "GELU", "x · Φ(x)", lambda x: F.gelu(x)),
    ActivationFunction("relu", "ReLU", "max(x, 0)", lambda x: F.relu(x)),
    ActivationFunction("sigmoid", "sigmoid", "1 / (1 + e⁻ˣ)", lambda x: F.sigmoid(x)),
    ActivationFunction("tanh", "tanh", "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", lambda x: F.tanh(x)),
    ActivationFunction(
        "leaky_relu", "leaky ReLU", "x above 0, 0.01 · x below", lambda x: F.leaky_relu(x)
    ),
    ActivationFunction("softplus", "softplus", "log(1 + eˣ)", lambda x: F.softplus(x)),
    ActivationFunction(
        "gelu_tanh",
        "GELU by tanh",
        "½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))",
        lambda x: F.gelu(x, approximate="tanh"),
    ),
)
"""All that the window offers, in the order of their colours."""
