"""The layers. Each is its parameters and one operation."""

import numpy as np

from core.autograd import Tensor
from core.autograd import functional as F
from core.nn import init
from core.nn.module import Module, parameter


class Linear(Module):
    """x·Wᵀ + b. (N, in_features) → (N, out_features); weight (out, in), bias (out,)."""

    def __init__(self, in_features: int, out_features: int, *, rng: np.random.Generator) -> None:
        shape = (out_features, in_features)
        self.weight = parameter(init.fan_in_uniform(rng, shape, in_features))
        self.bias = parameter(init.fan_in_uniform(rng, (out_features,), in_features))

    def forward(self, x: Tensor) -> Tensor:
        """(N, in) → (N, out)."""
        return F.linear(x, self.weight, self.bias)


class Flatten(Module):
    """(N, …) → (N, rest)."""

    def forward(self, x: Tensor) -> Tensor:
        """Rows first, as torch does."""
        return F.flatten(x)


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.relu(x)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.tanh(x)


class GELU(Module):
    """x·Φ(x), exact form."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.gelu(x)


class LogSoftmax(Module):
    """Log-probabilities along the last axis."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) → (N, C)."""
        return F.log_softmax(x)
