"""Activation functions: values and slopes (chapter 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
