"""A vector for each of a number of things."""

import numpy as np
from numpy.typing import NDArray

from core.arguments import Count, checked
from core.autograd import Tensor
from core.autograd import functional as F
from core.nn import init
from core.nn.module import Module, parameter


class Embedding(Module):
    """Looks up rows of weight (num_embeddings, embedding_dim), normal to begin with."""

    @checked
    def __init__(
        self, num_embeddings: Count, embedding_dim: Count, *, rng: np.random.Generator
    ) -> None:
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.weight = parameter(init.normal(rng, (num_embeddings, embedding_dim), 1.0))

    def forward(self, indices: NDArray[np.integer]) -> Tensor:
        """Integers of any shape → (*shape, embedding_dim)."""
        return F.embedding(self.weight, indices)
