"""Linear, Embedding, Flatten and activations: each is its parameters and one op."""

import numpy as np
from numpy.typing import NDArray

from core.arguments import Count, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.ops.elementwise import GeluForm
from core.autograd.ops.indexing import row_in_table
from core.nn import init
from core.nn.module import Module, parameter, weight_and_bias


class Linear(Module):
    """x·Wᵀ + b. (…, in_features) → (…, out_features); weight (out, in), bias (out,) or None."""

    @validate_arguments
    def __init__(
        self,
        in_features: Count,
        out_features: Count,
        bias: bool = True,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_features = in_features
        self.out_features = out_features
        shape = out_features, in_features
        self.weight, self.bias = weight_and_bias(rng, shape, out_features, bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        return F.linear(x, self.weight, self.bias)


class Flatten(Module):
    """(N, …) → (N, rest), or the axes from `start_dim` to `end_dim` as one."""

    @validate_arguments
    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Tensor) -> Tensor:
        """Rows first, as torch does."""
        if (self.start_dim, self.end_dim) == (1, -1):
            return F.flatten(x)
        return F.flatten(x, self.start_dim, self.end_dim)


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.relu(x)


class LeakyReLU(Module):
    """x above 0, negative_slope·x elsewhere."""

    @validate_arguments
    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.leaky_relu(x, self.negative_slope)


class ELU(Module):
    """x above 0, alpha·(eˣ − 1) elsewhere."""

    @validate_arguments
    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.elu(x, self.alpha)


class SiLU(Module):
    """x·σ(x), also called swish."""

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.silu(x)


class Softplus(Module):
    """log(1 + e^(beta·x)) / beta, and x itself where beta·x exceeds the threshold."""

    @validate_arguments
    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.softplus(x, self.beta, self.threshold)


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
    """x·Φ(x), exact or by a tanh."""

    @validate_arguments
    def __init__(self, approximate: GeluForm = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Elementwise."""
        return F.gelu(x, self.approximate)


class Softmax(Module):
    """Probabilities along one axis."""

    @validate_arguments
    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.softmax(x, self.dim)


class LogSoftmax(Module):
    """Log-probabilities along one axis."""

    @validate_arguments
    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.log_softmax(x, self.dim)


class Embedding(Module):
    """Lookup table of learned vectors: weight (num_embeddings, embedding_dim), normal at first.

    Row `padding_idx` is zero at first and is not learnt; counted from the end if negative. Raises
    ShapeError where there is no such row.
    """

    @validate_arguments
    def __init__(
        self,
        num_embeddings: Count,
        embedding_dim: Count,
        padding_idx: int | None = None,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx: int | None = None
        self.weight = parameter(init.normal(rng, (num_embeddings, embedding_dim), 1.0))
        if padding_idx is not None:
            self.padding_idx = row_in_table(padding_idx, num_embeddings)
            self.weight.data[self.padding_idx] = 0

    def forward(self, input: Tensor | NDArray[np.integer]) -> Tensor:
        """Whole numbers of any shape, an array or a Tensor of them → (*shape, embedding_dim).

        They stay whole numbers. Raises ShapeError for floats and for a number outside the table.
        """
        if self.padding_idx is None:
            return F.embedding(input, self.weight)
        return F.embedding(input, self.weight, self.padding_idx)
